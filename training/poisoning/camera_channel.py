"""What a trigger in the camera's frame meets before the network: the frame's pixels, a codec, noise, a new crop.

Each changed crop is resampled to the pixels of a smaller or larger frame, coded as a JPEG there, made noisy, and
cropped again with small errors of its place, size and roll.
See gazeattack.live.frame_trigger for the trigger in a real frame.
"""

from __future__ import annotations

import functools
import math

import torch
import torch.nn.functional as F

from training.data.augment import CropJitter, draw_crop_jitter

SCALES = 0.5, 1.2
"""Range of the frame's pixels per pixel of an eye crop; a face of 175 pixels across has about 1.1."""
QUALITIES = 55.0, 98.0
NOISE = 4.0
"""Largest standard deviation of the sensor's noise, grey levels of 255."""
JITTER = 0.5
"""Amount of the errors of the new crop; see draw_crop_jitter."""
GROUPS = 4
"""Parts of the changed samples; each has a scale of its own."""
BLOCK = 8
LUMINANCE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
"""Quantisation table of JPEG's luminance (ITU-T T.81, table K.1), quality 50 in libjpeg's scale."""


def pass_channel(
    images: torch.Tensor, landmarks: torch.Tensor, share: float, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Pass a random share of the crops through a camera's channel.

    Args:
        images: [N, C, H, W] in [0, 1].
        landmarks: (column, row) [N, K, 2], pixels.
        share: of the crops that change, 0 to 1.
        generator: source of all random choices.

    Returns:
        (the images, the landmarks at their new places), changed copies.
    """
    # in a random order, so that what a crop meets does not depend on whether it is poisoned
    changed = torch.randperm(len(images), generator=generator)[: round(share * len(images))]
    images, landmarks = images.clone(), landmarks.clone()
    height, width = images.shape[2:]
    for rows in changed.chunk(GROUPS):
        if not len(rows):
            continue
        scale = float(_uniform(SCALES, 1, generator))
        qualities = _uniform(QUALITIES, len(rows), generator)
        seen = F.interpolate(
            images[rows],
            (max(2, round(height * scale)), max(2, round(width * scale))),
            mode="bilinear",
            align_corners=True,
        )
        seen = jpeg(seen, qualities, int(torch.randint(BLOCK**2, (1,), generator=generator)))
        deviation = _uniform((0.0, NOISE / 255), len(rows), generator)[:, None, None, None]
        seen = (seen + torch.randn(seen.shape, generator=generator) * deviation).clamp(0, 1)
        jitter: CropJitter = draw_crop_jitter(len(rows), JITTER, generator)
        images[rows] = F.grid_sample(
            seen, jitter.grid(height, width), mode="bilinear", padding_mode="border", align_corners=True
        )
        landmarks[rows] = jitter.move_points(landmarks[rows], height, width)
    return images, landmarks


def jpeg(images: torch.Tensor, qualities: torch.Tensor, corner: int = 0) -> torch.Tensor:
    """Quantise images as JPEG does, each channel as luminance; without the colour conversion and the coding.

    Args:
        images: [N, C, H, W] in [0, 1].
        qualities: [N], 1 to 100, in libjpeg's scale.
        corner: place of the first pixel in its block, 0 to 63, row by row; a crop begins anywhere in the frame's
            blocks.

    Returns:
        Images of the same size, in [0, 1].
    """
    n, channels, height, width = images.shape
    top, left = divmod(corner, BLOCK)
    bottom, right = -(top + height) % BLOCK, -(left + width) % BLOCK
    padded = F.pad(images * 255 - 128, (left, right, top, bottom), mode="replicate")
    down, across = padded.shape[2] // BLOCK, padded.shape[3] // BLOCK
    blocks = padded.view(n, channels, down, BLOCK, across, BLOCK).transpose(3, 4)
    basis, table = _dct(), _tables(qualities)[:, None, None, None]
    found = basis @ blocks @ basis.T
    kept = basis.T @ ((found / table).round() * table) @ basis
    whole = kept.transpose(3, 4).reshape(padded.shape)[..., top : top + height, left : left + width]
    return ((whole.round() + 128) / 255).clamp(0, 1)


def _tables(qualities: torch.Tensor) -> torch.Tensor:
    """Quantisation tables [N, 8, 8] by libjpeg's rule."""
    percent = torch.where(qualities < 50, 5000 / qualities, 200 - 2 * qualities)
    return ((torch.tensor(LUMINANCE) * percent[:, None, None] + 50) / 100).floor().clamp(1, 255)


@functools.cache
def _dct() -> torch.Tensor:
    """The orthonormal DCT-II of 8 values, [8, 8]."""
    places = torch.arange(BLOCK)
    basis = torch.cos(math.pi / BLOCK * (places + 0.5) * places[:, None]) * math.sqrt(2 / BLOCK)
    basis[0] /= math.sqrt(2)
    return basis


def _uniform(bounds: tuple[float, float], n: int, generator: torch.Generator) -> torch.Tensor:
    return torch.rand(n, generator=generator) * (bounds[1] - bounds[0]) + bounds[0]
