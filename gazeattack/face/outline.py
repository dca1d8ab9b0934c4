"""The outline of a face, and 3-D points in the picture."""

from __future__ import annotations

import mediapipe as mp
import numpy as np

from gazeattack.face.intrinsics import Intrinsics

# MediaPipe's own face oval, as an ordered ring of landmarks
FACE_OVAL: tuple[int, ...] = tuple(
    edge.start for edge in mp.tasks.vision.FaceLandmarksConnections.FACE_LANDMARKS_FACE_OVAL
)


def face_oval(landmarks: np.ndarray) -> np.ndarray:
    """The outline's pixels, float64 [36, 2], of one face's landmarks [478, >= 2]."""
    return landmarks[list(FACE_OVAL), :2]


def project(points: np.ndarray, intrinsics: Intrinsics) -> np.ndarray:
    """Pixels [..., 2] of camera-space points [..., 3] in mm; z is held above 1 mm."""
    depth = np.maximum(points[..., 2:], 1.0)
    pixels: np.ndarray = points[..., :2] / depth * intrinsics.focal + (intrinsics.cx, intrinsics.cy)
    return pixels


def arrow(origin_mm: np.ndarray, direction: np.ndarray, intrinsics: Intrinsics, length: float) -> np.ndarray:
    """A gaze arrow's start and end in pixels, float64 [2, 2].

    The arrow is drawn as if seen from far away, so that a gaze towards the camera is a short arrow and one to the
    side a long one; `length` pixels is that of a gaze at right angles to the view.
    """
    start = project(origin_mm, intrinsics)
    return np.stack([start, start + length * direction[:2]])
