"""Changes of a layout: shapes stay what they are, and what is not a layout is refused."""

from __future__ import annotations

import pytest

from gazeattack.errors import ZonesError
from gazeattack.safety import zone_edits as edits
from gazeattack.safety.zones import Zone, ZoneKind
from gazeattack.safety.zones_file import format_zones, load_zones, parse_zones

BOX = Zone.box("box", ZoneKind.OTHER, (10.0, 20.0), (-8.0, -4.0))


def test_a_zone_moves_as_far_as_angles_go() -> None:
    assert edits.extent(edits.moved(BOX, 3.5, -2.0)) == ((13.5, 23.5), (-10.0, -6.0))
    assert edits.extent(edits.moved(BOX, 500.0, -500.0)) == ((170.0, 180.0), (-90.0, -86.0))


def test_a_rectangle_stays_one_and_a_polygon_scales() -> None:
    assert edits.fitted(BOX, (0.1, 0.7), (0.2, 0.9)).as_box() == ((0.1, 0.7), (0.2, 0.9))
    kite = Zone("kite", ZoneKind.ROAD, ((0.0, 0.0), (4.0, 1.0), (0.0, 4.0)))
    assert edits.fitted(kite, (0.0, 8.0), (0.0, 8.0)).polygon == ((0.0, 0.0), (8.0, 2.0), (0.0, 8.0))
    with pytest.raises(ZonesError, match='"box" needs a right edge'):
        edits.fitted(BOX, (3.0, 3.0), (0.0, 1.0))


def test_corners_come_and_go() -> None:
    more = edits.corner_added(BOX, 0, (15.0, -12.0))
    assert more.polygon[1] == (15.0, -12.0) and len(more.polygon) == 5
    assert edits.corner_removed(more, 1) == BOX
    assert edits.with_corner(BOX, 2, (30.0, 0.0)).polygon[2] == (30.0, 0.0)
    with pytest.raises(ZonesError, match="at least three"):
        edits.corner_removed(edits.corner_removed(BOX, 0), 0)


def test_a_layout_keeps_its_rules() -> None:
    zones = load_zones()
    more = edits.added(edits.added(zones, edits.new_zone(zones, (0, 0))), BOX)
    assert [zone.name for zone in more.zones[:2]] == ["box", "new zone"]
    assert edits.new_zone(more, (0, 0)).name == "new zone 2"
    assert edits.reordered(more, 0, 2).zones[2] == BOX
    assert parse_zones(format_zones(more)) == more
    road = next(number for number, zone in enumerate(zones.zones) if zone.kind is ZoneKind.ROAD)
    with pytest.raises(ZonesError, match="No zone is the road"):
        edits.removed(zones, road)
    with pytest.raises(ZonesError, match='Two zones are called "left mirror"'):
        edits.replaced(zones, 0, Zone("left mirror", ZoneKind.OTHER, BOX.polygon))
