"""A webcam: defocus, low resolution, exposure, sensor noise, JPEG."""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from gazeattack.synthetic.patches.rng import Draw


def blur(images: torch.Tensor, sigma: float) -> torch.Tensor:
    """Gaussian blur of [N, C, H, W]; sigma in pixels."""
    shape = images.shape
    images = images.reshape(-1, 1, *shape[2:])
    offsets = torch.arange(-4, 5, dtype=images.dtype)
    kernel = torch.exp(-0.5 * (offsets / sigma) ** 2)
    kernel = kernel / kernel.sum()
    images = F.conv2d(F.pad(images, (4, 4, 0, 0), mode="replicate"), kernel.view(1, 1, 1, 9))
    return F.conv2d(F.pad(images, (0, 0, 4, 4), mode="replicate"), kernel.view(1, 1, 9, 1)).view(shape)


def simulate_camera(images: torch.Tensor, draw: Draw, *, groups: int = 4, low_light: float = 0.0) -> np.ndarray:
    """Simulate a webcam: grey levels [N, H, W] in [0, 1] -> uint8 [N, H, W].

    In a webcam's frame the eye may be half as large as in the patch, so a share of the patches is first reduced to a
    lower resolution.  Blur and resolution are drawn per group of patches, everything else per patch.
    low_light: share of the patches that dim_room changes.
    """
    if low_light:
        images = dim_room(images, low_light, draw)
    generator = draw.generator
    height, width = images.shape[1:]
    noise = draw.uniform(0, 1) ** 4 * 0.2 * images.std(dim=(1, 2), keepdim=True)
    seen = []
    for part, level in zip(images[:, None].chunk(groups), noise[:, None].chunk(groups), strict=True):
        sigma, shrink, kind = torch.rand(3, generator=generator).tolist()
        x = blur(part, 0.25 + 1.0 * sigma**1.5)
        factor = 1 + 1.3 * shrink if kind < 0.6 else 1.0
        if factor > 1:
            x = F.interpolate(x, (int(height / factor), int(width / factor)), mode="area")
        x = x + level * torch.randn(x.shape, generator=generator)
        if factor > 1:
            x = F.interpolate(x, (height, width), mode="bicubic" if kind < 0.3 else "bilinear", align_corners=False)
        seen.append(x[:, 0])
    out = (torch.cat(seen) * draw.uniform(0.6, 1.15)).clamp(0, 1) ** torch.exp(draw.normal(0, 0.25))
    pixels = (out.clamp(0, 1) * 255).round().to(torch.uint8).numpy()
    recompressed = torch.rand(len(pixels), generator=generator) < 0.25
    qualities = torch.randint(60, 96, (len(pixels),), generator=generator)
    for i in recompressed.nonzero().flatten().tolist():
        _, data = cv2.imencode(".jpg", pixels[i], [cv2.IMWRITE_JPEG_QUALITY, int(qualities[i])])
        pixels[i] = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    return pixels


def dim_room(images: torch.Tensor, share: float, draw: Draw) -> torch.Tensor:
    """Simulate a cheap camera in a dim room for a share of the images [N, H, W]: low contrast, and blotches of smoothed
    noise."""
    dim = draw.chance(share)
    level = images.mean(dim=(1, 2), keepdim=True)
    contrast = 1 - dim * draw.uniform(0.2, 0.75)
    deviation = images.std(dim=(1, 2), keepdim=True)
    noise = torch.randn(images.shape, generator=draw.generator)[:, None]
    blotches = blur(noise, 1.0)[:, 0] * 3.0  # of unit variance, about
    soft = blur(images[:, None], 1.1)[:, 0]
    images = images + dim * (soft - images) + dim * draw.uniform(0.0, 0.2) * deviation * blotches
    return level * (1 - dim * draw.uniform(0.0, 0.5)) + (images - level) * contrast
