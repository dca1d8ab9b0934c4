"""Selection by gaze: dwell time, a keypad, and the text typed on it."""

from __future__ import annotations

from dataclasses import dataclass

from gazeattack.angles import Gaze
from gazeattack.errors import MonitorError
from gazeattack.safety.monitor import EPS, Monitor, Reading, fraction
from gazeattack.safety.observation import Attention, Event, GazeObservation

DWELL, DWELL_RANGE = 0.5, (0.3, 1.0)
# Seconds: a blink neither interrupts a dwell nor counts towards it.
GRACE = 0.3
MOST_TYPED = 1000
_AHEAD = Gaze(0.0, 0.0)


class Dwell:
    """Selects a key after `seconds` of gaze at it; the gaze must leave the key before it can be selected again.

    An unknown or rejected gaze pauses the dwell for up to GRACE seconds, then resets it.

    Args:
        seconds: 0.5 by default; 0.3 to 1.0 have been studied (Majaranta & Raiha, 2002; Penkar et al., 2012).

    Raises:
        MonitorError: outside the studied range.
    """

    def __init__(self, seconds: float = DWELL) -> None:
        if not DWELL_RANGE[0] <= seconds <= DWELL_RANGE[1]:
            low, high = (round(1000 * s) for s in DWELL_RANGE)
            raise MonitorError(f"A dwell of {1000 * seconds:g} ms is out of range: choose {low} to {high} ms.")
        self.seconds = seconds
        self.reset()

    def reset(self) -> None:
        """Forget the key and its time."""
        self.key: str | None = None
        self.spent = 0.0
        self._blind = 0.0
        self._done = False

    def spend(self, key: str | None, known: bool, seconds: float) -> None:
        """Count `seconds` of gaze at `key` (None: at no key), or, where not `known`, of unknown gaze."""
        if not known:
            self._blind += seconds
            if self._blind > GRACE + EPS:
                self.reset()
            return
        self._blind = 0.0
        if key != self.key:
            self.reset()
            self.key = key
        if key is not None:
            self.spent += seconds

    def take(self, key: str | None) -> bool:
        """Whether `key`, which the gaze is on now, is selected now."""
        if key is None or key != self.key or self._done or self.spent < self.seconds - EPS:
            return False
        self._done = True
        return True

    @property
    def level(self) -> float:
        """Progress of the dwell, 0 to 1; 0 again once the key is selected."""
        return 0.0 if self._done else fraction(self.spent, self.seconds)


@dataclass(frozen=True)
class Keypad:
    """A grid of keys over a rectangle.

    left, top, right, bottom: of the grid.  With space "angle": degrees of (yaw, pitch) from `centre` (camera space),
    yaw increasing to the driver's right, so left < right and bottom < top.  With space "screen": the unit of
    GazeObservation.point, y increasing downwards, so left < right and top < bottom.
    keys: rows from the top, as the user sees them.

    Raises:
        MonitorError: where the rows differ in length or the grid has no size.
    """

    left: float = -15.0
    top: float = 12.0
    right: float = 15.0
    bottom: float = -12.0
    keys: tuple[str, ...] = ("123", "456", "789")
    space: str = "angle"
    centre: Gaze = _AHEAD

    def __post_init__(self) -> None:
        if not self.keys or not self.keys[0] or len({len(row) for row in self.keys}) != 1:
            raise MonitorError("The keypad's rows differ in length or are empty: give every row the same keys.")
        if self.space not in ("angle", "screen"):
            raise MonitorError(f'The keypad lies in "{self.space}": use "angle" or "screen".')
        down = self.bottom - self.top if self.space == "screen" else self.top - self.bottom
        if self.right <= self.left or down <= 0:
            raise MonitorError("The keypad has no size: give a right and a bottom that lie beyond its left and top.")

    def key_at(self, x: float, y: float) -> str | None:
        """The key at a point in the keypad's own space; None outside the grid."""
        column = (x - self.left) / (self.right - self.left) * len(self.keys[0])
        row = (y - self.top) / (self.bottom - self.top) * len(self.keys)
        inside = 0 <= column < len(self.keys[0]) and 0 <= row < len(self.keys)
        return self.keys[int(row)][int(column)] if inside else None

    def box(self, key: str) -> tuple[float, float, float, float] | None:
        """(left, top, right, bottom) of a key; None for an unknown key."""
        wide = (self.right - self.left) / len(self.keys[0])
        high = (self.bottom - self.top) / len(self.keys)
        for r, row in enumerate(self.keys):
            if key in row:
                x, y = self.left + row.index(key) * wide, self.top + r * high
                return x, y, x + wide, y + high
        return None

    def place(self, observation: GazeObservation) -> tuple[float, float] | None:
        """The point of an observation in the keypad's own space; None where the gaze is unknown or rejected."""
        if observation.rejected or observation.attention in (Attention.LOST, Attention.CLOSED, Attention.UNKNOWN):
            return None
        if self.space == "screen":
            return observation.point
        assert observation.gaze is not None
        pitch, yaw = observation.gaze.degrees
        middle = self.centre.degrees
        return yaw - middle[1], pitch - middle[0]

    def key_of(self, observation: GazeObservation) -> str | None:
        """The key that an observation's gaze is on; None for no key."""
        place = self.place(observation)
        return None if place is None else self.key_at(*place)


class KeypadEntry(Monitor):
    """Types by gaze on a keypad: an event "select" for every key, with the key as its text.

    `typed` is the text so far, at most its last MOST_TYPED keys.  The monitor never warns.  Verdict.level is the
    progress of the dwell on `looking_at`.

    Args:
        keypad: the grid of keys; the default one where None.
        dwell: seconds that select a key.
    """

    name = "keypad"
    title = "Dwell keypad"

    def __init__(self, keypad: Keypad | None = None, dwell: float = DWELL) -> None:
        self.keypad = keypad or Keypad()
        self._dwell = Dwell(dwell)
        self.typed = ""
        super().__init__()

    @property
    def looking_at(self) -> str | None:
        """The key that the gaze is on."""
        return self._dwell.key

    def erase(self) -> None:
        """Remove the last key typed."""
        self.typed = self.typed[:-1]

    def _clear(self) -> None:
        self._dwell.reset()
        self.typed = ""

    def _spend(self, past: GazeObservation, seconds: float) -> None:
        place = self.keypad.place(past)
        self._dwell.spend(None if place is None else self.keypad.key_at(*place), place is not None, seconds)

    def _notes(self, now: GazeObservation) -> list[Event]:
        key = self.keypad.key_of(now)
        if key is None or not self._dwell.take(key):
            return []
        self.typed = (self.typed + key)[-MOST_TYPED:]
        return [self._event(now, "select", key)]

    def _read(self, now: GazeObservation) -> Reading:
        return Reading(self._dwell.spent, self._dwell.level, off=False, full=False, text="", over=False)
