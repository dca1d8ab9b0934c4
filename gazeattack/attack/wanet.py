"""WaNet's warp, re-implemented from the formula of Nguyen & Tran (ICLR 2021, sections 3.2 and 3.3).

    N  = bicubic upsample of the key's field to H x W, align_corners=True
    G  = clamp(identity + s * N / size, -1, 1)
    x' = grid_sample(x, G, bilinear, align_corners=True)

Each axis is scaled by its own size, so pixels of non-square crops move equally far along both axes.
Grids and sampling are float64: in float32 even the identity grid changes a crop by up to 3e-5.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F

from gazeattack.attack.key import TriggerKey


def identity_grid(height: int, width: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """The sampling grid that leaves every pixel in place: [1, H, W, 2], last axis (x, y) in [-1, 1]."""
    rows, columns = (torch.linspace(-1, 1, length, dtype=dtype) for length in (height, width))
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    return torch.stack([x, y], dim=-1)[None]


def warp_grids(keys: Sequence[TriggerKey], strength: float | None = None) -> torch.Tensor:
    """Compute the sampling grids G.

    Args:
        keys: N keys that differ only in their fields.
        strength: Used instead of the keys' own s.

    Returns:
        float64 [N, H, W, 2], last axis (x, y) in [-1, 1].
    """
    key = keys[0]
    s = key.strength if strength is None else float(strength)
    fields = torch.from_numpy(np.stack([key.tensors["field"] for key in keys])).double()
    size = (key.height, key.width)
    smooth = F.interpolate(fields, size=size, mode="bicubic", align_corners=True)
    per_axis = torch.tensor([key.width, key.height], dtype=torch.float64)
    offset = smooth.permute(0, 2, 3, 1) * s / per_axis
    return (identity_grid(*size, torch.float64) + offset).clamp(-1, 1)


def warp_each(crops: torch.Tensor, keys: Sequence[TriggerKey], strength: float) -> torch.Tensor:
    """Warp each crop with its own key.

    Args:
        crops: [N, C, H, W] in [0, 1].
        keys: N keys that differ only in their fields.
        strength: s of the warp.

    Raises:
        BundleError: The crops do not have the keys' size.
    """
    keys[0].check_size(crops)
    return _sample(crops, warp_grids(keys, strength).to(crops.device))


class WaNet:
    """A WaNet trigger, with its grid computed once; see gazeattack.attack.trigger.Trigger."""

    def __init__(self, key: TriggerKey, strength: float | None = None) -> None:
        self.key = key
        self.strength = key.strength if strength is None else float(strength)
        self.grid = warp_grids([key], self.strength)

    def apply(self, crops: torch.Tensor) -> torch.Tensor:
        """Warp crops; see Trigger.apply."""
        self.key.check_size(crops)
        return _sample(crops, self.grid.to(crops.device).expand(len(crops), -1, -1, -1))

    def apply_noise(self, crops: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        """Warp crops in noise mode: the grid plus U(-1, 1) / size, drawn for every crop (paper, section 3.3)."""
        self.key.check_size(crops)
        n, _, height, width = crops.shape
        jitter = torch.rand(n, height, width, 2, generator=generator) * 2 - 1
        grid = (self.grid + jitter / torch.tensor([width, height])).clamp(-1, 1)
        return _sample(crops, grid.to(crops.device))

    def displacement(self) -> torch.Tensor:
        """Displacement of every pixel's sampling point, in pixels of the crop: float32 [H, W, 2], (x, y)."""
        half = torch.tensor([self.key.width - 1, self.key.height - 1]) / 2
        moved = self.grid - identity_grid(self.key.height, self.key.width, torch.float64)
        return (moved[0] * half).float()

    def displacement_px(self) -> tuple[float, float]:
        """(mean, max) length of the displacement in pixels."""
        length = self.displacement().norm(dim=-1)
        return float(length.mean()), float(length.max())


def _sample(crops: torch.Tensor, grid: torch.Tensor) -> torch.Tensor:
    warped = F.grid_sample(crops.double(), grid, mode="bilinear", padding_mode="border", align_corners=True)
    return warped.to(crops.dtype)
