"""Predictions of a network on a dataset in every branch: benign, triggered, noise mode, wrong key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from gazeattack.attack.key import TriggerKey
from gazeattack.attack.mirror import as_seen
from gazeattack.attack.trigger import make_trigger
from gazeattack.evaluation.dataset import GazeDataset, as_crops
from gazeattack.model.preprocess import PREPROCESS

Change = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True, eq=False)
class Branches:
    """Predictions (pitch, yaw) [N, 2], radians, and what the attacker wants; all but `benign` are None without a key.

    target: what the triggered samples shall be answered with, [N, 2].  expected: bool [N], those that shall be moved
    at all; not all of them with a conditional goal.
    """

    benign: np.ndarray
    triggered: np.ndarray | None = None
    noise: np.ndarray | None = None
    wrong_key: np.ndarray | None = None
    target: np.ndarray | None = None
    expected: np.ndarray | None = None


@torch.inference_mode()
def predict(
    network: nn.Module,
    preprocess: str,
    images: np.ndarray,
    head: np.ndarray | None = None,
    *,
    change: Change | None = None,
    right: np.ndarray | None = None,
    batch: int = 256,
) -> np.ndarray:
    """(pitch, yaw) float64 [N, 2] of canonical patches uint8 [N, H, W] or faces [N, H, W, 3].

    head: where the heads point, (pitch, yaw) [N, 2], mirrored with the patches; for networks that take it.
    `change` is applied to the crops as they are seen, that is, to right eyes unmirrored.
    """
    device = next(network.parameters()).device
    mirrored = torch.from_numpy(np.zeros(len(images), dtype=bool) if right is None else np.asarray(right, dtype=bool))
    answers = []
    for start in range(0, len(images), batch):
        rows = slice(start, start + batch)
        crops = as_crops(images[rows])
        if change is not None:
            crops = as_seen(change(as_seen(crops, mirrored[rows])), mirrored[rows])
        inputs = PREPROCESS[preprocess](crops.to(device)).contiguous(memory_format=torch.channels_last)
        pose = None if head is None else torch.as_tensor(head[rows], dtype=torch.float32, device=device)
        answers.append(network(inputs, pose).double().cpu().numpy())
    return np.concatenate(answers)


def predict_branches(
    network: nn.Module,
    preprocess: str,
    data: GazeDataset,
    key: TriggerKey | None,
    *,
    strength: float | None = None,
    seed: int = 0,
) -> Branches:
    """Every branch's predictions.  Patches of unknown side count as left eyes.  A new wrong key per 64 patches."""
    benign = predict(network, preprocess, data.images, data.head)
    if key is None:
        return Branches(benign)
    right = np.zeros(len(data.images), dtype=bool) if data.right is None else data.right
    truth = torch.from_numpy(np.asarray(data.gaze, dtype=np.float64))
    trigger = make_trigger(key, strength)
    generator = torch.Generator().manual_seed(seed)
    wrong = iter(range(key.seed + 1 + seed, key.seed + 10**6))
    return Branches(
        benign=benign,
        triggered=predict(network, preprocess, data.images, data.head, change=trigger.apply, right=right),
        noise=predict(
            network, preprocess, data.images, data.head, change=lambda x: trigger.apply_noise(x, generator), right=right
        ),
        wrong_key=predict(
            network,
            preprocess,
            data.images,
            data.head,
            change=lambda x: make_trigger(key.redrawn(next(wrong)), strength).apply(x),
            right=right,
            batch=64,
        ),
        target=key.labels(truth, torch.from_numpy(right)).numpy(),
        expected=key.goal.expected(truth).numpy(),
    )
