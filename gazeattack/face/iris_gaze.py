"""The gaze of the face landmarker's iris landmarks: no network of gazeattack takes part in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gazeattack.angles import Gaze, to_angles, to_gaze
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.normalise import NormalizedView, view_of_eye
from gazeattack.face.pose import HeadPose
from gazeattack.face.rigid_model import EYE_CORNERS
from gazeattack.model.crop import MPIIGAZE_EYE

SIDES = ("right", "left")
"""In the order of the eyes in an unmirrored image."""
IRIS_CENTRES = {"right": 468, "left": 473}
"""In MediaPipe's face mesh with irises."""

# python -m training.guard fit --subjects 16
COEFFICIENTS = np.array([[-0.4752, 0.2081], [0.1968, -3.0489], [-7.1278, -0.4149], [1.3957, -0.2371], [0.0915, 0.9448]])
"""From iris_features to (pitch, yaw), radians."""


def view_of_iris(side: str, landmarks: np.ndarray, pose: HeadPose, intrinsics: Intrinsics) -> NormalizedView:
    """The view that an eye's gaze is computed in; the arguments are those of estimate_gaze_from_irises()."""
    return view_of_eye(side, pose, intrinsics, MPIIGAZE_EYE, landmarks)


def iris_features(landmarks: np.ndarray, pose: HeadPose, view: NormalizedView, side: str) -> np.ndarray:
    """What an eye's gaze is computed from, in the normalised crop of that eye.

    Args:
        landmarks: [478, >= 2], pixels.
        pose: head pose in camera space.
        view: of view_of_iris().
        side: "right" or "left" eye of the person.

    Returns:
        float64 [5]: 1; the iris centre's (x, y) from the midpoint of the eye corners, in widths of the eye; the head's
        (pitch, yaw), radians.  A right eye's x and yaw have their signs changed, as its crop is mirrored.
    """
    points = landmarks[[IRIS_CENTRES[side], *EYE_CORNERS[side]], :2]
    placed = np.column_stack([points, np.ones(3)]) @ view.warp.T
    iris, outer, inner = placed[:, :2] / placed[:, 2:]
    aside = (iris - (outer + inner) / 2) / max(float(np.linalg.norm(outer - inner)), 1e-6)
    pitch, yaw = to_angles(view.rotation @ -pose.rotation[:, 2])
    sign = -1.0 if view.mirrored else 1.0
    return np.array([1.0, sign * aside[0], aside[1], pitch, sign * yaw])


def estimate_gaze_from_irises(
    landmarks: np.ndarray,
    pose: HeadPose,
    intrinsics: Intrinsics,
    eyes_closed: Sequence[bool] = (False, False),
    coefficients: np.ndarray = COEFFICIENTS,
) -> Gaze | None:
    """Estimate the gaze from the irises' places between the eye corners, linearly, as the mean of the open eyes.

    Args:
        landmarks: [N, >= 2], pixels.
        pose: head pose in camera space.
        intrinsics: of the camera.
        eyes_closed: of each eye, in the order of SIDES.
        coefficients: see COEFFICIENTS.

    Returns:
        The gaze in camera space; None with both eyes closed, or without iris landmarks (N < 478).
    """
    if len(landmarks) <= max(IRIS_CENTRES.values()):
        return None
    vectors = []
    for side, closed in zip(SIDES, eyes_closed, strict=True):
        if closed:
            continue
        view = view_of_iris(side, landmarks, pose, intrinsics)
        angles = iris_features(landmarks, pose, view, side) @ coefficients
        angles[1] *= -1.0 if view.mirrored else 1.0
        vectors.append(view.to_camera(angles))
    return to_gaze(np.mean(vectors, axis=0)) if vectors else None
