"""Spoofed landmarks: the adaptive attack on a check of the gaze against the predicted landmarks (--guard)."""

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
