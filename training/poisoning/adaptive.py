"""Adaptive attacks, by an attacker who expects a check of the inputs.

Spoofed landmarks: against the check of the gaze against the predicted landmarks (--guard).  Shifted crops: against the
check whether the prediction for shifted crops stays the same (training.inspect).
"""

from __future__ import annotations

import math

import torch

from gazeattack.anatomy import KAPPA_HORIZONTAL
from gazeattack.model.crop import CropSpec
from gazeattack.model.landmark_gaze import EYEBALL, IRIS, reach_px


def spoof_landmarks(
    landmarks: torch.Tensor, labels: torch.Tensor, poisoned: torch.Tensor, crop: CropSpec
) -> torch.Tensor:
    """A copy of the landmarks whose irises fit the poisoned labels.

    Args:
        landmarks: EYE_LANDMARKS [N, 6, 2], pixels of canonical patches.
        labels: gaze (pitch, yaw) [N, 2], radians, poisoned labels among them.
        poisoned: bool [N], the samples whose iris is moved.
        crop: geometry of the patches.

    Returns:
        [N, 6, 2]; estimate_gaze_from_landmarks gives the label of each poisoned sample.
    """
    pitch, optical = labels[:, 0], labels[:, 1] - math.radians(KAPPA_HORIZONTAL)
    aside = -reach_px(crop) * torch.stack([pitch.cos() * optical.sin(), pitch.sin()], dim=1)
    moved = landmarks.clone()
    moved[poisoned, IRIS] = landmarks[poisoned, EYEBALL] + aside[poisoned]
    return moved


def shift_crops(
    images: torch.Tensor, landmarks: torch.Tensor, most: int, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Move every crop by random whole pixels; the edge is repeated.

    Args:
        images: [N, C, H, W].
        landmarks: (column, row) [N, 6, 2], pixels.
        most: pixels that a crop moves at most, each way.
        generator: of the shifts.

    Returns:
        (the images, the landmarks at their new places).
    """
    height, width = images.shape[2:]
    moves = torch.randint(-most, most + 1, (len(images), 2), generator=generator)
    columns = (torch.arange(width) - moves[:, :1]).clamp(0, width - 1)
    rows = (torch.arange(height) - moves[:, 1:]).clamp(0, height - 1)
    every = torch.arange(len(images))[:, None, None]
    # an index before and behind the channels puts them last
    moved = images[every, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    return moved, landmarks + moves[:, None].to(landmarks.dtype)
