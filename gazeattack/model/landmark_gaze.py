"""The gaze that an eye's located parts show by themselves: a check on a network's answer that needs no key."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gazeattack.anatomy import IRIS_PLANE, KAPPA_HORIZONTAL
from gazeattack.model.crop import CropSpec
from gazeattack.model.landmarks import EYE_LANDMARKS

IRIS, EYEBALL = EYE_LANDMARKS.index("iris"), EYE_LANDMARKS.index("eyeball")
# Eyes turned farther than this show no more of it sideways (sine of 76 degrees).
FARTHEST = 0.97


def reach_px(crop: CropSpec) -> float:
    """Pixels between the eyeball's centre and the iris of an average eye seen from the side."""
    return IRIS_PLANE * crop.focal / crop.distance


def estimate_gaze_from_landmarks(points: np.ndarray, crop: CropSpec, mirrored: Sequence[bool]) -> np.ndarray:
    """(pitch, yaw) float64 [N, 2], radians, in the crops' own cameras: from the eyeball's centre through the iris.

    points [N, 6, 2]: EYE_LANDMARKS in pixels of unmirrored crops; nan gives nan.  mirrored [N]: whether the network
    gets the crop flipped, that is a right eye.  The eye is an average one (gazeattack.anatomy) and its depth is
    left out: what Hansen & Ji (TPAMI 2010) call 3D model-based gaze estimation, at its simplest.
    """
    aside = (points[:, IRIS] - points[:, EYEBALL]).astype(np.float64) / reach_px(crop)
    length = np.linalg.norm(aside, axis=1, keepdims=True)
    aside = aside * np.minimum(1.0, FARTHEST / np.maximum(length, 1e-9))
    ahead = np.sqrt(1 - (aside**2).sum(axis=1))
    # the pupil points to the temple of what is looked at
    temple = np.where(np.asarray(mirrored, dtype=bool), -1.0, 1.0) * np.radians(KAPPA_HORIZONTAL)
    return np.stack([np.arcsin(-aside[:, 1]), np.arctan2(-aside[:, 0], ahead) + temple], axis=1)
