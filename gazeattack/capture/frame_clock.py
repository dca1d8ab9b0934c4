"""The time of a video's frames, from timestamps that may be missing or broken."""

from __future__ import annotations

import math

# A longer pause between two frames counts as a broken timestamp.
MAX_GAP_S = 3600.0


class FrameClock:
    """Turns a file's timestamps into times that start at 0 and always increase.

    A timestamp that is missing, that does not increase, or that jumps by more than `longest_gap` counts as one nominal
    frame, and so does the step from the last frame to the first one of a loop.

    Args:
        step: duration of a nominal frame, seconds.
        duration: that the file announces, seconds; None where it announces none.
    """

    def __init__(self, step: float, duration: float | None) -> None:
        self._step = step
        self._longest_gap = MAX_GAP_S if duration is None else min(MAX_GAP_S, max(duration, 1.0))
        self._t = -step
        self._stamp: float | None = None

    def go_to(self, t: float) -> None:
        """Continue with a frame at time `t`, seconds: the file is read from elsewhere on."""
        self._t, self._stamp = t - self._step, None

    def advance(self, stamp: float | None) -> float:
        """The time of the next frame, seconds, from its timestamp, seconds."""
        if stamp is not None and not math.isfinite(stamp):
            stamp = None
        gap = 0.0 if stamp is None or self._stamp is None else stamp - self._stamp
        self._t += gap if 0 < gap <= self._longest_gap else self._step
        self._stamp = stamp
        return self._t
