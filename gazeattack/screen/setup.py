"""What a person tells about screen and camera, once."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from gazeattack.errors import CalibrationError
from gazeattack.parsing import parse_json
from gazeattack.screen.geometry import ScreenGeometry

SIZE_MM, DISTANCE_MM = (50.0, 3000.0), (200.0, 3000.0)
_SQUARE = 1.15  # pixels are square within this factor
# focal length over the frames' width: from a very wide to a narrow webcam
_FOCAL_SHARE = (0.4, 3.0)


@dataclass(frozen=True)
class ScreenSetup:
    """Size of the screen's picture, place of the camera, distance of the eyes from the camera.

    width_mm, height_mm: of the picture.  camera_x_mm, camera_y_mm: see ScreenGeometry.  distance_mm: None where
    nobody has measured it.
    """

    width_mm: float
    height_mm: float
    camera_x_mm: float
    camera_y_mm: float
    distance_mm: float | None = None

    @classmethod
    def from_diagonal(cls, inches: float, width_px: int, height_px: int) -> ScreenSetup:
        """A laptop's, see ScreenGeometry.from_diagonal."""
        screen = ScreenGeometry.from_diagonal(inches, width_px, height_px)
        return cls(screen.width_mm, screen.height_mm, screen.camera_x_mm, screen.camera_y_mm)

    @classmethod
    def from_text(cls, text: str) -> ScreenSetup | None:
        """The inverse of to_text; None for any other text."""
        try:
            known = parse_json(text).items()
            values: dict[str, Any] = {name: value if value is None else float(value) for name, value in known}
            setup = cls(**values)
            setup.geometry(1, 1)
        except (ValueError, TypeError, AttributeError, CalibrationError):
            return None
        return setup

    def to_text(self) -> str:
        """The fields as JSON."""
        return json.dumps(asdict(self))

    def geometry(self, width_px: int, height_px: int) -> ScreenGeometry:
        """The geometry for a screen of this resolution."""
        return ScreenGeometry(self.width_mm, self.height_mm, width_px, height_px, self.camera_x_mm, self.camera_y_mm)

    def checked(self, width_px: int, height_px: int) -> ScreenSetup:
        """The same.  Raises CalibrationError where it does not fit a screen of this resolution."""
        ratio = self.width_mm / self.height_mm * height_px / width_px
        if not 1 / _SQUARE < ratio < _SQUARE:
            raise CalibrationError(
                f"{self.width_mm:.0f} × {self.height_mm:.0f} mm do not fit {width_px} × {height_px} pixels: measure "
                "the screen's picture from edge to edge."
            )
        return self


def focal_share(used: float, measured_mm: float | None, distance_mm: float) -> float:
    """The camera's focal length over the frames' width that puts the eyes at the distance a person has measured.

    Args:
        used: the share that the head pose was estimated with.
        measured_mm: distance of the eyes by that head pose; None without a face.
        distance_mm: the true one.

    Raises:
        CalibrationError: without a face, or where no webcam has such a focal length.
    """
    if measured_mm is None or measured_mm <= 0:
        raise CalibrationError("No face is in view: sit in front of the camera, then enter the distance again.")
    share = used * distance_mm / measured_mm
    if not _FOCAL_SHARE[0] <= share <= _FOCAL_SHARE[1]:
        raise CalibrationError(
            f"{distance_mm / 10:.0f} cm do not fit the size of your face in the image: measure from the camera to your "
            "eyes."
        )
    return share
