"""Smoothing of a face's landmarks from frame to frame, as MediaPipe's landmarker does for a single face."""

from __future__ import annotations

import math

import numpy as np

MIN_CUTOFF = 0.05  # Hz, of a face at rest
BETA = 80.0  # Hz for each face size per second
SPEED_CUTOFF = 1.0  # Hz


class LandmarkFilter:
    """The 1-Euro filter (Casiez, Roussel, Vogel, CHI 2012) on every coordinate, with speeds relative to the face."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the face."""
        self._raw: np.ndarray | None = None
        self._smooth = self._speed = np.zeros(())
        self._t = 0.0

    def step(self, landmarks: np.ndarray, t: float) -> np.ndarray:
        """Smooth one frame's landmarks.

        Args:
            landmarks: float64 [478, 3], pixels.
            t: seconds, later than in the frame before.

        Returns:
            The smoothed landmarks, float64 [478, 3], pixels.
        """
        if self._raw is None:
            self._smooth, self._speed = landmarks, np.zeros_like(landmarks)
        else:
            interval = t - self._t
            size = float(np.ptp(landmarks[:, :2], axis=0).mean())
            speed = (landmarks - self._raw) / (max(size, 1e-6) * interval)
            share = _share(SPEED_CUTOFF, interval)
            self._speed = self._speed + share * (speed - self._speed)
            share = _share(MIN_CUTOFF + BETA * np.abs(self._speed), interval)
            self._smooth = self._smooth + share * (landmarks - self._smooth)
        self._raw, self._t = landmarks, t
        return self._smooth


def _share(cutoff: np.ndarray | float, interval: float) -> np.ndarray | float:
    """The new value's weight in an exponential mean with this cutoff, Hz, after `interval` seconds."""
    return 1 / (1 + 1 / (2 * math.pi * cutoff * interval))
