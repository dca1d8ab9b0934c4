"""The base of all monitors: time, the begin and end of warnings, and the interface.

Time is that of the frames.  An observation holds until the next frame, for HOLD seconds at most; the rest of a longer
gap counts as missing frames, which no rule counts for or against the driver.  Time that runs backwards is a new run (a
video restarts), which resets the monitor.  A warning begins only with a frame in which the driver is distracted, never
with the frame in which the eyes return.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gazeattack.safety.observation import Attention, Event, GazeObservation, State, Verdict

HOLD = 0.5
# Tolerance for sums of frame times at a limit, seconds.
EPS = 1e-6
# A return to the road counts once it has lasted this many seconds: shorter than any fixation, longer than an outlier.
SETTLE = 0.1


@dataclass(frozen=True)
class Reading:
    """State of a rule at one frame.

    seconds: the rule's own timer.  level: 0 (nothing) to 1 (limit reached).  off: whether this frame shows what the
    rule warns of.  full: whether the limit is reached.  text: of the warning.  over: whether a warning ends.
    active: whether the rule applies.
    """

    seconds: float
    level: float
    off: bool
    full: bool
    text: str
    over: bool
    active: bool = True


class Spell:
    """Seconds spent in a condition; reset after `settle` seconds outside it, held while it is unknown."""

    def __init__(self, settle: float) -> None:
        self._settle = settle
        self.reset()

    def reset(self) -> None:
        """Forget."""
        self.seconds = 0.0
        self._out = 0.0

    def spend(self, inside: bool | None, seconds: float) -> float | None:
        """Count `seconds` inside (True), outside (False) or with an unknown state (None) of the condition.

        Returns:
            The length of the spell where it ends now, else None.
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
    """One rule that monitors one branch.

    step() takes observations in the order of their time and is deterministic: the same observations give the same
    verdicts.  name: as in events.csv.  title: for users.
    """

    name: str
    title: str

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Return to the state before the first frame."""
        self._last: GazeObservation | None = None
        self._warning = False
        self._clear()

    def step(self, observation: GazeObservation) -> Verdict:
        """Process one observation and return the verdict."""
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
        """Observations since the last frame until time t, each with its duration in seconds."""
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
        """Reset the rule's own timers."""

    @abstractmethod
    def _spend(self, past: GazeObservation, seconds: float) -> None:
        """Count `seconds` (> 0) of the observation `past`."""

    @abstractmethod
    def _read(self, now: GazeObservation) -> Reading:
        """State of the rule at `now`; all earlier time is counted."""


def fraction(seconds: float, limit: float) -> float:
    """Progress towards a limit, 0 to 1."""
    return min(max(seconds / limit, 0.0), 1.0)


def off_road(attention: Attention) -> bool | None:
    """True where open eyes are off the road, False on it, None where unknown."""
    if attention is Attention.ROAD:
        return False
    return True if attention.off_road else None
