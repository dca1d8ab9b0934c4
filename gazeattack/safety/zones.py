"""Zones: regions of a car's interior in angle space.

Zones are drawn in degrees of (yaw, pitch) relative to `forward`, the camera-space gaze of a driver who looks straight
ahead: pitch up, yaw to the left of the unmirrored image.  The driver's right is at the left of the
camera's image, so +yaw is the driver's right: in a left-hand-drive car the passenger, the centre console and the
inner mirror have positive yaw, the driver's door and its mirror negative.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum

from gazeattack.angles import Gaze
from gazeattack.errors import ZonesError

# Annex I of Regulation (EU) 2023/2590
AREA_1_YAW = 55.0
AREA_2_MARGIN = 10.0
AREA_3_BELOW = 30.0

Point = tuple[float, float]


class ZoneKind(Enum):
    """Kind of a zone.  ROAD: the windscreen.  WINDOW: a side window.  CLUSTER: speedometer and instruments."""

    ROAD = "road"
    WINDOW = "window"
    MIRROR = "mirror"
    CLUSTER = "cluster"
    CONSOLE = "console"
    PHONE = "phone"
    PASSENGER = "passenger"
    OTHER = "other"


@dataclass(frozen=True)
class Zone:
    """A named polygon: at least three corners (yaw, pitch) in order, degrees relative to forward.

    Raises:
        ZonesError: where the name is empty or the corners form no polygon.
    """

    name: str
    kind: ZoneKind
    polygon: tuple[Point, ...]

    def __post_init__(self) -> None:
        where = f'The zone "{self.name}"'
        if not self.name.strip():
            raise ZonesError("A zone has no name: give every zone one.")
        if len(self.polygon) < 3:
            raise ZonesError(f"{where} has {len(self.polygon)} corners: give it at least three.")
        if not all(math.isfinite(y) and math.isfinite(p) and abs(y) <= 180 and abs(p) <= 90 for y, p in self.polygon):
            raise ZonesError(f"{where} has a corner out of range: give yaw from -180 to 180 and pitch from -90 to 90.")
        if _area(self.polygon) < 1e-6:
            raise ZonesError(f"{where} is empty: give it corners that do not lie on one line.")

    @classmethod
    def box(cls, name: str, kind: ZoneKind, yaw: Point, pitch: Point) -> Zone:
        """A rectangle; yaw, pitch: (low, high) in degrees."""
        (left, right), (low, high) = yaw, pitch
        return cls(name, kind, ((left, low), (right, low), (right, high), (left, high)))

    def as_box(self) -> tuple[Point, Point] | None:
        """(yaw, pitch) ranges where the zone is a rectangle along the axes, else None."""
        yaws, pitches = sorted({y for y, _ in self.polygon}), sorted({p for _, p in self.polygon})
        if len(self.polygon) != 4 or len(yaws) != 2 or len(pitches) != 2:
            return None
        box = (yaws[0], yaws[1]), (pitches[0], pitches[1])
        # each edge runs along one axis; areas would differ by the rounding of floats
        return box if all((a[0] == b[0]) != (a[1] == b[1]) for a, b in _edges(self.polygon)) else None

    @property
    def middle(self) -> Point:
        """Mean of the corners, (yaw, pitch) degrees: where a label goes."""
        n = len(self.polygon)
        return sum(y for y, _ in self.polygon) / n, sum(p for _, p in self.polygon) / n

    def contains(self, yaw: float, pitch: float) -> bool:
        """Whether a direction (degrees relative to forward) is inside, by the even-odd rule."""
        inside = False
        for (y0, p0), (y1, p1) in _edges(self.polygon):
            if (p0 > pitch) != (p1 > pitch) and yaw < y0 + (y1 - y0) * (pitch - p0) / (p1 - p0):
                inside = not inside
        return inside

    def distance(self, yaw: float, pitch: float) -> float:
        """Degrees from a direction to the zone in the (yaw, pitch) plane; 0 inside."""
        if self.contains(yaw, pitch):
            return 0.0
        return min(_to_edge(yaw, pitch, a, b) for a, b in _edges(self.polygon))


@dataclass(frozen=True)
class Zones:
    """A layout of zones; where zones overlap, the first one counts.

    title: for users.  forward: the gaze straight ahead, camera space.

    Raises:
        ZonesError: without a road, or where two zones share a name.
    """

    title: str
    forward: Gaze
    zones: tuple[Zone, ...]

    def __post_init__(self) -> None:
        names = [zone.name for zone in self.zones]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ZonesError(f'Two zones are called "{twice}": give each its own name.')
        if not any(zone.kind is ZoneKind.ROAD for zone in self.zones):
            raise ZonesError('No zone is the road: give one of them the kind "road".')
        if not all(math.isfinite(angle) and abs(angle) < math.pi / 2 for angle in self.forward):
            raise ZonesError("The forward direction is out of range: give a pitch and a yaw within 90 degrees.")

    def looking(self, forward: Gaze) -> Zones:
        """The same zones with another forward gaze, measured while the driver looks at the road."""
        return replace(self, forward=forward)

    def relative(self, gaze: Gaze) -> Point:
        """(yaw, pitch) in degrees, relative to forward, of a camera-space gaze."""
        # plain numbers: this runs several times per frame, and small arrays take ten times as long
        sin_p, cos_p = math.sin(gaze.pitch), math.cos(gaze.pitch)
        turn = gaze.yaw - self.forward.yaw
        sin_f, cos_f = math.sin(self.forward.pitch), math.cos(self.forward.pitch)
        ahead = cos_p * math.cos(turn)
        up, out = sin_p * cos_f - ahead * sin_f, sin_p * sin_f + ahead * cos_f
        yaw = math.atan2(cos_p * math.sin(turn), out)
        return math.degrees(yaw), math.degrees(math.asin(min(max(up, -1.0), 1.0)))

    def to_camera(self, yaw: float, pitch: float) -> Gaze:
        """The camera-space gaze of a direction in degrees relative to forward: the inverse of `relative`."""
        sin_p, cos_p = math.sin(math.radians(pitch)), math.cos(math.radians(pitch))
        sin_f, cos_f = math.sin(self.forward.pitch), math.cos(self.forward.pitch)
        out = cos_p * math.cos(math.radians(yaw))
        up, ahead = sin_p * cos_f + out * sin_f, out * cos_f - sin_p * sin_f
        turn = math.atan2(cos_p * math.sin(math.radians(yaw)), ahead)
        return Gaze(math.asin(min(max(up, -1.0), 1.0)), turn + self.forward.yaw)

    def at(self, gaze: Gaze) -> Zone | None:
        """The zone that a camera-space gaze meets; None outside all zones."""
        yaw, pitch = self.relative(gaze)
        return next((zone for zone in self.zones if zone.contains(yaw, pitch)), None)

    def named(self, name: str) -> Zone | None:
        """The zone of that name; None where there is none."""
        return next((zone for zone in self.zones if zone.name == name), None)

    def area(self, gaze: Gaze) -> int | None:
        """1, 2 or 3 of the EU ADDW rule (Regulation (EU) 2023/2590, Annex I), None between them.

        Area 1: beyond 55 deg to either side, and the roof (above the horizon, outside Area 2).  Area 2: windscreen
        and windows with 10 deg around them.  Area 3: outside both and below a plane that holds the driver's
        left-right axis and falls away at 30 deg, so it is met at less than 30 deg of pitch to the sides.
        """
        yaw, pitch = self.relative(gaze)
        if abs(yaw) > AREA_1_YAW:
            return 1
        glass = [zone for zone in self.zones if zone.kind in (ZoneKind.ROAD, ZoneKind.WINDOW)]
        if any(zone.distance(yaw, pitch) <= AREA_2_MARGIN for zone in glass):
            return 2
        if pitch > 0:
            return 1
        slope = math.tan(math.radians(pitch)) / math.cos(math.radians(yaw))
        return 3 if slope < -math.tan(math.radians(AREA_3_BELOW)) else None


def _edges(polygon: tuple[Point, ...]) -> list[tuple[Point, Point]]:
    return list(zip(polygon, polygon[1:] + polygon[:1], strict=True))


def _area(polygon: tuple[Point, ...]) -> float:
    return abs(sum(y0 * p1 - y1 * p0 for (y0, p0), (y1, p1) in _edges(polygon))) / 2


def _to_edge(yaw: float, pitch: float, a: Point, b: Point) -> float:
    dy, dp = b[0] - a[0], b[1] - a[1]
    length = dy * dy + dp * dp
    along = 0.0 if length == 0 else min(max(((yaw - a[0]) * dy + (pitch - a[1]) * dp) / length, 0.0), 1.0)
    return math.hypot(yaw - a[0] - along * dy, pitch - a[1] - along * dp)
