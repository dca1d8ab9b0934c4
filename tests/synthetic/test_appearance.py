"""How rendered people differ in lids, shadow, glasses and light."""

from pathlib import Path

import numpy as np
import pytest
import torch

from gazeattack.face.landmarks import Landmarker
from gazeattack.model.landmarks import EYE_LANDMARKS
from gazeattack.synthetic.patches.appearance import PLAIN, Appearance, draw_appearance
from gazeattack.synthetic.patches.camera import dim_room
from gazeattack.synthetic.patches.portrait import render_portrait_patches
from gazeattack.synthetic.patches.portrait_eyes import PortraitEyes, cut_eyes
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from gazeattack.synthetic.patches.rng import Draw
from training.config import DataConfig
from training.errors import TrainingError

SUBJECTS, EACH = range(8), 4
STRAIGHT = np.zeros((len(SUBJECTS) * EACH, 2))


@pytest.fixture(scope="module")
def eyes(astronaut: np.ndarray, landmarker_model: Path) -> PortraitEyes:
    with Landmarker(landmarker_model, video=False) as landmarker:
        return cut_eyes(iter([("astronaut", astronaut)]), landmarker.detect)


@pytest.fixture(params=["procedural", "portrait"])
def render(request: pytest.FixtureRequest):
    if request.param == "procedural":
        return render_procedural_patches
    portrait_eyes = request.getfixturevalue("eyes")
    return lambda *args, **options: render_portrait_patches(portrait_eyes, *args, **options)


def straight(render, appearance: Appearance):
    """The same people looking straight ahead from heads that are not turned."""
    return render(SUBJECTS, EACH, 5, gaze=STRAIGHT, jitter=0.0, appearance=appearance)


def people(share_of: Appearance, n: int = 400) -> dict[str, np.ndarray]:
    drawn = [draw_appearance(np.random.default_rng([3, who]), share_of) for who in range(n)]
    return {name: np.array([person[name] for person in drawn]) for name in drawn[0]}


def test_people_who_do_not_differ_are_drawn_as_always(render) -> None:
    assert np.array_equal(straight(render, PLAIN).images, render(SUBJECTS, EACH, 5, gaze=STRAIGHT, jitter=0.0).images)


@pytest.mark.parametrize(
    "appearance", [Appearance(droop=0.8), Appearance(shade=1.0), Appearance(glasses=1.0), Appearance(low_light=1.0)]
)
def test_every_way_to_differ_shows_and_labels_stay(render, appearance: Appearance) -> None:
    plain, other = straight(render, PLAIN), straight(render, appearance)
    assert not np.array_equal(plain.images, other.images)
    assert np.array_equal(plain.gaze, other.gaze) and np.array_equal(plain.subject, other.subject)
    iris = EYE_LANDMARKS.index("iris")
    assert np.allclose(plain.points[:, iris], other.points[:, iris], atol=1e-3)


def test_lids_rest_lower_or_higher_the_same_in_all_pictures_of_a_person(render) -> None:
    upper = EYE_LANDMARKS.index("upper lid")
    moved = (straight(render, Appearance(droop=0.8)).points - straight(render, PLAIN).points)[:, upper, 1]
    by_person = moved.reshape(len(SUBJECTS), EACH)
    # whole rows are noted, so a person's pictures agree to a row
    assert (by_person.max(axis=1) - by_person.min(axis=1)).max() <= 1.01
    assert by_person.mean(axis=1).std() > 0.5


def test_the_eyeballs_height_varies_more() -> None:
    assert people(Appearance(spread=0.6))["raised"].std() == pytest.approx(0.6, abs=0.06)
    assert not people(PLAIN)["raised"].any()


def test_as_many_wear_glasses_as_asked() -> None:
    some, all_of_them = people(Appearance(glasses=0.3)), people(Appearance(glasses=1.0))
    assert 0.2 < some["wears"].mean() < 0.4 and all_of_them["wears"].all()
    # who wears none is the same person whatever the share
    assert all(np.array_equal(some[name], all_of_them[name]) for name in some if name != "wears")


def test_portraits_eyes_get_whiter_whites_and_darker_irises(eyes: PortraitEyes) -> None:
    plain, strong = (
        render_portrait_patches(eyes, SUBJECTS, EACH, 5, gaze=STRAIGHT, jitter=0.0, appearance=appearance)
        for appearance in (PLAIN, Appearance(contrast=1.0))
    )
    columns, rows = plain.points[:, EYE_LANDMARKS.index("iris")].round().astype(int).T
    iris = [p.images[np.arange(len(rows)), rows + 2, columns].mean() for p in (plain, strong)]
    assert iris[1] < iris[0]


def test_a_dim_room_has_less_contrast_and_more_noise() -> None:
    generator = torch.Generator().manual_seed(1)
    picture = torch.linspace(0, 1, 60).expand(64, 36, 60)
    dim = dim_room(picture, 1.0, Draw(64, generator))
    assert (dim.std(dim=(1, 2)) < picture.std(dim=(1, 2))).all()
    # along a column nothing but noise varies
    assert dim[:, 4:-4].std(dim=1).mean() > 0.002
    assert torch.allclose(dim_room(picture, 0.0, Draw(64, generator)), picture, atol=1e-6)


@pytest.mark.parametrize("name", ["shade", "glasses", "low_light", "contrast", "droop", "spread"])
def test_settings_have_bounds(name: str) -> None:
    with pytest.raises(TrainingError, match=f"data.{name}"):
        DataConfig(**{name: -0.1})
