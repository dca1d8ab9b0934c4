"""What all monitors share: time, warnings that begin and end, and the one protocol.

Time is the frames' own.  What a frame saw holds until the next frame, but for HOLD seconds at most; the rest of a
longer gap is spent as "frames missing", which no rule counts for or against the driver.  Time that runs backwards is
another drive (a video starts over): everything is forgotten.  A warning begins only with a frame that itself shows the
driver off, never with the frame that brings the eyes back.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gazeattack.safety.observation import Attention, Event, GazeObservation, State, Verdict

HOLD = 0.5
# Sums of frame times miss round limits by less than this.
EPS = 1e-6
# A return to the road counts once it has lasted this long: shorter than any fixation, longer than a stray frame.
SETTLE = 0.1


@dataclass(frozen=True)
class Reading:
    """What a rule says now.  off: whether this frame shows what the rule warns of.  full: its limit is reached."""

    seconds: float
    level: float
    off: bool
    full: bool
    text: str
    over: bool  # whether a lit warning ends
    active: bool = True


class Spell:
    """Seconds spent in a condition; forgotten once out of it for `settle` seconds, held while it is unknown."""

    def __init__(self, settle: float) -> None:
        self._settle = settle
        self.reset()

    def reset(self) -> None:
        """Forget."""
        self.seconds = 0.0
        self._out = 0.0

    def spend(self, inside: bool | None, seconds: float) -> float | None:
        """Count `seconds` in (True), out of (False) or unsure of (None) the condition.

        Returns the spell's length where it ends with them, else None.
        """
        if inside is None:
            return None
        if inside:
            self.seconds += seconds
            self._out = 0.0
            return None
        self._out += seconds
        if self.seconds == 0.0 or self._out < self._settle - EPS:
            return None
        length = self.seconds
        self.reset()
        return length


class Monitor(ABC):
    """One rule, watching one driver through one branch.

    step() wants observations in the order of their time and is deterministic: the same observations give the same
    verdicts.  name: as in events.csv.  title: for people.
    """

    name: str
    title: str

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything, as before the first frame."""
        self._last: GazeObservation | None = None
        self._warning = False
        self._clear()

    def step(self, observation: GazeObservation) -> Verdict:
        """The verdict with this frame."""
        if self._last is not None and observation.t < self._last.t:
            self.reset()
        for past, seconds in self._since_last(observation.t):
            self._spend(past, seconds)
        self._last = observation
        reading = self._read(observation)
        events = self._notes(observation)
        if self._warning and reading.over:
            self._warning = False
            events.append(self._event(observation, "end", f"{self.title}: over"))
        elif not self._warning and reading.full and reading.off and reading.active:
            self._warning = True
            events.append(self._event(observation, "warning", reading.text))
        return Verdict(self._state(observation, reading), reading.level, reading.seconds, self._warning, tuple(events))

    def _since_last(self, t: float) -> Iterator[tuple[GazeObservation, float]]:
        """What was seen between the last frame and time t, and for how long."""
        last = self._last
        if last is None or t == last.t:
            return
        gap = t - last.t
        yield last, min(gap, HOLD)
        if gap > HOLD:
            missing = replace(last, zone=None, gaze=None, area=None, face=True, eyes_closed=False)
            yield missing, gap - HOLD

    def _notes(self, now: GazeObservation) -> list[Event]:
        """Events other than warnings."""
        return []

    def _event(self, observation: GazeObservation, kind: str, text: str) -> Event:
        return Event(observation.t, "", self.name, kind, observation.place, text)

    def _state(self, observation: GazeObservation, reading: Reading) -> State:
        if not reading.active:
            return State.INACTIVE
        if self._warning:
            return State.WARNING
        if reading.off:
            return State.AWAY
        unknown = observation.attention in (Attention.UNKNOWN, Attention.LOST, Attention.CLOSED)
        return State.UNKNOWN if unknown else State.ATTENTIVE

    @abstractmethod
    def _clear(self) -> None:
        """Forget the rule's own clocks."""

    @abstractmethod
    def _spend(self, past: GazeObservation, seconds: float) -> None:
        """Count `seconds` (> 0) in which `past` held."""

    @abstractmethod
    def _read(self, now: GazeObservation) -> Reading:
        """What the rule says, all time up to `now` being spent."""


def fraction(seconds: float, limit: float) -> float:
    """Progress towards a limit, 0 to 1."""
    return min(max(seconds / limit, 0.0), 1.0)


def off_road(attention: Attention) -> bool | None:
    """True off the road with open eyes, False on it, None where that is not known."""
    if attention is Attention.ROAD:
        return False
    return True if attention.off_road else None
