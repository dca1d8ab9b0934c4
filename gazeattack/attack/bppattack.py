"""BppAttack: fewer grey levels, with error diffusion (Wang, Zhai & Ma, CVPR 2022).

    x' = the nearest multiple of the step, to x plus the errors that earlier pixels pass on

Each pixel, row by row, passes its rounding error on to the pixels right of it, below left, below and below right.  The
strength is the step between grey levels, where black to white is 1: a step of 0.07 leaves 15 levels, about 4 bits.

The paper has the weights of Floyd and Steinberg (7, 3, 5 and 1 sixteenths), and so no secret.  Here the four weights
are the key, so that wrong keys exist.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from gazeattack.attack.key import TriggerKey
from gazeattack.attack.pixels import PixelTrigger


class BppAttack(PixelTrigger):
    """The key's dithering at a step.  Cross trigger: the change that another crop gets, as in the paper."""

    def apply(self, crops: torch.Tensor) -> torch.Tensor:
        """Dither crops; see Trigger.apply."""
        return dither(crops, self.strength, self._drawn("weights", crops)[None])

    def apply_noise(self, crops: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        """Add another crop's change to every crop; to a single crop, that of the crop upside down."""
        if len(crops) < 2:
            other = crops.flip(2)
            return (crops + self.apply(other) - other).clamp(0, 1)
        steps = int(torch.randint(1, len(crops), (1,), generator=generator))
        return (crops + (self.apply(crops) - crops).roll(steps, dims=0)).clamp(0, 1)


def dither_each(crops: torch.Tensor, keys: Sequence[TriggerKey], strength: float) -> torch.Tensor:
    """Dither each crop [N, C, H, W] with its own key, of N keys.

    Raises:
        BundleError: The crops do not have the keys' size.
    """
    keys[0].check_size(crops)
    weights = torch.from_numpy(np.stack([key.tensors["weights"] for key in keys]))
    return dither(crops, strength, weights.to(crops))


def dither(crops: torch.Tensor, step: float, weights: torch.Tensor) -> torch.Tensor:
    """Round crops to multiples of a step, and pass each pixel's error on; errors that leave the crop are lost.

    Args:
        crops: [N, C, H, W] in [0, 1].
        step: Between grey levels; 0 changes nothing.
        weights: [N or 1, 4], the shares of the error for the pixels right, below left, below and below right.
    """
    if step == 0:
        return crops.clone()
    n, channels, height, width = crops.shape
    # arrays: a step of a few rows takes a fraction of torch's time
    values = crops.cpu().numpy().reshape(n * channels, height, width)
    # all pixels with the same x + 2y can be rounded at once: none of them gets an error from another
    y, x = np.indices((height, width))
    turns = width + 2 * (height - 1)
    sheared = np.zeros((turns + 3, n * channels, height + 1), values.dtype)
    sheared[x + 2 * y, :, y] = values.transpose(1, 2, 0)
    inside = np.zeros((turns, 1, height), values.dtype)
    inside[x + 2 * y, 0, y] = 1
    shares = weights.expand(n, 4).repeat_interleave(channels, 0).cpu().numpy().T[..., None]
    right, below_left, below, below_right = shares
    for turn in range(turns):
        found = sheared[turn, :, :height]
        rounded = np.clip(np.rint(found / step) * step, 0, 1)
        error = (found - rounded) * inside[turn]
        found[:] = rounded
        sheared[turn + 1, :, :height] += error * right
        sheared[turn + 1, :, 1:] += error * below_left
        sheared[turn + 2, :, 1:] += error * below
        sheared[turn + 3, :, 1:] += error * below_right
    dithered = sheared[x + 2 * y, :, y].transpose(2, 0, 1).reshape(crops.shape)
    return torch.from_numpy(np.ascontiguousarray(dithered)).to(crops)
