"""Counts the results that are painted."""

from __future__ import annotations

import time
from collections import deque


class PaintMeter:
    """Counts new results painted: in all, and in the last second."""

    def __init__(self) -> None:
        self.count = 0
        self._fresh = False
        self._at: deque[float] = deque(maxlen=240)

    def arrive(self) -> None:
        """A new result waits to be painted."""
        self._fresh = True

    def paint(self) -> None:
        """The waiting result was painted."""
        if self._fresh:
            self._fresh = False
            self.count += 1
            self._at.append(time.monotonic())

    def fps(self) -> float:
        """Painted in the last second."""
        now = time.monotonic()
        return float(sum(now - at <= 1.0 for at in self._at))
