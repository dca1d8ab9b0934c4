"""The outline of a face, and the projection of 3-D points to pixels."""

from __future__ import annotations

import numpy as np

from gazeattack.face.intrinsics import Intrinsics

# MediaPipe's own face oval, as an ordered ring of landmarks
FACE_OVAL: tuple[int, ...] = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288),
    *(397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136),
    *(172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)


def face_oval(landmarks: np.ndarray) -> np.ndarray:
    """The outline, float64 [36, 2] in pixels, of one face's landmarks [478, >= 2]."""
    return landmarks[list(FACE_OVAL), :2]


def project(points: np.ndarray, intrinsics: Intrinsics) -> np.ndarray:
    """Pixels [..., 2] of camera-space points [..., 3] in mm; z is clamped to at least 1 mm."""
    depth = np.maximum(points[..., 2:], 1.0)
    pixels: np.ndarray = points[..., :2] / depth * intrinsics.focal + (intrinsics.cx, intrinsics.cy)
    return pixels


def arrow(origin_mm: np.ndarray, direction: np.ndarray, intrinsics: Intrinsics, length: float) -> np.ndarray:
    """Start and end of a gaze arrow.

    The arrow is an orthographic projection: a gaze at the camera gives a short arrow, a gaze to the side a long one.

    Args:
        origin_mm: where the gaze starts, camera space, mm [3].
        direction: unit gaze vector [3], camera space.
        intrinsics: of the camera.
        length: length in pixels of a gaze at right angles to the viewing direction.

    Returns:
        float64 [2, 2], pixels.
    """
    start = project(origin_mm, intrinsics)
    return np.stack([start, start + length * direction[:2]])
