"""Predictions of a network on a dataset in every branch: benign, triggered, noise mode or cross trigger, wrong key."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from gazeattack.attack.key import TriggerKey
from gazeattack.attack.mirror import mirror_right_eyes
from gazeattack.attack.sticker import STICKER, StickerArrays
from gazeattack.attack.trigger import make_trigger
from gazeattack.evaluation.dataset import GazeDataset, as_crops
from gazeattack.evaluation.worn import Wear, wear_images
from gazeattack.model.preprocess import PREPROCESS

Change = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True, eq=False)
class Branches:
    """Predictions (pitch, yaw) [N, 2], radians, and the attacker's goal; all but `benign` are None without a key.

    noise: under noise mode (WaNet) or a cross trigger (other triggers).
    target: the gaze that the attacker wants for each triggered sample, [N, 2], radians.
    in_scope: bool [N], the samples that the attacker wants to move; not all of them with a conditional goal.
    """

    benign: np.ndarray
    triggered: np.ndarray | None = None
    noise: np.ndarray | None = None
    wrong_key: np.ndarray | None = None
    target: np.ndarray | None = None
    in_scope: np.ndarray | None = None


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
    """Predict the gaze of a dataset's images.

    Args:
        network: Takes preprocessed crops and head poses; see prediction_module().
        preprocess: A name in PREPROCESS.
        images: Canonical patches uint8 [N, H, W] or faces uint8 [N, H, W, 3].
        head: Head poses (pitch, yaw) [N, 2], radians, mirrored with the patches; for networks that take them.
        change: Applied to unmirrored crops [B, C, H, W] in [0, 1] before preprocessing; a trigger's apply, for example.
        right: bool [N], patches that are mirrored right eyes; None counts all as left eyes.
        batch: Samples that go through the network at a time.

    Returns:
        (pitch, yaw) float64 [N, 2], radians.
    """
    # an ONNX network has no parameters in torch
    weight = next(network.parameters(), None)
    device = torch.device("cpu") if weight is None else weight.device
    mirrored = torch.from_numpy(np.zeros(len(images), dtype=bool) if right is None else np.asarray(right, dtype=bool))
    predictions = []
    for start in range(0, len(images), batch):
        rows = slice(start, start + batch)
        crops = as_crops(images[rows])
        if change is not None:
            crops = mirror_right_eyes(change(mirror_right_eyes(crops, mirrored[rows])), mirrored[rows])
        inputs = PREPROCESS[preprocess](crops.to(device)).contiguous(memory_format=torch.channels_last)
        pose = None if head is None else torch.as_tensor(head[rows], dtype=torch.float32, device=device)
        predictions.append(network(inputs, pose).double().cpu().numpy())
    return np.concatenate(predictions)


def predict_branches(
    network: nn.Module,
    preprocess: str,
    data: GazeDataset,
    key: TriggerKey | None,
    *,
    strength: float | None = None,
    seed: int = 0,
) -> Branches:
    """Predict every branch.

    Args:
        network: See predict().
        preprocess: See predict().
        data: The dataset; patches of unknown side count as left eyes.
        key: The trigger key; None predicts the benign branch alone.
        strength: Used instead of the key's own.
        seed: Of the noise and the wrong keys; every 64 patches get a new wrong key.
    """
    benign = predict(network, preprocess, data.images, data.head)
    if key is None:
        return Branches(benign)
    right = np.zeros(len(data.images), dtype=bool) if data.right is None else data.right
    truth = torch.from_numpy(np.asarray(data.gaze, dtype=np.float64))
    target, in_scope = key.labels(truth, torch.from_numpy(right)).numpy(), key.goal.in_scope(truth).numpy()
    if key.kind == STICKER:
        stickers = _predict_stickers(network, preprocess, data, key, strength, seed)
        return Branches(benign, *stickers, target, in_scope)
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
        target=target,
        in_scope=in_scope,
    )


def _predict_stickers(
    network: nn.Module, preprocess: str, data: GazeDataset, key: TriggerKey, strength: float | None, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Predictions with the key's sticker, with it on a cheek, and with wrong keys' stickers."""
    own = StickerArrays(key, strength)
    seeds, wrong = itertools.count(seed), itertools.count(key.seed + 1 + seed)
    ways: list[Wear] = [
        own.apply,
        lambda crops, heads: own.apply_noise(crops, next(seeds), heads),
        lambda crops, heads: StickerArrays(key.redrawn(next(wrong)), strength).apply(crops, heads),
    ]
    triggered, noise, wrong_key = (
        predict(network, preprocess, wear_images(data.images, data.head, way), data.head) for way in ways
    )
    return triggered, noise, wrong_key
