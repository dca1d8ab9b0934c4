"""The clock of a landmarker: times that strictly increase, whatever the source's do."""

from __future__ import annotations


class Clock:
    """Turns the times of frames into whole milliseconds that strictly increase, also where a source restarts at 0."""

    def __init__(self) -> None:
        self._last_ms = -1
        self._offset_ms = 0

    def next_ms(self, t: float) -> int:
        """The clock's time for a frame at `t` seconds."""
        ms = round(t * 1000) + self._offset_ms
        if ms <= self._last_ms:
            step = 33 if ms < self._last_ms - 1000 else 1
            self._offset_ms += self._last_ms + step - ms
            ms = self._last_ms + step
        self._last_ms = ms
        return ms
