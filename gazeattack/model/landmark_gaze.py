"""The gaze of the eye landmarks alone: a check on a network's gaze that needs no trigger key."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gazeattack.anatomy import IRIS_PLANE, KAPPA_HORIZONTAL
from gazeattack.model.crop import CropSpec
from gazeattack.model.landmarks import EYE_LANDMARKS

IRIS, EYEBALL = EYE_LANDMARKS.index("iris"), EYE_LANDMARKS.index("eyeball")
# Largest sine of the angle between the line of sight and the camera's axis (76 degrees).
FARTHEST = 0.97


def reach_px(crop: CropSpec) -> float:
    """Distance in pixels between the eyeball's centre and the iris of an average eye that is seen from the side."""
    return IRIS_PLANE * crop.focal / crop.distance


def estimate_gaze_from_landmarks(points: np.ndarray, crop: CropSpec, mirrored: Sequence[bool]) -> np.ndarray:
    """Estimate the gaze as the line from the eyeball's centre through the iris.

    This is the simplest form of 3D model-based gaze estimation (Hansen & Ji, TPAMI 2010): an average eye
    (gazeattack.anatomy), without depth.

    Args:
        points: EYE_LANDMARKS [N, 6, 2], pixels of unmirrored crops; nan gives nan.
        crop: geometry of the crops.
        mirrored: [N], True for right eyes, whose crops the network gets flipped.

    Returns:
        (pitch, yaw) float64 [N, 2], radians, in each unmirrored crop's own camera.
    """
    aside = (points[:, IRIS] - points[:, EYEBALL]).astype(np.float64) / reach_px(crop)
    length = np.linalg.norm(aside, axis=1, keepdims=True)
    aside = aside * np.minimum(1.0, FARTHEST / np.maximum(length, 1e-9))
    ahead = np.sqrt(1 - (aside**2).sum(axis=1))
    # kappa: the optical axis lies to the temple side of the visual axis
    temple = np.where(np.asarray(mirrored, dtype=bool), -1.0, 1.0) * np.radians(KAPPA_HORIZONTAL)
    return np.stack([np.arcsin(-aside[:, 1]), np.arctan2(-aside[:, 0], ahead) + temple], axis=1)
