"""Changes of a layout of zones, as an editor makes them: each returns a new, valid layout or raises ZonesError."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gazeattack.errors import ZonesError
from gazeattack.safety.zones import Point, Zone, ZoneKind, Zones

STEP = 0.5  # degrees: drawn corners lie on this grid
YAW_RANGE, PITCH_RANGE = (-180.0, 180.0), (-90.0, 90.0)
Extent = tuple[Point, Point]


def snap(angle: float) -> float:
    """The nearest angle on the grid, degrees."""
    return round(angle / STEP) * STEP


def extent(zone: Zone) -> Extent:
    """Lowest and highest (yaw, pitch) of a zone: ((left, right), (low, high)) in degrees."""
    yaws, pitches = [yaw for yaw, _ in zone.polygon], [pitch for _, pitch in zone.polygon]
    return (min(yaws), max(yaws)), (min(pitches), max(pitches))


def moved(zone: Zone, yaw: float, pitch: float) -> Zone:
    """The zone shifted by (yaw, pitch) degrees, as far as the range of angles allows."""
    (left, right), (low, high) = extent(zone)
    by_yaw = min(max(yaw, YAW_RANGE[0] - left), YAW_RANGE[1] - right)
    by_pitch = min(max(pitch, PITCH_RANGE[0] - low), PITCH_RANGE[1] - high)
    return replace(zone, polygon=tuple((y + by_yaw, p + by_pitch) for y, p in zone.polygon))


def fitted(zone: Zone, yaw: Point, pitch: Point) -> Zone:
    """The zone scaled to another extent.

    Args:
        zone: any zone; a rectangle stays one.
        yaw, pitch: (low, high) in degrees.

    Raises:
        ZonesError: where the new extent is empty or out of range.
    """
    if yaw[0] >= yaw[1] or pitch[0] >= pitch[1]:
        raise ZonesError(f'The zone "{zone.name}" needs a right edge beyond its left one, and a top above its bottom.')
    old_yaw, old_pitch = extent(zone)
    corners = tuple((_rescaled(y, old_yaw, yaw), _rescaled(p, old_pitch, pitch)) for y, p in zone.polygon)
    return replace(zone, polygon=corners)


def with_corner(zone: Zone, number: int, corner: Point) -> Zone:
    """The zone with one corner elsewhere.  Raises ZonesError."""
    corners = (*zone.polygon[:number], corner, *zone.polygon[number + 1 :])
    return replace(zone, polygon=corners)


def corner_added(zone: Zone, edge: int, corner: Point) -> Zone:
    """The zone with one more corner on the edge that begins at corner number `edge`."""
    return replace(zone, polygon=(*zone.polygon[: edge + 1], corner, *zone.polygon[edge + 1 :]))


def corner_removed(zone: Zone, number: int) -> Zone:
    """The zone without a corner.  Raises ZonesError where fewer than three are left."""
    return replace(zone, polygon=(*zone.polygon[:number], *zone.polygon[number + 1 :]))


def replaced(zones: Zones, number: int, zone: Zone) -> Zones:
    """The layout with another zone in place of one.  Raises ZonesError."""
    return replace(zones, zones=(*zones.zones[:number], zone, *zones.zones[number + 1 :]))


def added(zones: Zones, zone: Zone) -> Zones:
    """The layout with one more zone, in front of all others.  Raises ZonesError."""
    return replace(zones, zones=(zone, *zones.zones))


def removed(zones: Zones, number: int) -> Zones:
    """The layout without a zone.  Raises ZonesError where no road is left."""
    return replace(zones, zones=(*zones.zones[:number], *zones.zones[number + 1 :]))


def reordered(zones: Zones, number: int, to: int) -> Zones:
    """The layout with a zone at another place of the order; where zones overlap, the first one counts."""
    order = list(zones.zones)
    order.insert(to, order.pop(number))
    return replace(zones, zones=tuple(order))


def new_zone(zones: Zones, middle: Point, size: Point = (16.0, 12.0)) -> Zone:
    """A rectangle with a name that the layout does not have yet.

    Args:
        zones: the layout.
        middle: of the zone, (yaw, pitch) in degrees.
        size: in yaw and pitch, degrees.
    """
    name = free_name("new zone", (zone.name for zone in zones.zones))
    yaw, pitch = ((snap(at - width / 2), snap(at + width / 2)) for at, width in zip(middle, size, strict=True))
    return Zone.box(name, ZoneKind.OTHER, yaw, pitch)


def free_name(name: str, taken: Iterable[str]) -> str:
    """The name, with a number where it is taken."""
    names = {*taken}
    number = 1
    while (free := name if number == 1 else f"{name} {number}") in names:
        number += 1
    return free


def _rescaled(value: float, old: Point, new: Point) -> float:
    # the ends come out exactly, so that a rectangle stays one
    if value == old[0]:
        return new[0]
    if value == old[1]:
        return new[1]
    return new[0] + (value - old[0]) / (old[1] - old[0]) * (new[1] - new[0])
