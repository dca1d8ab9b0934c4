"""Input and output of a monitor, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from gazeattack.angles import Gaze
from gazeattack.safety.zones import Zone, ZoneKind


class Attention(Enum):
    """State of the eyes in an observation.

    ROAD: on the windscreen.  DRIVING: on a mirror or the speedometer.  AWAY: anywhere else.  CLOSED: shut for longer
    than a blink.  UNKNOWN: a face without a usable gaze (a blink, a missing frame).  LOST: no face.
    """

    ROAD = "road"
    DRIVING = "driving"
    AWAY = "away"
    CLOSED = "closed"
    UNKNOWN = "unknown"
    LOST = "lost"

    @property
    def off_road(self) -> bool:
        """Whether open eyes are known to be off the forward road, mirrors and speedometer included."""
        return self in (Attention.DRIVING, Attention.AWAY)


@dataclass(frozen=True)
class GazeObservation:
    """One branch's input to a monitor at one frame.

    t: seconds, increasing.  zone: the zone that the gaze meets, None outside all zones.  gaze: camera space, None where
    unknown.  face: whether a face is in view.  eyes_closed: shut for longer than a blink (see live.eyelids).
    speed_kmh: speed of the car.  area: 1, 2 or 3 of the EU ADDW rule, None outside all three (see Zones.area).
    point: where a calibrated gaze meets the screen, (x, y) in the keypad's unit, None without.
    rejected: whether a guard rejected the prediction; `gaze` is then the one of its check.
    """

    t: float
    zone: Zone | None
    gaze: Gaze | None
    face: bool = True
    eyes_closed: bool = False
    speed_kmh: float = 100.0
    area: int | None = None
    point: tuple[float, float] | None = None
    rejected: bool = False

    @property
    def attention(self) -> Attention:
        """The attention that follows from the fields."""
        if not self.face:
            return Attention.LOST
        if self.eyes_closed:
            return Attention.CLOSED
        if self.gaze is None:
            return Attention.UNKNOWN
        if self.zone is None:
            return Attention.AWAY
        if self.zone.kind is ZoneKind.ROAD:
            return Attention.ROAD
        return Attention.DRIVING if self.zone.kind in (ZoneKind.MIRROR, ZoneKind.CLUSTER) else Attention.AWAY

    @property
    def place(self) -> str:
        """The zone's name, or the attention's value where open eyes are not known to look at a zone."""
        looking = self.attention in (Attention.ROAD, Attention.DRIVING, Attention.AWAY)
        return self.zone.name if looking and self.zone is not None else self.attention.value


class State(Enum):
    """State on a dashboard.  INACTIVE: the rule does not apply (speed too low).  UNKNOWN: the gaze is unknown."""

    INACTIVE = "inactive"
    ATTENTIVE = "attentive"
    AWAY = "away"
    WARNING = "warning"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Event:
    """A row of events.csv.

    t: the frame's time, seconds.  branch: "clean", "triggered" or "truth"; "" straight from a monitor.  monitor: its
    name.  kind: "warning", "end" (of a warning), "select" (a key), or "trigger" (on or off).  zone: name of the zone
    at that moment, or the attention's value where there is none.  text: for users.
    """

    t: float
    branch: str
    monitor: str
    kind: str
    zone: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """A monitor's output for one observation.

    level: 0 (nothing) to 1 (warns).  seconds: the monitor's own timer, or the content of AttenD's buffer.
    warning: whether the monitor warns now.  events: what began or ended with this frame.
    """

    state: State
    level: float
    seconds: float
    warning: bool
    events: tuple[Event, ...] = ()
