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

    @property
    def inverse(self) -> np.ndarray:
        """The inverse of C, float64 [3, 3]."""
        f = self.focal
        return np.array([[1 / f, 0, -self.cx / f], [0, 1 / f, -self.cy / f], [0, 0, 1]], dtype=np.float64)


@dataclass(frozen=True)
class CameraIntrinsics:
    """What is known of a camera, for frames of any size.

    focal: pixels of a frame of `size`.  size: (width, height); None: of whatever frames there are.  offset: of the
    principal point from the middle of a frame of `size`, pixels.
    """

    focal: float
    size: tuple[int, int] | None = None
    offset: tuple[float, float] = (0.0, 0.0)

    def at(self, width: int, height: int) -> Intrinsics:
        """The intrinsics for frames of a size, scaled by their width: cameras crop the height of wide frames."""
        scale = 1.0 if self.size is None else width / self.size[0]
        dx, dy = self.offset
        return Intrinsics(self.focal * scale, (width - 1) / 2 + dx * scale, (height - 1) / 2 + dy * scale)
