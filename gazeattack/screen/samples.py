"""Input of a calibration: the points to look at, and the gaze predicted at each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gazeattack.angles import Gaze
from gazeattack.face.pose import HeadPose
from gazeattack.screen.geometry import ScreenGeometry

# Scales that bring every feature to about 1: half a screen of gaze, a small turn of the head, a shift in the chair.
_GAZE, _HEAD = math.radians(15), math.radians(10)
_PLACE, _REST, _DEPTH = 60.0, 600.0, 100.0
# Inputs of the correction, and the features computed from them.
BASIS = ("yaw", "pitch", "head_pitch", "head_yaw", "head_roll", "x", "y", "z")
FEATURES = ("one", "yaw", "pitch", "yaw2", "pitch2", "yaw_pitch", *BASIS[2:])


@dataclass(frozen=True)
class Viewer:
    """Pose of the user: head direction (camera space), roll (radians), and origin of the gaze (camera space, mm)."""

    head: Gaze
    roll: float
    origin_mm: tuple[float, float, float]

    @classmethod
    def of(cls, pose: HeadPose, origin_mm: np.ndarray) -> Viewer:
        """The viewer of a frame's head pose and gaze origin (camera space, mm [3])."""
        x, y, z = map(float, origin_mm)
        return cls(pose.facing, pose.roll, (x, y, z))


@dataclass(frozen=True)
class CalibrationPoint:
    """One dot: its number, its name, its position on the screen (mm), and whether it only tests the fit."""

    number: int
    name: str
    mm: tuple[float, float]
    held_out: bool


@dataclass(frozen=True)
class CalibrationSample:
    """One frame of a user who looks at a point: its number, and the clean branch's gaze before calibration."""

    point: int
    gaze: Gaze
    viewer: Viewer


def calibration_points(geometry: ScreenGeometry) -> tuple[CalibrationPoint, ...]:
    """Nine points to fit on and four between them to test with, numbered from 1 in display order."""
    grid = [
        (f"{row} {column}".replace("middle centre", "centre"), x, y, False)
        for row, y in (("top", 0.08), ("middle", 0.5), ("bottom", 0.92))
        for column, x in (("left", 0.08), ("centre", 0.5), ("right", 0.92))
    ]
    inner = [
        (f"inner {row} {column}", x, y, True)
        for row, y in (("upper", 0.3), ("lower", 0.7))
        for column, x in (("left", 0.3), ("right", 0.7))
    ]
    return tuple(
        CalibrationPoint(number, name, (x * geometry.width_mm, y * geometry.height_mm), held_out)
        for number, (name, x, y, held_out) in enumerate([*grid, *inner], start=1)
    )


def basis(gaze: Gaze, viewer: Viewer) -> np.ndarray:
    """Inputs of the correction, float64 [8], in the order of BASIS, each scaled to about 1."""
    x, y, z = viewer.origin_mm
    head = (viewer.head.pitch / _HEAD, viewer.head.yaw / _HEAD, viewer.roll / _HEAD)
    return np.array([gaze.yaw / _GAZE, gaze.pitch / _GAZE, *head, x / _PLACE, y / _PLACE, (z - _REST) / _DEPTH])


def features(values: np.ndarray) -> np.ndarray:
    """Features, float64 [..., 12], in the order of FEATURES, of a basis [..., 8]."""
    yaw, pitch = values[..., 0], values[..., 1]
    made = np.stack([np.ones_like(yaw), yaw, pitch, yaw * yaw, pitch * pitch, yaw * pitch], axis=-1)
    return np.concatenate([made, values[..., 2:]], axis=-1)
