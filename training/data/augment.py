"""What happens to patches between the pool and the network, on float32 [N, 1, 36, 60] in [0, 1]."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from gazeattack.attack.wanet import identity_grid
from gazeattack.synthetic.patches.camera import blur


@dataclass(frozen=True, eq=False)
class Frame:
    """Small errors of N crops, each [N, 1, 1]: scale, roll in radians, shift in half widths and half heights."""

    scale: torch.Tensor
    roll: torch.Tensor
    across: torch.Tensor
    down: torch.Tensor

    def crop(self, images: torch.Tensor) -> torch.Tensor:
        """Images [N, 1, H, W] as crops with these errors would have been."""
        height, width = images.shape[2:]
        grid = identity_grid(height, width)
        x, y = grid[..., 0] * (width / height), grid[..., 1]
        turned_x = (x * self.roll.cos() - y * self.roll.sin()) * self.scale * (height / width) + self.across
        turned_y = (x * self.roll.sin() + y * self.roll.cos()) * self.scale + self.down
        return F.grid_sample(
            images, torch.stack([turned_x, turned_y], -1), mode="bilinear", padding_mode="border", align_corners=True
        )

    def follow(self, points: torch.Tensor, height: int, width: int) -> torch.Tensor:
        """Where points [N, K, 2], (column, row), show in the crop() of images of height x width pixels."""
        last = torch.tensor([width - 1, height - 1])
        x, y = (2 * points / last - 1).unbind(dim=-1)
        scale, roll, across, down = (part[:, :, 0] for part in (self.scale, self.roll, self.across, self.down))
        x, y = (x - across) * (width / height) / scale, (y - down) / scale
        x, y = (x * roll.cos() + y * roll.sin()) * (height / width), y * roll.cos() - x * roll.sin()
        return (torch.stack([x, y], dim=-1) + 1) / 2 * last


def draw_frame(n: int, amount: float, generator: torch.Generator) -> Frame:
    """Errors of n crops, as large as `amount` says."""

    def draw(deviation: float) -> torch.Tensor:
        return torch.randn(n, 1, 1, generator=generator) * deviation * amount

    return Frame(scale=torch.exp(draw(0.03)), roll=draw(0.025), across=draw(0.02), down=draw(0.03))


def reframe(
    images: torch.Tensor, points: torch.Tensor, amount: float, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Small errors of the crop: shift, scale, roll.  Before the trigger, which is applied to the crop as it is.

    points [N, K, 2], (column, row), stay on what they mark.
    """
    if amount == 0:
        return images, points
    frame = draw_frame(len(images), amount, generator)
    return frame.crop(images), frame.follow(points, *images.shape[2:])


def degrade(images: torch.Tensor, amount: float, generator: torch.Generator, *, groups: int = 4) -> torch.Tensor:
    """Blur, contrast, uneven light, noise and clipped highlights."""
    if amount == 0:
        return images
    n = len(images)

    def uniform(low: float, high: float, *shape: int) -> torch.Tensor:
        return torch.rand(*(shape or (n, 1, 1, 1)), generator=generator) * (high - low) + low

    blurred = []
    # chunks are as likely to be blurred whatever was done to them: the batch was put in a random order here
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
