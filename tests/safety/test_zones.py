"""Zones: the frame of angles, the shipped layout, the rule's areas and the file."""

import math

import pytest

from gazeattack.angles import Gaze, angular_error
from gazeattack.errors import ZonesError
from gazeattack.safety.zones import Zone, ZoneKind, Zones
from gazeattack.safety.zones_file import format_zones, load_zones, parse_zones, save_zones, zone_files

GOOD = """
forward = { pitch = 0, yaw = 0 }
[[zone]]
name = "road"
kind = "road"
yaw = [-20, 20]
pitch = [-10, 10]
"""


@pytest.fixture
def zones():
    return load_zones()


def test_forward_is_the_origin_and_the_way_back_is_exact(zones):
    assert zones.relative(zones.forward) == pytest.approx((0, 0), abs=1e-9)
    for direction in ((0, 0), (36, 11), (-38, -14), (5, -45), (70, 10)):
        assert zones.relative(zones.to_camera(*direction)) == pytest.approx(direction, abs=1e-9)


def test_relative_is_a_rotation_not_a_difference(zones):
    tilted = zones.looking(Gaze.from_degrees(20, -30))
    for a, b in (((25, 10), (-10, -30)), ((0, 0), (-40, 60))):
        seen = [Gaze.from_degrees(p, y) for y, p in (tilted.relative(Gaze.from_degrees(*g)) for g in (a, b))]
        assert angular_error(*seen) == pytest.approx(angular_error(Gaze.from_degrees(*a), Gaze.from_degrees(*b)))


def test_plus_yaw_is_the_drivers_right(zones):
    # the camera's image left is the right hand of who sits opposite: passenger and console in a left-hand-drive car
    towards_image_left = Gaze(*zones.forward)._replace(yaw=math.radians(60))
    assert towards_image_left.vector()[0] < 0
    assert zones.at(towards_image_left).kind is ZoneKind.PASSENGER


@pytest.mark.parametrize(
    ("yaw", "pitch", "name", "area"),
    [
        (0, 0, "windscreen", 2),
        (25, -5, "windscreen", 2),
        (36, 10, "inner mirror", 2),
        (-36, -12, "left mirror", 2),
        (60, -10, "right mirror", 1),
        (0, -17, "speedometer", 2),
        (0, -22, "speedometer", None),
        (0, -28, None, None),
        (0, -30.5, "phone in the lap", 3),
        (0, -40, "phone in the lap", 3),
        (30, -40, "centre console", 3),
        (-40, 0, "driver's window", 2),
        (80, -10, "passenger", 1),
        (-56, -40, None, 1),
        (0, 40, None, 1),
    ],
)
def test_shipped_layout(zones, yaw, pitch, name, area):
    gaze = zones.to_camera(yaw, pitch)
    zone = zones.at(gaze)
    assert (zone.name if zone else None) == name
    assert zones.area(gaze) == area


def test_area_3_is_below_a_tilted_plane_not_a_cone():
    zones = Zones("road alone", Gaze(0, 0), (Zone.box("road", ZoneKind.ROAD, (-5, 5), (0, 5)),))
    for yaw in (0, 30, 50):
        edge = -math.degrees(math.atan(math.tan(math.radians(30)) * math.cos(math.radians(yaw))))
        assert zones.area(zones.to_camera(yaw, edge - 0.01)) == 3
        assert zones.area(zones.to_camera(yaw, edge + 0.01)) is None
    assert zones.area(zones.to_camera(54.9, -80)) == 3
    assert zones.area(zones.to_camera(55.1, -80)) == 1


def test_forward_can_be_set_and_moves_everything(zones):
    elsewhere = zones.looking(Gaze.from_degrees(-5, 12))
    assert elsewhere.at(Gaze.from_degrees(-5, 12)).name == "windscreen"
    assert elsewhere.at(Gaze.from_degrees(-45, 12)).name == "phone in the lap"


def test_distance_to_a_polygon():
    zone = Zone.box("a", ZoneKind.ROAD, (-10, 10), (-5, 5))
    assert zone.distance(0, 0) == 0
    assert zone.distance(0, 12) == pytest.approx(7)
    assert zone.distance(13, 9) == pytest.approx(5)


def test_every_shipped_file_reads_and_survives_a_round_trip(tmp_path):
    assert "left-hand-drive" in zone_files()
    for name in zone_files():
        layout = load_zones(name)
        save_zones(layout, tmp_path / "sub" / "copy.toml")
        assert load_zones(tmp_path / "sub" / "copy.toml") == layout


def test_awkward_names_survive_a_round_trip():
    zone = Zone('a "b" \\ \n ü 😀 \x7f', ZoneKind.ROAD, ((0.1, 0), (1, 0.2), (0.5, 3)))
    layout = Zones("t", Gaze.from_degrees(1.5, -2.25), (zone,))
    assert parse_zones(format_zones(layout)) == layout


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("forward = ", "not valid TOML"),
        ("title = 'x'", "forward"),
        ("forward = { pitch = 0, yaw = 0 }", "[[zone]]"),
        ("forward = { pitch = 0, yaw = 0 }\nzone = [1]", "not a table"),
        (GOOD.replace("pitch = 0,", "pitch = 'up',"), "not a number"),
        (GOOD.replace("pitch = 0,", "pitch = nan,"), "forward direction"),
        (GOOD.replace('kind = "road"', 'kind = "phone"'), "No zone is the road"),
        (GOOD.replace('kind = "road"', 'kind = "street"'), "no known kind"),
        (GOOD.replace('kind = "road"', 'kind = ["road"]'), "no known kind"),
        (GOOD.replace('name = "road"', ""), "without a name"),
        (GOOD.replace("[-20, 20]", "[20, -20]"), "empty"),
        (GOOD.replace("[-20, 20]", "[-20]"), "low, high"),
        (GOOD.replace("[-20, 20]", "[-20, true]"), "not a number"),
        (GOOD.replace("[-20, 20]", "[-20, 200]"), "out of range"),
        (GOOD.replace("yaw = [-20, 20]", "polygon = [[0, 0], [1, 1]]"), "at least three"),
        (GOOD.replace("yaw = [-20, 20]", "polygon = [[0, 0], [1, 1], [2, 2]]"), "one line"),
        (GOOD.replace("yaw = [-20, 20]", "polygon = 3"), "polygon"),
        (GOOD + GOOD.split("\n", 2)[2], 'Two zones are called "road"'),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(text, says):
    with pytest.raises(ZonesError) as error:
        parse_zones(text, "my.toml")
    assert says in str(error.value)
    assert "\n" not in str(error.value).strip()


def test_a_missing_file_names_what_there_is(tmp_path):
    with pytest.raises(ZonesError, match="left-hand-drive"):
        load_zones(tmp_path / "none.toml")
    (tmp_path / "blocked").write_text("")
    with pytest.raises(ZonesError, match="choose another place"):
        save_zones(load_zones(), tmp_path / "blocked" / "x.toml")
