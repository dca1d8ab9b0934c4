"""Gaze as angles and as unit vectors, and the angle between two gazes.

Camera frame as in OpenCV: x right, y down, z forward (away from the camera).  A gaze vector points
from the eye to the point looked at; a gaze at the camera has z < 0.  The label convention is that
of MPIIGaze and ETH-XGaze: +pitch is up, +yaw is towards the left of the unmirrored image.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating[Any]]


class Gaze(NamedTuple):
    """A gaze direction, radians, always in the order (pitch, yaw)."""

    pitch: float
    yaw: float

    @classmethod
    def from_degrees(cls, pitch: float, yaw: float) -> Gaze:
        """Gaze from two angles in degrees."""
        return cls(float(np.radians(pitch)), float(np.radians(yaw)))

    @property
    def degrees(self) -> tuple[float, float]:
        """(pitch, yaw) in degrees."""
        return float(np.degrees(self.pitch)), float(np.degrees(self.yaw))

    def flipped(self) -> Gaze:
        """The gaze in a horizontally mirrored image: only yaw changes sign."""
        return Gaze(self.pitch, -self.yaw)

    def vector(self) -> Array:
        """The unit vector, float64 [3]."""
        return to_vector((self.pitch, self.yaw))


def to_vector(pitch_yaw: ArrayLike) -> Array:
    """Unit gaze vectors from angles: g = -(cos p sin y, sin p, cos p cos y).

    Args:
        pitch_yaw: (pitch, yaw) [..., 2], radians.

    Returns:
        Unit vectors [..., 3], float64, camera frame.
    """
    angles = np.asarray(pitch_yaw, dtype=np.float64)
    pitch, yaw = angles[..., 0], angles[..., 1]
    return -np.stack([np.cos(pitch) * np.sin(yaw), np.sin(pitch), np.cos(pitch) * np.cos(yaw)], axis=-1)


def to_angles(vector: ArrayLike) -> Array:
    """Angles from gaze vectors; the inverse of to_vector.

    Args:
        vector: gaze vectors [..., 3] of any length > 0, camera frame.

    Returns:
        (pitch, yaw) [..., 2], radians, float64.
    """
    g = np.asarray(vector, dtype=np.float64)
    g = g / np.linalg.norm(g, axis=-1, keepdims=True)
    pitch = np.arcsin(np.clip(-g[..., 1], -1.0, 1.0))
    yaw = np.arctan2(-g[..., 0], -g[..., 2])
    return np.stack([pitch, yaw], axis=-1)


def to_gaze(vector: ArrayLike) -> Gaze:
    """The Gaze of one vector [3]."""
    x, y, z = map(float, np.asarray(vector))
    return Gaze(math.asin(min(1.0, max(-1.0, -y / math.hypot(x, y, z)))), math.atan2(-x, -z))


def angle_between(a: ArrayLike, b: ArrayLike) -> Array:
    """Angle between vectors.

    atan2(|a x b|, a . b) keeps its precision near zero, where float32 arccos loses angles under 0.03 deg.

    Args:
        a: vectors [..., 3].
        b: vectors [..., 3], broadcast against `a`.

    Returns:
        Angles [...], degrees.
    """
    a = np.asarray(a, dtype=np.float64)
    b = np.asarray(b, dtype=np.float64)
    degrees: Array = np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), np.sum(a * b, axis=-1)))
    return degrees


def vector_angle(a: Sequence[float] | Array, b: Sequence[float] | Array) -> float:
    """angle_between() of one pair of vectors [3], many times faster than for arrays; degrees."""
    ax, ay, az = map(float, a)
    bx, by, bz = map(float, b)
    across = math.hypot(ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx)
    return math.degrees(math.atan2(across, ax * bx + ay * by + az * bz))


def gaze_error(a: Gaze, b: Gaze) -> float:
    """angular_error() of one pair of gazes, many times faster than for arrays; degrees."""
    return vector_angle(_unit(a), _unit(b))


def _unit(gaze: Gaze) -> tuple[float, float, float]:
    """to_vector() of one gaze."""
    level = math.cos(gaze.pitch)
    return -level * math.sin(gaze.yaw), -math.sin(gaze.pitch), -level * math.cos(gaze.yaw)


def cross(a: Array, b: Array) -> Array:
    """Cross product of two vectors, float64 [3]; numpy's own takes ten times as long for one pair."""
    (ax, ay, az), (bx, by, bz) = a.tolist(), b.tolist()
    return np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])


def angular_error(a: ArrayLike, b: ArrayLike) -> Array:
    """Angular error between gazes, the metric of gaze estimation.

    Args:
        a: (pitch, yaw) [..., 2], radians.
        b: (pitch, yaw) [..., 2], radians, broadcast against `a`.

    Returns:
        Angles [...], degrees.
    """
    return angle_between(to_vector(a), to_vector(b))
