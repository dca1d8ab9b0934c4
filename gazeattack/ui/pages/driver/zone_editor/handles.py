"""Handles of a zone: what can be dragged, where it lies, and which zone a drag leads to.  No Qt."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from gazeattack.safety.zone_edits import extent, fitted, snap, with_corner
from gazeattack.safety.zones import Point, Zone


@dataclass(frozen=True)
class Handle:
    """One handle of a zone.

    at: (yaw, pitch) in degrees.  corner: number of the polygon's corner that moves alone; None: of a rectangle.
    sides: which sides of a rectangle move: -1 the lower, 1 the upper, 0 none, in yaw and in pitch.
    """

    at: Point
    corner: int | None = None
    sides: tuple[int, int] = (0, 0)

    def dragged(self, zone: Zone, to: Point) -> Zone:
        """The zone after this handle was dragged to (yaw, pitch).  Raises ZonesError."""
        to = snap(to[0]), snap(to[1])
        if self.corner is not None:
            return with_corner(zone, self.corner, to)
        ranges = [
            old if side == 0 else (at, old[1]) if side < 0 else (old[0], at)
            for old, at, side in zip(extent(zone), to, self.sides, strict=True)
        ]
        return fitted(zone, ranges[0], ranges[1])


def handles(zone: Zone) -> tuple[Handle, ...]:
    """Four corners and four edges of a rectangle; the corners of any other polygon."""
    if zone.as_box() is None:
        return tuple(Handle(corner, number) for number, corner in enumerate(zone.polygon))
    (left, right), (low, high) = extent(zone)
    yaws, pitches = (left, (left + right) / 2, right), (low, (low + high) / 2, high)
    return tuple(
        Handle((yaws[across + 1], pitches[along + 1]), sides=(across, along))
        for along in (-1, 0, 1)
        for across in (-1, 0, 1)
        if (across, along) != (0, 0)
    )


def nearest_corner(zone: Zone, at: Point, to_px: Callable[[Point], Point]) -> tuple[int, float]:
    """Number of the corner nearest to a point, and its distance.

    Args:
        zone: the zone.
        at: the point in pixels.
        to_px: maps (yaw, pitch) to pixels.
    """
    distances = [math.dist(to_px(corner), at) for corner in zone.polygon]
    nearest = min(range(len(distances)), key=distances.__getitem__)
    return nearest, distances[nearest]


def nearest_edge(zone: Zone, at: Point, to_px: Callable[[Point], Point]) -> tuple[int, float]:
    """Number of the corner at which the edge nearest to a point begins, and the distance; see nearest_corner."""
    corners = [to_px(corner) for corner in zone.polygon]
    distances = [_to_edge(at, a, b) for a, b in zip(corners, corners[1:] + corners[:1], strict=True)]
    nearest = min(range(len(distances)), key=distances.__getitem__)
    return nearest, distances[nearest]


def _to_edge(at: Point, a: Point, b: Point) -> float:
    across, along = b[0] - a[0], b[1] - a[1]
    length = across * across + along * along
    share = 0.0 if length == 0 else min(max(((at[0] - a[0]) * across + (at[1] - a[1]) * along) / length, 0.0), 1.0)
    return math.dist(at, (a[0] + share * across, a[1] + share * along))
