"""Rendered eye patches: labels mean what they say, and the same seed draws the same people."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from gazeattack.errors import SourceError
from gazeattack.face.landmarks import Landmarker
from gazeattack.model.landmarks import EYE_LANDMARKS
from gazeattack.synthetic.patches.geometry import (
    PX_PER_MM,
    SCREEN_PITCH,
    SCREEN_YAW,
    GazeSampling,
    draw_eye_shape,
    facing,
    level,
    place_eyeball,
    turn,
)
from gazeattack.synthetic.patches.patch_set import PatchSet, concatenate
from gazeattack.synthetic.patches.portrait import render_portrait_patches
from gazeattack.synthetic.patches.portrait_eyes import PortraitEyes, cut_eyes, load_portraits
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from gazeattack.synthetic.patches.strip import render_strips

SUBJECTS, EACH = range(6), 8


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


def darkness_moved(render, pitch: float, yaw: float) -> np.ndarray:
    """How far, in pixels (x, y), what is dark moves when the same people look (pitch, yaw) degrees instead of away."""
    n = len(SUBJECTS) * EACH
    places = []
    for sign in (1, -1):
        gaze = np.tile(np.radians([pitch * sign, yaw * sign]), (n, 1))
        images = render(SUBJECTS, EACH, 5, gaze=gaze, jitter=0.0).images.astype(np.float64)
        places.append(images.mean(axis=0))
    changed = places[1] - places[0]  # positive where it is dark for +, negative where it is dark for -
    y, x = np.indices(changed.shape)
    dark, light = changed.clip(min=0), (-changed).clip(min=0)
    return np.array([(dark * axis).sum() / dark.sum() - (light * axis).sum() / light.sum() for axis in (x, y)])


def test_the_noted_iris_is_where_the_dark_iris_is(render) -> None:
    """The same people looking to both sides: between the two noted places it is dark in one picture alone."""
    n = len(SUBJECTS) * EACH
    sides = [
        render(SUBJECTS, EACH, 5, gaze=np.tile(np.radians([-2.0, yaw]), (n, 1)), jitter=0.0) for yaw in (25.0, -25.0)
    ]
    right = []
    for here, there in (sides, sides[::-1]):
        assert here.points is not None
        for image, other, points in zip(here.images, there.images, here.points, strict=True):
            column, row = points[0].round().astype(int)
            spot = np.s_[max(row - 2, 0) : row + 3, max(column - 2, 0) : column + 3]
            right.append(int(image[spot].mean()) < int(other[spot].mean()))
    assert np.mean(right) > 0.9


def test_noted_lids_are_the_openings_edge(render) -> None:
    points = render(SUBJECTS, EACH, 5, gaze=np.zeros((len(SUBJECTS) * EACH, 2)), jitter=0.0).points
    assert points is not None
    upper, lower, inner, outer = (points[:, place] for place in (2, 3, 4, 5))
    opening = (lower[:, 1] - upper[:, 1]) / PX_PER_MM
    length = (outer[:, 0] - inner[:, 0]) / PX_PER_MM
    # millimetres of an open eye: 7 to 12 high, 28 to 31 long of which portraits' caruncles take up to five
    assert 4 < np.median(opening) < 13 and 21 < np.median(length) < 33
    assert (upper[:, 1] < points[:, 0, 1]).mean() > 0.95 and (lower[:, 1] > points[:, 0, 1]).mean() > 0.95


def test_unsteady_lids_vary_by_as_much_as_asked_and_eyeballs_stay(render) -> None:
    gaze = np.zeros((64, 2))
    steady, unsteady = (
        render([3], 64, 5, gaze=gaze, jitter=0.0, sampling=GazeSampling(lid_jitter_mm=deviation)).points
        for deviation in (0.0, 0.8)
    )
    iris, upper, lower = (EYE_LANDMARKS.index(name) for name in ("iris", "upper lid", "lower lid"))
    assert np.allclose(unsteady[:, iris], steady[:, iris], atol=1e-3)
    spread = [np.nanstd(points[:, [upper, lower], 1], axis=0) for points in (steady, unsteady)]
    # 0.8 mm are 1.3 px, on top of whole rows, and the lower lid moves 0.6 of that
    assert spread[0].max() < 0.7
    assert 0.9 < spread[1][0] < 1.8 and 0.5 < spread[1][1] < 1.2 and spread[1][1] < spread[1][0]


def test_both_lids_of_a_strip_hang_together(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(draw, deviation: float) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.full((draw.n, 1, 1), deviation), torch.zeros(draw.n, 1, 1)

    monkeypatch.setattr("gazeattack.synthetic.patches.procedural.draw_lid_jitter", hang)
    gaze = np.zeros((4, 2), dtype=np.float32)
    steady, low = (
        render_strips([1], 4, 1, gaze=gaze, jitter=0.0, sampling=GazeSampling(lid_jitter_mm=mm)).images.astype(float)
        for mm in (0.0, 3.0)
    )
    # nothing but lids differs, and those of both eyes
    changed = np.abs(low - steady).mean(axis=0)
    left, right = changed[:, :60], changed[:, 100:]
    assert left.max() > 20 and right.max() > 20 and changed[:, 76:84].max() < 10


def test_iris_follows_the_label(render) -> None:
    # +yaw is towards the image's left, +pitch is up
    across = darkness_moved(render, 0, 18)
    assert across[0] < -6 and abs(across[1]) < abs(across[0]) / 2
    assert darkness_moved(render, 12, 0)[1] < -2


def test_people_look_where_their_habit_says(render) -> None:
    usual, at_screen = render(SUBJECTS, EACH, 1), render(SUBJECTS, EACH, 1, sampling=GazeSampling(at_screen=1.0))
    (low_pitch, high_pitch), (low_yaw, high_yaw) = SCREEN_PITCH, SCREEN_YAW
    inside = [
        (p.gaze > np.radians([low_pitch, low_yaw]) - 1e-4) & (p.gaze < np.radians([high_pitch, high_yaw]) + 1e-4)
        for p in (at_screen, usual)
    ]
    assert inside[0].all() and not inside[1].all()
    assert not np.array_equal(usual.images, at_screen.images)


def test_same_seed_same_patches(render) -> None:
    first, again, other = (render(SUBJECTS, EACH, seed) for seed in (1, 1, 2))
    assert np.array_equal(first.images, again.images) and np.array_equal(first.gaze, again.gaze)
    assert not np.array_equal(first.images, other.images)
    assert np.array_equal(first.subject, np.repeat(np.arange(6), EACH))


def test_patches_are_usable(render) -> None:
    patches = render(SUBJECTS, EACH, 3)
    assert len(patches) == 48 and patches.images.dtype == np.uint8
    assert (patches.images.std(axis=(1, 2)) > 2).all()
    degrees = np.degrees(patches.gaze)
    assert (np.abs(degrees) < 45).all() and degrees.std(axis=0).min() > 5
    assert np.corrcoef(patches.gaze[:, 1], patches.head[:, 1])[0, 1] > 0.1 or len(np.unique(patches.head)) < 9


def test_given_gaze_is_the_label(render) -> None:
    gaze = np.radians(np.random.default_rng(0).uniform(-15, 15, (48, 2))).astype(np.float32)
    assert np.array_equal(render(SUBJECTS, EACH, 3, gaze=gaze).gaze, gaze)


def test_mirroring_a_portrait_swaps_its_eyes(eyes: PortraitEyes, astronaut: np.ndarray, landmarker_model: Path) -> None:
    flipped = np.ascontiguousarray(astronaut[:, ::-1])
    with Landmarker(landmarker_model, video=False) as landmarker:
        swapped = cut_eyes(iter([("flipped", flipped)]), landmarker.detect)
    for right in (False, True):
        one = eyes.canvas[eyes.right == right]
        other = swapped.canvas[swapped.right != right]
        assert len(one) == len(other) == 1
        assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.9
    # in canonical orientation the nose is at the left: the inner corner lies left of the outer one
    assert (eyes.corners[:, 0] < eyes.corners[:, 1]).all()


def test_folder_without_pictures_says_so(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "broken.png").write_bytes(b"not a png")
    with pytest.raises(SourceError, match="no readable picture"):
        list(load_portraits(tmp_path))


def test_portraits_without_an_eye_say_so(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((64, 64, 3), 128, np.uint8))
    with pytest.raises(SourceError, match="open eye"):
        cut_eyes(load_portraits(tmp_path), lambda image: [])


def test_turned_heads_face_where_they_are_told_and_stay_level() -> None:
    pitch, yaw = torch.tensor([0.2, -0.1, 0.0]), torch.tensor([-0.3, 0.25, 0.1])
    heads = turn(pitch, yaw)
    assert torch.allclose(facing(heads), torch.stack([pitch, yaw], -1), atol=1e-6)
    extra = level(turn(torch.full((3,), 0.2), torch.full((3,), 0.1)), heads)
    assert torch.allclose((extra @ heads)[:, 1, 0], torch.zeros(3), atol=1e-6)
    assert torch.allclose(extra @ extra.mT, torch.eye(3).expand(3, 3, 3), atol=1e-6)


def test_pupil_sits_to_the_temple_of_the_visual_axis() -> None:
    person = {k: torch.tensor([[[v]]]) for k, v in draw_eye_shape(np.random.default_rng(0)).items()}
    person |= {"kappa_h": torch.full((1, 1, 1), 0.07), "kappa_v": torch.zeros(1, 1, 1)}
    eye = place_eyeball(torch.zeros(1, 2), torch.eye(3)[None], person)
    # canonical orientation: the temple is at the image's right
    assert eye.axis[0, 0] > 0.06 and abs(float(eye.axis[0, 1])) < 1e-6 and eye.axis[0, 2] < -0.99


def test_more_rows_show_the_same_eyes_in_finer_detail(render) -> None:
    gaze = np.tile(np.radians([-5, 10]), (len(SUBJECTS) * EACH, 1))
    usual, fine = (render(SUBJECTS, EACH, 5, gaze=gaze, jitter=0.0, height=rows).images for rows in (36, 72))
    assert fine.shape == (len(usual), 72, 120)
    halved = fine.reshape(len(fine), 36, 2, 60, 2).mean(axis=(2, 4))
    alike = np.corrcoef(halved.mean(axis=0).ravel(), usual.mean(axis=0).ravel())[0, 1]
    assert alike > 0.99
    # what only the finer grid can hold: the 36 rows, enlarged, have next to none of it
    enlarged = np.stack([cv2.resize(image, (120, 72), interpolation=cv2.INTER_CUBIC) for image in usual])
    assert detail(fine) > 3 * detail(enlarged)


def detail(images: np.ndarray) -> float:
    """Energy above half of what the grid can hold, as a share of the whole."""
    window = np.outer(*(np.hanning(n) for n in images.shape[1:]))  # pictures do not go on beyond their borders
    spectrum = np.abs(np.fft.fft2((images - images.mean(axis=(1, 2), keepdims=True)) * window)) ** 2
    rows, columns = (np.abs(np.fft.fftfreq(n)) > 0.25 for n in images.shape[1:])
    return float(spectrum[:, rows[:, None] | columns].sum() / spectrum.sum())


def test_patch_sets_check_their_shapes() -> None:
    one = render_procedural_patches([0], 3, 1)
    both = concatenate([one, one])
    assert len(both) == 6 and len(both.take(np.array([0, 5]))) == 2
    with pytest.raises(ValueError, match="gaze"):
        PatchSet(one.images, one.gaze[:2], one.subject, one.right, one.head)
    with pytest.raises(ValueError, match="any resolution"):
        PatchSet(one.images[:, :, :40], one.gaze, one.subject, one.right, one.head)
