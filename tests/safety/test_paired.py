"""Both branches side by side, the dwell keypad, and what they add up to."""

import math

import pytest

from gazeattack.angles import Gaze
from gazeattack.errors import MonitorError
from gazeattack.safety.dwell import Dwell, Keypad, KeypadEntry
from gazeattack.safety.observation import GazeObservation
from gazeattack.safety.paired import PairedFrame, PairedMonitors
from gazeattack.safety.score import EVENT_COLUMNS, event_rows
from gazeattack.safety.zones_file import load_zones

ZONES = load_zones()
ROAD, PHONE, MIRROR = ZONES.to_camera(0, 0), ZONES.to_camera(0, -40), ZONES.to_camera(36, 10)
STEP = 1 / 30


def frames(*parts):
    """(clean, triggered, truth, seconds[, options]) parts as paired frames."""
    out = []
    for clean, triggered, truth, seconds, *options in parts:
        for _ in range(round(seconds / STEP)):
            out.append(PairedFrame(len(out) * STEP, clean, triggered, truth, **(options[0] if options else {})))
    return out


def watch(paired, parts):
    for frame in frames(*parts):
        paired.step(frame)
    return paired.report()


def test_an_attack_hides_the_phone():
    report = watch(
        PairedMonitors(ZONES),
        [
            (ROAD, PHONE, ROAD, 3, {"trigger_on": False}),  # off: what the key would do does not count
            (ROAD, ROAD, ROAD, 2),
            (PHONE, ROAD, PHONE, 8),
            (ROAD, ROAD, ROAD, 4),
        ],
    )
    assert report.reference == "truth"
    scores = {(s.branch, s.monitor): s for s in report.scores}
    for name in ("addw", "ncap-long", "ncap-unresponsive", "attend"):
        clean, triggered = scores["clean", name], scores["triggered", name]
        assert (clean.due, clean.missed, clean.false, clean.delay_s) == (1, 0, 0, 0)
        assert (triggered.due, triggered.missed, triggered.missed_rate, triggered.given) == (1, 1, 1.0, 0)
        assert triggered.delay_s is None
        assert triggered.false_rate is None
    assert scores["clean", "ncap-vats"].missed_rate is None  # 8 s are none of its business
    gazes = {g.branch: g for g in report.gazes}
    assert gazes["triggered"].off_road_s == pytest.approx(8)
    assert gazes["triggered"].shown_on_road_s == pytest.approx(8)
    assert gazes["clean"].shown_on_road_s == 0
    assert [(e.kind, e.t) for e in report.events if e.branch == "triggered"] == [("trigger", pytest.approx(3))]


def test_the_models_own_errors_are_counted_apart():
    report = watch(
        PairedMonitors(ZONES, "ncap-long"),
        [
            (PHONE, ROAD, ROAD, 4),  # both branches differ, the driver was fine: the clean branch warns falsely
            (ROAD, ROAD, ROAD, 6),
            (ROAD, PHONE, PHONE, 5),  # the clean branch misses it
            (ROAD, ROAD, ROAD, 6),
            (ROAD, ROAD, PHONE, 1),
            (PHONE, PHONE, PHONE, 3.5),  # both are a second late
            (ROAD, ROAD, ROAD, 1),
        ],
    )
    clean, triggered = report.scores
    assert (clean.branch, clean.due, clean.missed, clean.given, clean.false) == ("clean", 2, 1, 2, 1)
    assert (clean.missed_rate, clean.false_rate) == (0.5, 0.5)
    assert clean.delay_s == pytest.approx(1)
    assert (triggered.due, triggered.missed, triggered.given, triggered.false) == (2, 0, 2, 0)
    assert triggered.delay_s == pytest.approx(0.5)


def test_without_truth_the_clean_branch_is_the_reference():
    report = watch(PairedMonitors(ZONES, ["addw"]), [(None, None, None, 0.5), (PHONE, ROAD, None, 5)])
    assert report.reference == "clean"
    assert [score.branch for score in report.scores] == ["triggered"]
    assert report.scores[0].missed == 1
    assert {span.branch for span in report.spans} == {"clean", "triggered"}


def test_a_face_not_found_hides_nothing_of_the_truth():
    report = watch(PairedMonitors(ZONES, "ncap-long"), [(None, None, PHONE, 4, {"face": False})])
    assert [(s.due, s.missed) for s in report.scores] == [(1, 1), (1, 1)]


def test_closed_lids_are_seen_by_every_branch():
    report = watch(
        PairedMonitors(ZONES, "ncap-unresponsive"),
        [(ROAD, ROAD, ROAD, 1), (PHONE, ROAD, ROAD, 7, {"eyes_closed": True})],
    )
    assert [(s.branch, s.due, s.missed) for s in report.scores] == [("clean", 1, 0), ("triggered", 1, 0)]


def test_spans_tell_where_each_branch_looked():
    paired = PairedMonitors(ZONES, "addw")
    report = watch(paired, [(ROAD, ROAD, ROAD, 1), (MIRROR, ROAD, MIRROR, 1), (ROAD, ROAD, ROAD, 1)])
    spans = [(s.zone, round(s.begin, 3), round(s.end, 3)) for s in report.spans if s.branch == "clean"]
    assert spans == [("windscreen", 0, 1), ("inner mirror", 1, 2), ("windscreen", 2, round(3 - STEP, 3))]
    paired.step(PairedFrame(10.0, ROAD, ROAD, ROAD))  # seven seconds without frames leave a hole
    spans = [s for s in paired.report().spans if s.branch == "clean"]
    assert (spans[-1].begin, round(spans[-2].end, 3)) == (10.0, round(3 - STEP + 0.5, 3))


def test_bit_for_bit_and_a_replay_begins_anew():
    parts = [(ROAD, ROAD, ROAD, 1), (PHONE, MIRROR, PHONE, 9), (ROAD, PHONE, ROAD, 6), (None, None, ROAD, 2)]
    paired = PairedMonitors(ZONES, "all,keypad")
    first = watch(paired, parts)
    assert watch(PairedMonitors(ZONES, "all,keypad"), parts) == first
    assert watch(paired, parts) == first  # the source looped
    rows = event_rows(first.events)
    assert rows
    assert all(len(row) == len(EVENT_COLUMNS) for row in rows)
    assert rows[1][0] == f"{first.events[1].t:.3f}"


# --- dwell -----------------------------------------------------------------------------------------------------------

PAD = Keypad()


def look(t, key=None, **options):
    """An observation of a key's middle, or of a place beside the grid."""
    if key is None:
        gaze = Gaze.from_degrees(40, 0)
    else:
        left, top, right, bottom = PAD.box(key)
        gaze = Gaze.from_degrees((top + bottom) / 2, (left + right) / 2)
    if options.get("blink"):
        return GazeObservation(t, None, None)
    return GazeObservation(t, None, gaze, face=not options.get("lost", False))


def type_keys(entry, *parts, step=0.01):
    t, events = 0.0, []
    for key, seconds, *options in parts:
        for _ in range(round(seconds / step)):
            events += entry.step(look(t, key, **(options[0] if options else {}))).events
            t += step
    return events


@pytest.mark.parametrize(
    ("parts", "typed"),
    [
        ([("5", 0.50)], ""),  # the last frame comes at 0.49 s
        ([("5", 0.52)], "5"),
        ([("5", 3.0)], "5"),  # no repeat while it is looked at
        ([("5", 0.6), (None, 0.1), ("5", 0.6)], "55"),
        ([("5", 0.4), ("6", 0.4), ("5", 0.4)], ""),
        ([("1", 0.6), ("9", 0.6), ("4", 0.6)], "194"),
        ([("5", 0.3), ("5", 0.2, {"blink": True}), ("5", 0.22)], "5"),  # a blink pauses
        ([("5", 0.3), ("5", 0.2, {"blink": True}), ("5", 0.15)], ""),
        ([("5", 0.3), ("5", 0.4, {"lost": True}), ("5", 0.45)], ""),  # longer, and it starts anew
        ([(None, 2.0)], ""),
    ],
)
def test_dwell(parts, typed):
    entry = KeypadEntry(PAD)
    events = type_keys(entry, *parts)
    assert entry.typed == typed
    assert "".join(event.text for event in events) == typed
    assert {event.kind for event in events} <= {"select"}


def test_dwell_time_is_kept_within_what_was_studied():
    for seconds in (0.3, 1.0):
        assert Dwell(seconds).seconds == seconds
    for seconds in (0.29, 1.01, math.nan):
        with pytest.raises(MonitorError, match="300 to 1000 ms"):
            Dwell(seconds)
    slow = KeypadEntry(PAD, dwell=1.0)
    type_keys(slow, ("5", 0.98))
    assert slow.typed == ""
    type_keys(slow, ("5", 1.1))
    assert slow.typed == "5"
    slow.erase()
    assert slow.typed == ""


def test_the_keypads_sides():
    # +yaw is the person's right, +pitch up: key 1 is up left, key 9 down right
    assert PAD.key_at(-14, 11) == "1"
    assert PAD.key_at(14, 11) == "3"
    assert PAD.key_at(14, -11) == "9"
    assert PAD.key_at(15.1, 0) is None
    assert PAD.key_at(0, -12.1) is None
    screen = Keypad(0, 0, 300, 300, space="screen")
    assert [screen.key_at(50, 50), screen.key_at(250, 50), screen.key_at(50, 250)] == ["1", "3", "7"]
    assert screen.box("9") == (200, 200, 300, 300)
    assert screen.box("x") is None
    seen = GazeObservation(0, None, ROAD, point=(150, 150))
    assert screen.key_of(seen) == "5"
    assert screen.key_of(GazeObservation(0, None, ROAD)) is None
    moved = Keypad(centre=Gaze.from_degrees(0, 30))
    assert moved.key_of(GazeObservation(0, None, Gaze.from_degrees(0, 30))) == "5"


@pytest.mark.parametrize(
    "options",
    [{"keys": ()}, {"keys": ("12", "3")}, {"space": "wall"}, {"left": 20}, {"bottom": 20}, {"space": "screen"}],
)
def test_no_keypad_without_sense(options):
    with pytest.raises(MonitorError, match="keypad"):
        Keypad(**options)


def test_wrong_keys_are_counted_against_where_the_driver_looked():
    def gaze(key):
        return look(0, key).gaze

    paired = PairedMonitors(ZONES, lambda: [KeypadEntry(PAD)])
    report = watch(
        paired,
        [
            (gaze("1"), gaze("1"), gaze("1"), 0.7),
            (gaze("2"), gaze("9"), gaze("2"), 0.7),
            (gaze("3"), gaze("9"), gaze("3"), 0.7),
        ],
    )
    assert {g.branch: (g.selections, g.wrong_selections) for g in report.gazes} == {
        "clean": (3, 0),
        "triggered": (2, 1),
    }
    assert [m.typed for b in ("clean", "triggered") for m in paired.monitors[b]] == ["123", "19"]
    assert report.scores == ()
