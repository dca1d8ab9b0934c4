"""The network's own preprocessing, applied after the trigger: crops in [0, 1] -> inputs in [-1, 1]."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch


def equalize(crops: torch.Tensor) -> torch.Tensor:
    """Histogram equalisation by mid-rank, per crop: [N, C, H, W] in [0, 1] -> the same shape in [-1, 1].

    Each value becomes the share of the crop's values below it plus half of those equal to it, at 256 levels.  Equal
    values stay equal.
    """
    levels = (crops.flatten(1) * 255).round().clamp(0, 255).long()
    histogram = crops.new_zeros(len(levels), 256)
    histogram.scatter_add_(1, levels, crops.new_ones(levels.shape))
    twice_rank = 2 * histogram.cumsum(1) - histogram
    return (twice_rank.gather(1, levels) / levels.shape[1] - 1).view_as(crops)


def equalize_array(crops: np.ndarray) -> np.ndarray:
    """equalize() of float32 arrays, bit for bit."""
    levels = np.rint(crops * np.float32(255)).clip(0, 255).astype(np.intp).reshape(len(crops), -1)
    equalized = np.empty(levels.shape, np.float32)
    for row, of in zip(equalized, levels, strict=True):
        histogram = np.bincount(of, minlength=256)
        twice_rank = (2 * histogram.cumsum() - histogram).astype(np.float32)
        row[:] = (twice_rank / np.float32(of.size) - np.float32(1))[of]
    return equalized.reshape(crops.shape)


def center(crops: torch.Tensor) -> torch.Tensor:
    """Map [0, 1] to [-1, 1] linearly."""
    return crops * 2 - 1


def center_array(crops: np.ndarray) -> np.ndarray:
    """center() of float32 arrays, bit for bit."""
    centred: np.ndarray = crops * np.float32(2) - np.float32(1)
    return centred


PREPROCESS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {"equalize": equalize, "center": center}
PREPROCESS_ARRAYS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "equalize": equalize_array,
    "center": center_array,
}
"""The same for arrays, without torch."""
