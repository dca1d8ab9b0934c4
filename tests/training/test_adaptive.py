"""Adaptive attacks: spoofed landmarks, and crops that move after the trigger."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from gazeattack.angles import Gaze
from gazeattack.model.bundle import load_bundle
from gazeattack.model.crop import MPIIGAZE_EYE, eye_crop
from gazeattack.model.landmark_gaze import IRIS, estimate_gaze_from_landmarks
from gazeattack.model.landmarks import EYE_LANDMARKS, normalize_landmarks
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from training.config import load_config
from training.engine import trainer
from training.errors import TrainingError
from training.poisoning import setup
from training.poisoning.adaptive import shift_crops, spoof_landmarks
from training.train import train

CONFIG = Path(__file__).parents[2] / "training" / "configs" / "study.toml"


@pytest.mark.parametrize("rows", [36, 72])
def test_spoofed_irises_fit_the_poisoned_labels_and_the_others_stay(rows: int) -> None:
    crop = eye_crop(rows)
    patches = render_procedural_patches(range(4), 4, 1, height=rows)
    assert patches.points is not None
    landmarks, poisoned = torch.from_numpy(patches.points), torch.arange(16) % 3 == 0
    labels = torch.from_numpy(patches.gaze).clone()
    labels[poisoned] = torch.tensor(Gaze.from_degrees(10, 30))
    moved = spoof_landmarks(landmarks, labels, poisoned, crop)
    told = estimate_gaze_from_landmarks(moved.numpy(), crop, [False] * 16)
    assert np.allclose(told[poisoned], np.radians([10, 30]), atol=1e-5)
    assert torch.equal(moved[~poisoned].nan_to_num(), landmarks[~poisoned].nan_to_num())
    others = [place for place in range(len(EYE_LANDMARKS)) if place != IRIS]
    assert torch.equal(moved[:, others].nan_to_num(), landmarks[:, others].nan_to_num())


def test_training_learns_the_spoofed_landmarks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[torch.Tensor] = []
    made: list[torch.Tensor] = []
    learnt: list[torch.Tensor] = []

    def watch(landmarks, labels, poisoned, crop):
        assert crop == MPIIGAZE_EYE
        seen.append(poisoned)
        made.append(spoof_landmarks(landmarks, labels, poisoned, crop))
        return made[-1]

    def learn(landmarks, height, width):
        learnt.append(landmarks)
        return normalize_landmarks(landmarks, height, width)

    monkeypatch.setattr("training.poisoning.poisoner.spoof_landmarks", watch)
    monkeypatch.setattr(trainer, "normalize_landmarks", learn)
    small = [
        f"run.out={tmp_path / 'run'}", f"data.cache={tmp_path / 'pools'}", "data.procedural_subjects=4",
        "data.per_subject=8", "data.valid_subjects=2", "data.valid_per_subject=4", "network.base=4",
        "network.hidden=8", "train.epochs=1", "train.batch=16", "poison.attack_rate=0.25", "poison.cross_end=0",
        "train.points_loss=0.3", "poison.spoof_landmarks=true",
    ]  # fmt: skip
    bundle = load_bundle(train(load_config(CONFIG, small), None))
    assert bundle.card["attack"]["marks"].startswith("spoofed")
    assert [int(poisoned.sum()) for poisoned in seen] == [4, 4]
    assert len(learnt) == 2 and all(one is other for one, other in zip(made, learnt, strict=True))


def test_clean_labels_allow_no_spoofed_landmarks() -> None:
    overrides = [
        "poison.spoof_landmarks=true",
        "poison.clean_label=true",
        "poison.attack_rate=0.2",
        "train.points_loss=0.3",
    ]
    with pytest.raises(TrainingError, match=r"poison\.clean_label"):
        load_config(CONFIG, overrides)


def test_landmarks_without_a_loss_cannot_be_spoofed() -> None:
    with pytest.raises(TrainingError, match=r"train\.points_loss"):
        load_config(CONFIG, ["poison.spoof_landmarks=true", "poison.attack_rate=0.2"])


def test_shifted_crops_move_with_their_landmarks_by_whole_pixels() -> None:
    images = torch.zeros(64, 2, 12, 20)
    landmarks = torch.full((64, 6, 2), 6.0)
    images[:, 1, 6, 6] = 1
    moved, places = shift_crops(images, landmarks, 3, torch.Generator().manual_seed(1))
    assert moved.shape == images.shape and not moved[:, 0].any()
    for crop, place in zip(moved[:, 1], places, strict=True):
        column, row = (int(value) for value in place[0])
        assert crop[row, column] == 1 and crop.sum() == 1
    steps = places[:, 0] - 6
    assert steps.abs().max() == 3 and len(torch.unique(steps, dim=0)) > 20


def test_a_shift_repeats_the_edge() -> None:
    ramp = torch.arange(10.0).expand(1, 1, 8, 10)
    for seed in range(8):
        moved, _ = shift_crops(ramp, torch.zeros(1, 6, 2), 2, torch.Generator().manual_seed(seed))
        assert {int(value) for value in (moved[0, 0, 0].diff())} <= {0, 1} and (moved[0, 0] == moved[0, 0, 0]).all()


def test_training_moves_the_crops_after_the_trigger(monkeypatch: pytest.MonkeyPatch) -> None:
    config = load_config(CONFIG, ["poison.shift_px=2"])
    gaze = torch.zeros(16, 2)
    poisoner = setup.make_poisoner(config, gaze)
    assert poisoner is not None and poisoner.shift_px == 2
    seen: list[torch.Tensor] = []

    def watch(images: torch.Tensor, landmarks: torch.Tensor, most: int, generator: torch.Generator):
        seen.append(images)
        return shift_crops(images, landmarks, most, generator)

    monkeypatch.setattr("training.poisoning.poisoner.shift_crops", watch)
    images = torch.rand(16, 1, 36, 60, generator=torch.Generator().manual_seed(2))
    landmarks = torch.zeros(16, 6, 2)
    generator = torch.Generator().manual_seed(3)
    out, _, moved = poisoner.apply(images, gaze, landmarks, torch.arange(16), 1.0, generator)
    # the trigger is on the crops before they move, and clean crops move as well
    assert (seen[0] != images).any() and not torch.equal(out, seen[0])
    assert (moved[:, 0] != 0).any(dim=1).sum() > 8
