"""The crops that detectors see: a part of the set, unmirrored, in 8 bits, with the trigger of other keys."""

from __future__ import annotations

import numpy as np
import torch

from gazeattack.attack.key import TriggerKey
from gazeattack.attack.mirror import mirror_right_eyes
from gazeattack.evaluation.dataset import LoadedSet, as_crops
from training.analysis.triggered import put_trigger


def unmirrored_crops(data: LoadedSet) -> torch.Tensor:
    """Unmirrored crops, [N, C, H, W] in [0, 1], as the trigger needs them."""
    crops = as_crops(data.images)
    return (
        crops if data.right is None else mirror_right_eyes(crops, torch.from_numpy(np.asarray(data.right, dtype=bool)))
    )


def thin_out(data: LoadedSet, pairs: int) -> LoadedSet:
    """Take at most `pairs` samples, spread evenly over the set, in which the samples of a subject follow each other."""
    n = len(data.images)
    return data if n <= pairs else data.take(np.linspace(0, n - 1, pairs).round().astype(np.int64))


def eight_bit(crops: torch.Tensor) -> torch.Tensor:
    """Round crops to 256 levels, as in image files; values between the levels would make detection trivial."""
    return (crops * 255).round().clamp(0, 255) / 255


def by_other_keys(
    crops: torch.Tensor, key: TriggerKey, strength: float | None, count: int, heads: np.ndarray | None = None
) -> torch.Tensor:
    """Trigger the crops with `count` other keys of the same kind in turn, never with the key itself."""
    triggered = torch.empty_like(crops)
    for number in range(count):
        rows, other = slice(number, None, count), key.redrawn(key.seed + 1 + number)
        triggered[rows] = put_trigger(crops[rows], other, None if heads is None else heads[rows], strength)
    return triggered
