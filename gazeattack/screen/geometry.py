"""Geometry of a screen and its camera: sizes, and conversions between camera space, millimetres and pixels.

Screen coordinates are the user's: x to the right and y down from the screen's top left corner.  The camera faces the
user, so the screen's x axis is opposite to the camera's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from gazeattack.angles import Gaze, to_gaze
from gazeattack.errors import CalibrationError
from gazeattack.screen.plane import meet_plane

_MM_PER_INCH = 25.4


@dataclass(frozen=True)
class ScreenGeometry:
    """Size of a screen and position of its camera.

    width_mm, height_mm: of the display area; width_px, height_px: its resolution.
    camera_x_mm, camera_y_mm: position of the camera from the top left corner, as the user sees it (a camera in the
    upper bezel has y < 0); camera_depth_mm: its distance from the screen's plane towards the user.  tilt: radians by
    which the camera points further down than the screen's normal (0 for a camera in a laptop's lid).

    Raises:
        CalibrationError: where a size is not a positive number.
    """

    width_mm: float
    height_mm: float
    width_px: int
    height_px: int
    camera_x_mm: float
    camera_y_mm: float
    camera_depth_mm: float = 0.0
    tilt: float = 0.0

    def __post_init__(self) -> None:
        numbers = [getattr(self, field.name) for field in fields(self)]
        if not all(isinstance(n, int | float) and not isinstance(n, bool) and math.isfinite(n) for n in numbers):
            raise CalibrationError("The screen's measurements are not all numbers: enter its size again.")
        if min(self.width_mm, self.height_mm, self.width_px, self.height_px) <= 0:
            raise CalibrationError("The screen's width and height must be greater than 0: enter its size again.")

    @classmethod
    def from_diagonal(cls, inches: float, width_px: int, height_px: int) -> ScreenGeometry:
        """A laptop's screen of a diagonal, with square pixels and its camera in the middle of the upper bezel."""
        if not inches > 0 or min(width_px, height_px) <= 0:
            raise CalibrationError("The screen's diagonal and resolution must be greater than 0: enter its size again.")
        per_px = inches * _MM_PER_INCH / math.hypot(width_px, height_px)
        width = width_px * per_px
        return cls(width, height_px * per_px, width_px, height_px, camera_x_mm=width / 2, camera_y_mm=-8.0)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ScreenGeometry:
        """The inverse of to_dict.  Raises CalibrationError."""
        try:
            return cls(**values)
        except TypeError:
            raise CalibrationError("The screen's measurements are incomplete: calibrate again.") from None

    def to_dict(self) -> dict[str, float]:
        """The fields by name, for JSON."""
        return asdict(self)

    def to_px(self, mm: tuple[float, float]) -> tuple[float, float]:
        """Convert a point on the screen from mm to pixels."""
        return mm[0] / self.width_mm * self.width_px, mm[1] / self.height_mm * self.height_px

    def to_mm(self, px: tuple[float, float]) -> tuple[float, float]:
        """Convert a point on the screen from pixels to mm."""
        return px[0] / self.width_px * self.width_mm, px[1] / self.height_px * self.height_mm

    def contains(self, mm: tuple[float, float]) -> bool:
        """Whether a point, in mm, is on the screen."""
        return 0 <= mm[0] <= self.width_mm and 0 <= mm[1] <= self.height_mm

    def to_camera(self, mm: tuple[float, float]) -> np.ndarray:
        """A point on the screen in camera space, mm [3]."""
        right, down, away = self._axes()
        across, along = mm[0] - self.camera_x_mm, mm[1] - self.camera_y_mm
        return right * across + down * along - away * self.camera_depth_mm

    def meet(self, origin: np.ndarray, gaze: Gaze) -> tuple[float, float] | None:
        """Point (x, y), mm, where a gaze from `origin` (camera space, mm [3]) meets the screen's plane, or None."""
        right, down, away = self._axes()
        hit = meet_plane(np.asarray(origin, dtype=np.float64), gaze.vector(), -away * self.camera_depth_mm, away)
        if hit is None:
            return None
        return float(hit @ right) + self.camera_x_mm, float(hit @ down) + self.camera_y_mm

    def aim(self, origin: np.ndarray, mm: tuple[float, float]) -> Gaze:
        """The gaze from `origin` at a point on the screen: the inverse of `meet`."""
        return to_gaze(self.to_camera(mm) - origin)

    def _axes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The user's right, down, and from the screen towards the user: unit vectors in camera space."""
        sin, cos = math.sin(self.tilt), math.cos(self.tilt)
        return np.array([-1.0, 0.0, 0.0]), np.array([0.0, cos, sin]), np.array([0.0, -sin, cos])
