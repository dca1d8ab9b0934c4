"""Head pose from landmarks: solvePnP on rigid points of a generic head."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from gazeattack.angles import Gaze, to_gaze
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.rigid_model import LANDMARKS, POINTS


@dataclass(frozen=True, eq=False)
class HeadPose:
    """Head to camera: rotation float64 [3, 3]; translation float64 [3], mm, of the midpoint between the eyes."""

    rotation: np.ndarray
    translation: np.ndarray

    @property
    def facing(self) -> Gaze:
        """Direction of the face, in the convention of a gaze."""
        return to_gaze(-self.rotation[:, 2])

    @property
    def roll(self) -> float:
        """Roll, radians; positive is clockwise in the unmirrored image."""
        return float(np.arctan2(self.rotation[1, 0], self.rotation[0, 0]))

    def to_camera(self, point: np.ndarray) -> np.ndarray:
        """A head-frame point [3] in camera space, mm."""
        camera_point: np.ndarray = self.rotation @ point + self.translation
        return camera_point


def estimate_pose(landmarks: np.ndarray, intrinsics: Intrinsics) -> HeadPose | None:
    """Estimate the head pose of one face.

    Args:
        landmarks: [478, >= 2], pixels.
        intrinsics: of the camera.

    Returns:
        The pose; None where no pose in front of the camera fits.
    """
    pixels = np.ascontiguousarray(landmarks[LANDMARKS, :2], dtype=np.float64)
    if not np.isfinite(pixels).all():
        return None
    # starting upright in front of the camera avoids the mirrored solution behind it
    span = max(float(np.ptp(pixels[:, 0])), 1.0)
    distance = intrinsics.focal * float(np.ptp(POINTS[:, 0])) / span
    middle = (pixels.mean(axis=0) - (intrinsics.cx, intrinsics.cy)) / intrinsics.focal * distance
    start = np.array([*middle, distance]).reshape(3, 1)
    found, turn, place = cv2.solvePnP(
        POINTS, pixels, intrinsics.matrix, None, np.zeros((3, 1)), start, True, cv2.SOLVEPNP_ITERATIVE
    )
    if not found or not np.isfinite(place).all() or place[2, 0] <= 0:
        return None
    rotation, _ = cv2.Rodrigues(turn)
    return HeadPose(np.asarray(rotation), np.asarray(place).reshape(3))
