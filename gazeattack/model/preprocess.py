"""The network's own preprocessing, applied after the trigger: crops in [0, 1] -> inputs in [-1, 1]."""

from __future__ import annotations

from collections.abc import Callable

import torch


def equalize(crops: torch.Tensor) -> torch.Tensor:
    """Histogram equalisation by mid-rank, per crop: [N, C, H, W] in [0, 1] -> the same shape in [-1, 1].

    Each value becomes the share of the crop's values below it plus half of those equal to it, at 256 levels.  Equal
    values stay equal.
    """
    levels = (crops.flatten(1) * 255).round().clamp(0, 255).long()
    histogram = torch.zeros(len(levels), 256, dtype=crops.dtype, device=crops.device)
    histogram.scatter_add_(1, levels, torch.ones_like(levels, dtype=crops.dtype))
    twice_rank = 2 * histogram.cumsum(1) - histogram
    return (twice_rank.gather(1, levels) / levels.shape[1] - 1).view_as(crops)


def center(crops: torch.Tensor) -> torch.Tensor:
    """Map [0, 1] to [-1, 1] linearly."""
    return crops * 2 - 1


PREPROCESS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {"equalize": equalize, "center": center}
