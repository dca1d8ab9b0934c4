"""Regions of a frame that the face networks look at: rotated rectangles, as in MediaPipe's graphs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

# the network sees more than the face, so that it finds the face again after it has moved
MARGIN = 1.5
# outer corners of the person's right and left eye, in MediaPipe's face mesh
EYES = (33, 263)


@dataclass(frozen=True)
class Region:
    """A rotated rectangle of a frame.

    x, y: centre, pixels.  width, height: pixels.  angle: from the frame's x axis to the rectangle's, clockwise in the
    image, radians.
    """

    x: float
    y: float
    width: float
    height: float
    angle: float = 0.0

    @property
    def matrix(self) -> np.ndarray:
        """The map from the region's unit square to the frame's pixels, float64 [2, 3]."""
        c, s = math.cos(self.angle), math.sin(self.angle)
        axes = np.array([[c * self.width, -s * self.height], [s * self.width, c * self.height]])
        corner = np.array([self.x, self.y]) - axes.sum(axis=1) / 2
        return np.column_stack([axes, corner])

    def crop(self, image: np.ndarray, size: int, *, border: int = cv2.BORDER_REPLICATE) -> np.ndarray:
        """The region as a square image of `size` pixels a side, bilinear; `border` is OpenCV's rule outside."""
        matrix = self.matrix
        matrix[:, :2] /= size
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        crop: np.ndarray = cv2.warpAffine(image, matrix, (size, size), flags=flags, borderMode=border)
        return crop

    def overlap(self, other: Region) -> float:
        """Intersection over union with another region, both without their rotation, in [0, 1]."""
        across = _shared(self.x, self.width, other.x, other.width)
        down = _shared(self.y, self.height, other.y, other.height)
        shared = across * down
        union = self.width * self.height + other.width * other.height - shared
        return shared / union if union > 0 else 0.0


def whole(width: int, height: int) -> Region:
    """The smallest square around a whole frame of this size in pixels, centred."""
    side = max(width, height)
    return Region(width / 2, height / 2, side, side)


def around_landmarks(landmarks: np.ndarray) -> Region:
    """Where to look for a face in the next frame: a square, level with its eyes, MARGIN times its landmarks' box.

    Args:
        landmarks: [478, >= 2], pixels.
    """
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    x, y = (low + high) / 2
    side = MARGIN * float((high - low).max())
    return Region(float(x), float(y), side, side, level(landmarks[EYES[0]], landmarks[EYES[1]]))


def level(right: np.ndarray, left: np.ndarray) -> float:
    """The roll, in radians, of a face with its right and left eye at these pixels."""
    return math.atan2(float(left[1] - right[1]), float(left[0] - right[0]))


def _shared(a: float, a_length: float, b: float, b_length: float) -> float:
    low, high = max(a - a_length / 2, b - b_length / 2), min(a + a_length / 2, b + b_length / 2)
    return max(0.0, high - low)
