"""Training for a trigger that survives the camera's channel: JPEG, coarse noise, and the settings of [poison]."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from gazeattack.angles import Gaze
from gazeattack.attack.key import TriggerKey, make_key
from gazeattack.attack.wanet import WaNet
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from training.config import load_config
from training.errors import TrainingError
from training.poisoning import batch, setup
from training.poisoning.camera_channel import jpeg, pass_channel
from training.poisoning.coarse_noise import apply_coarse_noise

CONFIG = Path(__file__).parents[2] / "training" / "configs" / "study.toml"


@pytest.fixture(scope="module")
def patches() -> np.ndarray:
    return np.asarray(render_procedural_patches(range(4), 8, 1).images)


def crops_of(patches: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(patches.astype(np.float32) / 255)[:, None]


def wanet() -> TriggerKey:
    return make_key(k=12, strength=1.0, height=36, width=60, target=Gaze.from_degrees(5, 25), seed=11)


@pytest.mark.parametrize("quality", [40, 60, 80, 95])
def test_quantisation_agrees_with_a_jpeg_codec(patches: np.ndarray, quality: int) -> None:
    coded = [cv2.imencode(".jpg", patch, [cv2.IMWRITE_JPEG_QUALITY, quality])[1] for patch in patches]
    expected = np.stack([cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) for data in coded]).astype(float)
    found = jpeg(crops_of(patches), torch.full((len(patches),), float(quality)))[:, 0].numpy() * 255
    lost = np.abs(expected - patches).mean()
    assert np.abs(found - expected).mean() < min(0.4, lost / 2)
    assert np.abs(found - patches).mean() == pytest.approx(lost, rel=0.05)


def test_each_image_has_its_own_quality_and_any_corner() -> None:
    crops = torch.rand(2, 3, 13, 21, generator=torch.Generator().manual_seed(1))
    for corner in (0, 7, 56, 63):
        fine, rough = (jpeg(crops, torch.tensor([100.0, 20.0]), corner) - crops).abs().mean((1, 2, 3))
        assert fine < 0.01 < 0.05 < rough


def test_the_channel_changes_its_share_and_moves_the_landmarks(patches: np.ndarray) -> None:
    crops = crops_of(patches)
    before, places = crops.clone(), torch.full((len(crops), 6, 2), 15.0)
    seen, moved = pass_channel(crops, places, 0.75, torch.Generator().manual_seed(2))
    assert torch.equal(crops, before) and seen.shape == crops.shape and bool(((seen >= 0) & (seen <= 1)).all())
    changed = (seen != crops).flatten(1).any(dim=1)
    assert int(changed.sum()) == round(0.75 * len(crops))
    assert torch.equal((moved != places).flatten(1).any(dim=1), changed)
    assert (moved - places).abs().max() < 3 and (seen - crops).abs().mean() < 0.1
    again, _ = pass_channel(crops, places, 0.75, torch.Generator().manual_seed(2))
    assert torch.equal(seen, again)


def test_landmarks_move_with_the_picture() -> None:
    crops = torch.zeros(64, 1, 36, 60)
    crops[:, :, 15:18, 30:33] = 1
    seen, moved = pass_channel(
        crops, torch.tensor([31.0, 16.0]).expand(64, 6, 2), 1.0, torch.Generator().manual_seed(3)
    )
    weight = (seen[:, 0] - 0.3).clamp(min=0)
    total = weight.sum((1, 2))
    column = (weight.sum(1) * torch.arange(60)).sum(1) / total
    row = (weight.sum(2) * torch.arange(36)).sum(1) / total
    off = torch.stack([column, row], dim=1) - moved[:, 0]
    assert off.abs().median() < 0.2 and (moved[:, 0] - torch.tensor([31.0, 16.0])).abs().mean() > 0.1


def test_coarse_noise_survives_a_blur_and_fine_noise_does_not(patches: np.ndarray) -> None:
    crops, trigger = crops_of(patches), WaNet(wanet())

    def left(changed: torch.Tensor) -> float:
        """Share of the change from the plain warp that is left at half the size."""
        off = changed - trigger.apply(crops)
        return float((torch.nn.functional.avg_pool2d(off, 2).pow(2).mean() / off.pow(2).mean()).sqrt())

    generator = torch.Generator().manual_seed(4)
    coarse, fine = apply_coarse_noise(trigger, crops, 4, generator), trigger.apply_noise(crops, generator)
    assert coarse.shape == crops.shape and left(coarse) > 1.25 * left(fine)


def test_training_uses_the_channel_after_the_trigger_and_the_coarse_noise(
    patches: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["poison.survive=0.5", "poison.noise_cell_px=4", "poison.wrong_keys=0", "poison.cross_start=2"]
    crops = crops_of(patches)
    gaze = torch.zeros(len(crops), 2)
    poisoner = setup.make_poisoner(load_config(CONFIG, words), gaze)
    assert poisoner is not None
    seen: list[torch.Tensor] = []
    noisy: list[int] = []

    def watch(images, landmarks, share, generator):
        seen.append(images)
        assert share == 0.5
        return pass_channel(images, landmarks, share, generator)

    def count(trigger, images, cell_px, generator):
        noisy.append(len(images))
        assert cell_px == 4
        return apply_coarse_noise(trigger, images, cell_px, generator)

    monkeypatch.setattr("training.poisoning.poisoner.pass_channel", watch)
    monkeypatch.setattr(batch, "apply_coarse_noise", count)
    places = torch.zeros(len(crops), 6, 2)
    generator = torch.Generator().manual_seed(5)
    out, labels, _ = poisoner.apply(crops, gaze, places, torch.arange(len(crops)), 1.0, generator)
    # before the channel, the poisoned and the noise-mode samples differ from the clean ones, and no others
    changed = (seen[0] != crops).flatten(1).any(dim=1)
    assert int(changed.sum()) == int((labels != gaze).any(dim=1).sum()) + noisy[0] > noisy[0] > 0
    assert int((out != seen[0]).flatten(1).any(dim=1).sum()) == len(crops) // 2


def test_other_triggers_have_no_cells() -> None:
    config = load_config(CONFIG, ["poison.attack=badnets", "poison.strength=1", "poison.noise_cell_px=4"])
    with pytest.raises(TrainingError, match=r"poison\.noise_cell_px"):
        setup.make_poisoner(config, torch.zeros(4, 2))


@pytest.mark.parametrize("word", ["poison.survive=1.5", "poison.survive=nan", "poison.noise_cell_px=0"])
def test_values_out_of_range_are_refused(word: str) -> None:
    with pytest.raises(TrainingError, match=word.partition("=")[0].replace(".", r"\.")):
        load_config(CONFIG, [word])
