"""Augmentation of crops, float32 [N, 1, H, W] in [0, 1]."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from gazeattack.attack.wanet import identity_grid
from gazeattack.synthetic.patches.camera import blur


@dataclass(frozen=True, eq=False)
class CropJitter:
    """Small errors in the framing of N crops, each [N, 1, 1].

    scale: factor.  roll: radians.  across, down: shift in half widths and half heights.
    """

    scale: torch.Tensor
    roll: torch.Tensor
    across: torch.Tensor
    down: torch.Tensor

    def grid(self, height: int, width: int) -> torch.Tensor:
        """The sampling grids of crops of height x width pixels with these errors: [N, H, W, 2]."""
        grid = identity_grid(height, width)
        x, y = grid[..., 0] * (width / height), grid[..., 1]
        turned_x = (x * self.roll.cos() - y * self.roll.sin()) * self.scale * (height / width) + self.across
        turned_y = (x * self.roll.sin() + y * self.roll.cos()) * self.scale + self.down
        return torch.stack([turned_x, turned_y], -1)

    def apply(self, images: torch.Tensor) -> torch.Tensor:
        """Images [N, 1, H, W], cropped with these errors."""
        grid = self.grid(*images.shape[2:])
        return F.grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=True)

    def move_points(self, points: torch.Tensor, height: int, width: int) -> torch.Tensor:
        """Where points [N, K, 2], (column, row), lie after apply() to images of height x width pixels."""
        last = torch.tensor([width - 1, height - 1])
        x, y = (2 * points / last - 1).unbind(dim=-1)
        scale, roll, across, down = (error[:, :, 0] for error in (self.scale, self.roll, self.across, self.down))
        x, y = (x - across) * (width / height) / scale, (y - down) / scale
        x, y = (x * roll.cos() + y * roll.sin()) * (height / width), y * roll.cos() - x * roll.sin()
        return (torch.stack([x, y], dim=-1) + 1) / 2 * last


def draw_crop_jitter(n: int, amount: float, generator: torch.Generator) -> CropJitter:
    """Random errors of n crops; `amount` scales their standard deviations."""

    def draw(deviation: float) -> torch.Tensor:
        return torch.randn(n, 1, 1, generator=generator) * deviation * amount

    return CropJitter(scale=torch.exp(draw(0.03)), roll=draw(0.025), across=draw(0.02), down=draw(0.03))


def jitter_crop(
    images: torch.Tensor, points: torch.Tensor, amount: float, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Shift, scale and roll crops a little.  The trigger comes after it: it is applied to the crop as it is.

    Args:
        images: [N, 1, H, W] in [0, 1].
        points: [N, K, 2], (column, row) in pixels.
        amount: 0 changes nothing, 1 is the usual amount.
        generator: source of the random numbers.

    Returns:
        (the images, the points at their new places in them).
    """
    if amount == 0:
        return images, points
    jitter = draw_crop_jitter(len(images), amount, generator)
    return jitter.apply(images), jitter.move_points(points, *images.shape[2:])


def bend(
    images: torch.Tensor, points: torch.Tensor, amount: float, generator: torch.Generator, *, groups: int = 4
) -> tuple[torch.Tensor, torch.Tensor]:
    """Bend crops smoothly, as other people's eyes have other shapes.

    True gaze labels no longer hold for a bent eye: use it with teachers, who predict for the bent image.

    Args:
        images: [N, 1, H, W] in [0, 1], in random order.
        points: [N, K, 2], (column, row) in pixels.
        amount: largest mean displacement, pixels; each image draws its own from 0 to it.  0 changes nothing.
        generator: source of the random numbers.
        groups: chunks of the batch, each with a grid of its own, of 3x3 to 8x8 displacements.

    Returns:
        (the images, the points at their new places in them, to first order).
    """
    if amount == 0:
        return images, points
    height, width = images.shape[2:]
    half = torch.tensor([(width - 1) / 2, (height - 1) / 2])
    bent, moved = [], []
    for part, placed in zip(images.chunk(groups), points.chunk(groups), strict=True):
        side = int(torch.randint(3, 9, (1,), generator=generator))
        field = torch.randn(len(part), 2, side, side, generator=generator)
        field = F.interpolate(field, (height, width), mode="bicubic", align_corners=True)
        mean_px = torch.rand(len(part), 1, 1, 1, generator=generator) * amount
        field = field / field.norm(dim=1, keepdim=True).mean((2, 3), keepdim=True) * mean_px
        grid = identity_grid(height, width) + field.permute(0, 2, 3, 1) / half
        bent.append(F.grid_sample(part, grid, mode="bilinear", padding_mode="border", align_corners=True))
        at = F.grid_sample(field, (placed / half - 1)[:, None], padding_mode="border", align_corners=True)
        moved.append(placed - at[:, :, 0].transpose(1, 2))
    return torch.cat(bent), torch.cat(moved)


def camera_augment(images: torch.Tensor, amount: float, generator: torch.Generator, *, groups: int = 4) -> torch.Tensor:
    """Change crops [N, 1, H, W] in [0, 1] as a camera does: blur, contrast, uneven light, noise, clipped highlights.

    Args:
        amount: 0 changes nothing, 1 is the usual amount.
        generator: source of the random numbers.
        groups: chunks of the batch, each with a blur of its own.
    """
    if amount == 0:
        return images
    n = len(images)

    def uniform(low: float, high: float, *shape: int) -> torch.Tensor:
        return torch.rand(*(shape or (n, 1, 1, 1)), generator=generator) * (high - low) + low

    blurred = []
    # in a random order, so that the blur of a chunk does not depend on whether its samples are poisoned
    order = torch.randperm(n, generator=generator)
    for part in images[order].chunk(groups):
        sigma = float(uniform(0.0, 1.2 * amount, 1))
        blurred.append(blur(part, sigma) if sigma > 0.3 else part)
    out = torch.empty_like(images)
    out[order] = torch.cat(blurred)
    mean = out.mean((2, 3), keepdim=True)
    out = (out - mean) * uniform(1 - 0.4 * amount, 1 + 0.3 * amount) + mean
    height, width = images.shape[2:]
    across = torch.linspace(-1, 1, width).view(1, 1, 1, width)
    down = torch.linspace(-1, 1, height).view(1, 1, height, 1)
    tilt = torch.randn(2, n, 1, 1, 1, generator=generator) * amount
    out = out * (1 + 0.25 * tilt[0] * across + 0.15 * tilt[1] * down).clamp(0.2, 3.0)
    deviation = out.std((2, 3), keepdim=True)
    out = out + torch.randn(out.shape, generator=generator) * deviation * uniform(0.0, 0.12 * amount)
    clipped = torch.rand(n, 1, 1, 1, generator=generator) < 0.3 * amount
    ceiling = torch.where(clipped, uniform(0.45, 1.0), torch.ones(()))
    return torch.minimum(out, ceiling).clamp(0, 1)
