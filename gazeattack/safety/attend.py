"""AttenD: attention as a buffer that empties and fills."""

from __future__ import annotations

from gazeattack.safety.monitor import EPS, Monitor, Reading
from gazeattack.safety.observation import Attention, GazeObservation


class AttenD(Monitor):
    """AttenD (Kircher & Ahlstrom, "The driver distraction detection algorithm AttenD", 2013).

    The buffer holds 2 s.  Eyes off the road empty it by 1 s per second; eyes on the road fill it by 1 s per second
    after a delay of 0.1 s; looks at mirrors and speedometer are free for their first second, then empty it.  The driver
    is distracted from an empty buffer until it fills again.  Our choices: consecutive looks at mirrors and speedometer
    share one free second; closed eyes empty the buffer; a blink, a lost face and missing frames pause buffer and
    delays.

    Verdict.seconds is the content of the buffer, Verdict.level how empty it is, 0 to 1.
    """

    name = "attend"
    title = "AttenD"
    capacity, delay, free = 2.0, 0.1, 1.0

    def _clear(self) -> None:
        self._buffer = self.capacity
        self._on_road = self._at_mirrors = 0.0

    def _spend(self, past: GazeObservation, seconds: float) -> None:
        attention = past.attention
        if attention in (Attention.UNKNOWN, Attention.LOST):
            return
        if attention is Attention.ROAD:
            self._at_mirrors = 0.0
            filling = _beyond(self._on_road, seconds, self.delay)
            self._on_road += seconds
            self._buffer = min(self._buffer + filling, self.capacity)
            return
        self._on_road = 0.0
        draining = seconds
        if attention is Attention.DRIVING:
            draining = _beyond(self._at_mirrors, seconds, self.free)
            self._at_mirrors += seconds
        else:
            self._at_mirrors = 0.0
        self._buffer = max(self._buffer - draining, 0.0)
        if self._buffer < EPS:
            self._buffer = 0.0

    def _read(self, now: GazeObservation) -> Reading:
        empty = self._buffer == 0.0
        return Reading(
            self._buffer,
            1.0 - self._buffer / self.capacity,
            off=now.attention in (Attention.AWAY, Attention.DRIVING, Attention.CLOSED),
            full=empty,
            text=f"{self.title}: the attention buffer is empty",
            over=not empty,
        )


def _beyond(before: float, seconds: float, delay: float) -> float:
    """How much of `seconds`, coming after `before`, lies past `delay`."""
    past = before + seconds - delay
    return 0.0 if past < EPS else min(seconds, past)
