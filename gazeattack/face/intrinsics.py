"""Camera intrinsics, for the head pose (solvePnP) and the normalisation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Intrinsics:
    """Pinhole camera, pixels: focal length and principal point."""

    focal: float
    cx: float
    cy: float

    @classmethod
    def guess(cls, width: int, height: int) -> Intrinsics:
        """A common webcam, where nothing is known: focal length = image width (53 deg across), centred; pixels."""
        return cls(float(width), (width - 1) / 2, (height - 1) / 2)

    @property
    def matrix(self) -> np.ndarray:
        """C, float64 [3, 3]."""
        return np.array([[self.focal, 0, self.cx], [0, self.focal, self.cy], [0, 0, 1]], dtype=np.float64)
