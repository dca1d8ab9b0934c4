"""Intersection of a gaze ray with the screen's plane."""

from __future__ import annotations

import numpy as np


def meet_plane(origin: np.ndarray, direction: np.ndarray, point: np.ndarray, normal: np.ndarray) -> np.ndarray | None:
    """Where the ray origin + u * direction (u > 0) meets the plane through `point` with `normal`.

    All float64 [3], camera space, mm.  None where the ray runs along the plane or away from it.
    """
    closing = float(direction @ normal)
    if abs(closing) < 1e-6:
        return None
    u = float((point - origin) @ normal) / closing
    return origin + u * direction if u > 0 else None


def camera_plane_point(origin: np.ndarray, direction: np.ndarray) -> tuple[float, float] | None:
    """(x, y) mm from the camera where the gaze meets the camera's own plane, z = 0.

    A laptop's camera sits in the bezel of its screen, so without a calibration this plane stands for the screen's.
    x is to the right and y down as the camera sees it.
    """
    hit = meet_plane(origin, direction, np.zeros(3), np.array([0.0, 0.0, 1.0]))
    return None if hit is None else (float(hit[0]), float(hit[1]))
