"""Playback of recorded frames at their own rate."""

from __future__ import annotations

from collections.abc import Callable

MAX_LAG_S = 0.25


class Pacer:
    """Computes how long to wait until a frame is due.

    A short lag is caught up by not waiting.  After a longer one (a slow disk, a pause, a laptop's sleep) the schedule
    restarts at the current frame, so that late frames never arrive in a burst.

    Args:
        clock: seconds, never decreasing.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._start: float | None = None

    def delay(self, t: float) -> float:
        """Seconds (>= 0) from now until the frame of source time `t` is due."""
        now = self._clock()
        if self._start is None or now - self._start - t > MAX_LAG_S:
            self._start = now - t
        return max(0.0, self._start + t - now)
