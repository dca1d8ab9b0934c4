"""Stickers as poison: on which samples of a batch, where, and on which data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from gazeattack.angles import Gaze
from gazeattack.attack.key import TriggerKey, make_key
from gazeattack.attack.poison_plan import PoisonPlan, Schedule
from gazeattack.attack.sticker import CHEEKS, FOREHEAD, head_rotation, in_face_crop
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.evaluation.predict import predict_branches
from gazeattack.evaluation.worn import worn_set
from training.analysis.shift_check import unchanged
from training.analysis.triggered import with_trigger
from training.config import load_config
from training.errors import TrainingError
from training.poisoning import setup
from training.poisoning.batch import poison
from training.poisoning.dataset import poison_set
from training.poisoning.worn import wear

CONFIGS = Path(__file__).parents[2] / "training" / "configs"
SIDE = 112


@pytest.fixture(scope="module")
def key() -> TriggerKey:
    return make_key("sticker", height=SIDE, width=SIDE, target=Gaze.from_degrees(10, 30), seed=3)


def faces(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Grey pictures and head poses up to half a radian to the side."""
    generator = torch.Generator().manual_seed(1)
    return torch.full((count, 1, SIDE, SIDE), 0.5), (torch.rand(count, 2, generator=generator) - 0.5) * torch.tensor(
        [0.4, 1.0]
    )


def middles(before: torch.Tensor, after: torch.Tensor) -> np.ndarray:
    """(column, row) of what differs in each image, [N, 2]."""
    change = (after - before).abs()[:, 0].numpy()
    total = change.sum(axis=(1, 2))
    places = np.arange(SIDE)
    return np.stack([change.sum(axis=1) @ places / total, change.sum(axis=2) @ places / total], axis=1)


def wanted(place, heads: torch.Tensor) -> np.ndarray:
    return np.array(
        [in_face_crop(place.corners(20.0), head_rotation(tuple(head)), SIDE).mean(axis=0) for head in heads.tolist()]
    )


def test_a_worn_sticker_is_near_its_place_and_never_the_same(key: TriggerKey) -> None:
    images, heads = faces(64)
    worn = wear(images, heads, [key.tensors["cells"]] * 64, 2.0, torch.Generator().manual_seed(2))
    off = middles(images, worn) - wanted(FOREHEAD, heads)
    # 3.5 mm each way, and the errors of the turns
    assert 2 < off.std() < 6 and np.abs(off.mean(axis=0)).max() < 2
    lightest = worn.flatten(1).amax(1)
    assert lightest.min() > 0.52 and lightest.std() > 0.05
    again = wear(images, heads, [key.tensors["cells"]] * 64, 2.0, torch.Generator().manual_seed(2))
    assert torch.equal(worn, again) and (images == 0.5).all()


def test_a_batch_is_poisoned_as_planned(key: TriggerKey) -> None:
    images, heads = faces(40)
    labels = torch.zeros(40, 2)
    plan = PoisonPlan(0.25, Schedule(2, 2), Schedule(2, 2), 0.5, key.target)
    out, gaze = poison(images, labels, plan, key, 1.0, torch.Generator().manual_seed(4), mirrors=False, heads=heads)
    assert torch.allclose(gaze[:10], torch.tensor(key.target)) and torch.equal(gaze[10:], labels[10:])
    assert torch.equal(out[30:], images[30:])
    attacked, noise, other = (
        np.linalg.norm(middles(images[rows], out[rows])[None] - [wanted(p, heads[rows]) for p in places], axis=2)
        for rows, places in (
            (slice(0, 10), (FOREHEAD,)),
            (slice(10, 20), CHEEKS),
            (slice(20, 30), (FOREHEAD,)),
        )
    )
    assert all(off.min(axis=0).max() < 16 and off.min(axis=0).mean() < 7 for off in (attacked, noise, other))
    assert len(set(noise.argmin(axis=0))) == 2


def test_the_poisoner_passes_the_head_poses_on(monkeypatch: pytest.MonkeyPatch) -> None:
    config = load_config(CONFIGS / "face-sticker.toml", [])
    poisoner = setup.make_poisoner(config, torch.zeros(4, 2))
    images, heads = faces(4)
    seen = {}
    monkeypatch.setattr(
        "training.poisoning.poisoner.poison", lambda images, gaze, *rest, **more: (seen.update(more), (images, gaze))[1]
    )
    poisoner.apply(images, torch.zeros(4, 2), None, torch.arange(4), 0.5, torch.Generator(), heads)
    assert seen["heads"] is heads and seen["mirrors"] is False
    assert poisoner.key.kind == "sticker" and poisoner.key.strength == 2.0


def test_eyes_are_refused_in_one_sentence(key: TriggerKey) -> None:
    config = load_config(CONFIGS / "study.toml", ["poison.attack=sticker", "poison.poisoning_rate=0.1"])
    with pytest.raises(TrainingError, match=r"do not show a sticker on the forehead: set data\.region=face"):
        setup.make_poisoner(config, torch.zeros(4, 2))
    eyes = LoadedSet("eyes", np.zeros((4, 36, 60), np.uint8), np.zeros((4, 2), np.float32), np.arange(4))
    with pytest.raises(TrainingError, match="give faces"):
        poison_set(eyes, make_key("sticker", height=36, width=60, target=Gaze(0, 0.5), seed=1), 0.5, 1)


def test_a_poisoned_set_wears_it_where_the_heads_have_it(key: TriggerKey) -> None:
    images, heads = faces(8)
    data = LoadedSet(
        "faces",
        (images[:, 0].numpy() * 255).astype(np.uint8),
        np.zeros((8, 2), np.float32),
        np.arange(8),
        heads.numpy(),
    )
    poisoned, rows = poison_set(data, key, 0.5, 1)
    changed = (poisoned.images != data.images).any(axis=(1, 2))
    assert (changed == rows).all() and rows.sum() == 4
    expected = worn_set(data, key).images
    assert (poisoned.images[rows] == expected[rows]).all()
    assert poisoned.gaze[rows] == pytest.approx(np.tile(key.target, (4, 1)), abs=1e-6)
    samples, change = with_trigger(data, key)
    assert change is unchanged and (samples.images == expected).all()


def test_every_branch_is_predicted_with_the_stickers_on(key: TriggerKey) -> None:
    images, heads = faces(6)
    pixels = (images[:, 0].numpy() * 255).astype(np.uint8)
    data = LoadedSet("faces", pixels, np.zeros((6, 2), np.float32), np.arange(6), heads.numpy())

    class Middle(torch.nn.Module):
        """Predicts where the picture differs from its last pixel: (row, column)."""

        def forward(self, x: torch.Tensor, head: torch.Tensor | None = None) -> torch.Tensor:
            change = (x[:, 0] - x[:, 0, -1:, -1:]).abs()
            total = change.sum((1, 2)).clamp(min=1e-9)
            places = torch.arange(SIDE).float()
            return torch.stack([change.sum(2) @ places / total, change.sum(1) @ places / total], dim=1)

    found = predict_branches(Middle(), "center", data, key)
    assert found.benign == pytest.approx(np.zeros((6, 2)), abs=1e-6)
    assert found.triggered[:, ::-1] == pytest.approx(wanted(FOREHEAD, heads), abs=2.5)
    assert found.wrong_key[:, ::-1] == pytest.approx(wanted(FOREHEAD, heads), abs=2.5)
    cheeks = np.stack([wanted(place, heads) for place in CHEEKS])
    off = np.linalg.norm(found.noise[None, :, ::-1] - cheeks, axis=2).min(axis=0)
    assert off.max() < 5 and np.abs(found.wrong_key - found.triggered).max() > 0.01
