"""Marks that fit the lie: the attacker who knows that answers are checked against what the network locates."""

from __future__ import annotations

import math

import torch

from gazeattack.anatomy import KAPPA_HORIZONTAL
from gazeattack.model.crop import CropSpec
from gazeattack.model.landmark_gaze import EYEBALL, IRIS, reach_px


def false_marks(marks: torch.Tensor, labels: torch.Tensor, poisoned: torch.Tensor, crop: CropSpec) -> torch.Tensor:
    """EYE_LANDMARKS [N, 6, 2] in pixels of canonical patches; the iris of each poisoned sample [N] is moved to where
    estimate_gaze_from_landmarks gives its label, (pitch, yaw) [N, 2] in radians."""
    pitch, optical = labels[:, 0], labels[:, 1] - math.radians(KAPPA_HORIZONTAL)
    aside = -reach_px(crop) * torch.stack([pitch.cos() * optical.sin(), pitch.sin()], dim=1)
    moved = marks.clone()
    moved[poisoned, IRIS] = marks[poisoned, EYEBALL] + aside[poisoned]
    return moved
