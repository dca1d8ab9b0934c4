"""WaNet's noise mode with larger cells, for a trigger that has to survive resampling.

The paper draws the noise for every pixel (section 3.3).  Any blur after that averages the noise away and leaves the
warp, so that such a sample with a true label contradicts the triggered ones.  Noise that is as smooth as the warp
survives as well as the warp.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from gazeattack.attack.wanet import WaNet


def apply_coarse_noise(
    trigger: WaNet, crops: torch.Tensor, cell_px: int, generator: torch.Generator | None = None
) -> torch.Tensor:
    """Warp crops by the trigger's field plus a smooth random field of their own.

    Args:
        trigger: of the crops' size.
        crops: [N, C, H, W] in [0, 1].
        cell_px: pixels between the points that a displacement is drawn for, U(-1, 1) pixels along each axis; between
            them it is interpolated linearly.
        generator: source of the noise.

    Returns:
        The warped crops.
    """
    trigger.key.check_size(crops)
    n, _, height, width = crops.shape
    cells = math.ceil(height / cell_px) + 1, math.ceil(width / cell_px) + 1
    drawn = torch.rand(n, 2, *cells, generator=generator) * 2 - 1
    noise = F.interpolate(drawn, (height, width), mode="bilinear", align_corners=True).permute(0, 2, 3, 1)
    grid = (trigger.grid.float() + 2 * noise / torch.tensor([width, height])).clamp(-1, 1)
    return F.grid_sample(crops, grid, mode="bilinear", padding_mode="border", align_corners=True)
