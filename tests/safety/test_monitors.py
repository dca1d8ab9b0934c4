"""Every rule at its boundaries, on frame times that do not fall on them by luck."""

import itertools

import pytest

from gazeattack.errors import MonitorError
from gazeattack.safety.addw import Addw
from gazeattack.safety.attend import AttenD
from gazeattack.safety.monitors import make_monitors, monitor_names
from gazeattack.safety.ncap import LongDistraction, Unresponsive, Vats
from gazeattack.safety.nhtsa import Nhtsa
from gazeattack.safety.observation import Attention, GazeObservation, State
from gazeattack.safety.zones_file import load_zones

ZONES = load_zones()
PLACES = {
    "road": ZONES.to_camera(0, 0),
    "mirror": ZONES.to_camera(36, 10),
    "speedometer": ZONES.to_camera(0, -17),
    "phone": ZONES.to_camera(0, -40),
    "passenger": ZONES.to_camera(52, 0),
    "nowhere": ZONES.to_camera(0, 40),
}
SEEN = {what: {"gaze": g, "zone": ZONES.at(g), "area": ZONES.area(g)} for what, g in PLACES.items()}
ALL = (Addw, LongDistraction, Vats, Unresponsive, Nhtsa, AttenD)


def observe(t, what, speed=100.0):
    """One observation: a place, or closed, blink, lost."""
    seen = SEEN.get(what, {"gaze": None, "zone": None})
    return GazeObservation(t, face=what != "lost", eyes_closed=what == "closed", speed_kmh=speed, **seen)


def script(*parts, step=0.01, speed=100.0):
    """(what, seconds) parts as observations every `step` seconds, with one frame where the last part ends."""
    frames, begin = [], 0.0
    for what, seconds in parts:
        count = round(seconds / step)
        frames += [observe(begin + i * step, what, speed) for i in range(count)]
        begin += count * step
    return [*frames, observe(begin, parts[-1][0], speed)]


def run(monitor, frames):
    return [monitor.step(frame) for frame in frames]


def warned_at(monitor, *parts, **options):
    """Time of the first warning, None without one."""
    events = [e for v in run(monitor, script(*parts, **options)) for e in v.events if e.kind == "warning"]
    return events[0].t if events else None


def test_attention():
    words = {what: observe(0, what).attention for what in [*PLACES, "closed", "blink", "lost"]}
    assert words == {
        "road": Attention.ROAD,
        "mirror": Attention.DRIVING,
        "speedometer": Attention.DRIVING,
        "phone": Attention.AWAY,
        "passenger": Attention.AWAY,
        "nowhere": Attention.AWAY,
        "closed": Attention.CLOSED,
        "blink": Attention.UNKNOWN,
        "lost": Attention.LOST,
    }


@pytest.mark.parametrize(
    ("monitor", "speed", "parts", "warns"),
    [
        # EU ADDW: 3.5 s at 50 km/h and more, 6 s from 20 km/h, nothing below
        (Addw, 50, [("phone", 3.49)], False),
        (Addw, 50, [("phone", 3.51)], True),
        (Addw, 130, [("phone", 3.49)], False),
        (Addw, 130, [("phone", 3.51)], True),
        (Addw, 49.9, [("phone", 5.99)], False),
        (Addw, 49.9, [("phone", 6.01)], True),
        (Addw, 20, [("phone", 5.99)], False),
        (Addw, 20, [("phone", 6.01)], True),
        (Addw, 19.9, [("phone", 30)], False),
        # only Area 3
        (Addw, 100, [("passenger", 30)], False),
        (Addw, 100, [("speedometer", 30)], False),
        (Addw, 100, [("nowhere", 30)], False),
        # a brief look up is neither counted nor a reset; a longer one is a reset
        (Addw, 100, [("phone", 3), ("road", 0.5), ("phone", 0.49)], False),
        (Addw, 100, [("phone", 3), ("road", 0.5), ("phone", 0.51)], True),
        (Addw, 100, [("phone", 3), ("road", 0.99), ("phone", 0.51)], True),
        (Addw, 100, [("phone", 3), ("road", 1.01), ("phone", 3.49)], False),
        (Addw, 100, [("phone", 3), ("road", 1.01), ("phone", 3.51)], True),
        (Addw, 100, [("phone", 3), ("road", 0.4), ("mirror", 0.4), ("road", 0.4), ("phone", 3.4)], False),
        # what is not seen pauses the timer
        (Addw, 100, [("phone", 3), ("lost", 5), ("phone", 0.49)], False),
        (Addw, 100, [("phone", 3), ("lost", 5), ("phone", 0.51)], True),
        (Addw, 100, [("phone", 3), ("blink", 0.2), ("phone", 0.49)], False),
        (Addw, 100, [("phone", 3), ("blink", 0.2), ("phone", 0.51)], True),
        (Addw, 100, [("closed", 30)], False),
        # the frame that brings the eyes back does not warn
        (Addw, 100, [("phone", 3.5), ("road", 1)], False),
        # Euro NCAP long distraction: 3 s anywhere off the road
        (LongDistraction, 100, [("passenger", 2.99)], False),
        (LongDistraction, 100, [("passenger", 3.01)], True),
        (LongDistraction, 100, [("mirror", 3.01)], True),
        (LongDistraction, 100, [("phone", 1.5), ("passenger", 1.51)], True),
        (LongDistraction, 100, [("phone", 2), ("road", 0.05), ("phone", 1.01)], True),
        (LongDistraction, 100, [("phone", 2), ("road", 0.15), ("phone", 2.9)], False),
        (LongDistraction, 100, [("phone", 2), ("lost", 9), ("phone", 0.99)], False),
        (LongDistraction, 100, [("phone", 2), ("lost", 9), ("phone", 1.01)], True),
        (LongDistraction, 100, [("closed", 30)], False),
        # VATS: 10 s in 30 s, reset by 2 s on the road
        (Vats, 100, [("phone", 2), ("road", 1.5)] * 4 + [("phone", 1.99)], False),
        (Vats, 100, [("phone", 2), ("road", 1.5)] * 4 + [("phone", 2.01)], True),
        (Vats, 100, [("phone", 2), ("road", 2.01)] * 10, False),
        (Vats, 100, [("phone", 2), ("road", 1.99)] * 4 + [("phone", 2.01)], True),
        (Vats, 100, [("phone", 9), ("road", 1.9), ("road", 0.2), ("phone", 9.9)], False),
        (Vats, 100, [("phone", 0.9), ("road", 1.9)] * 20, False),  # never 10 s within any 30 s
        (Vats, 100, [("phone", 1), ("road", 1.9)] * 10 + [("phone", 1)], True),
        (Vats, 100, [("phone", 9), ("lost", 25), ("phone", 9)], False),  # the first 9 s are too long ago
        (Vats, 100, [("phone", 5), ("lost", 15), ("phone", 5.01)], True),
        (Vats, 100, [("phone", 9.9), ("road", 1.5), ("blink", 0.2), ("road", 0.6), ("phone", 0.2)], False),
        # unresponsive: 3 s after a warning, or 6 s away or closed
        (Unresponsive, 100, [("phone", 5.99)], False),
        (Unresponsive, 100, [("phone", 6.01)], True),
        (Unresponsive, 100, [("closed", 5.99)], False),
        (Unresponsive, 100, [("closed", 6.01)], True),
        (Unresponsive, 100, [("lost", 6.01)], True),
        (Unresponsive, 100, [("phone", 2), ("closed", 2), ("lost", 2.01)], True),
        (Unresponsive, 100, [("phone", 5), ("road", 0.05), ("phone", 0.9)], False),
        (Unresponsive, 100, [("phone", 5), ("road", 0.2), ("closed", 5.9)], False),
        # a VATS warning comes 10 s into looks away; 3 s without a return after it
        (Unresponsive, 100, [("phone", 2.4), ("road", 1.0)] * 4 + [("phone", 0.4), ("closed", 2.99)], False),
        (Unresponsive, 100, [("phone", 2.4), ("road", 1.0)] * 4 + [("phone", 0.45), ("closed", 2.99)], True),
        (Unresponsive, 100, [("phone", 2.4), ("road", 1.0)] * 4 + [("phone", 0.45), ("road", 0.2)], False),
        # NHTSA: 2.0 s a glance, 12.0 s in all, 15 % of glances may be longer
        (Nhtsa, 100, [("phone", 2.0), ("road", 1)], False),
        (Nhtsa, 100, [("phone", 2.02)], True),
        (Nhtsa, 100, [("phone", 1.5), ("road", 1)] * 8, False),  # 12.0 s
        (Nhtsa, 100, [("phone", 1.5), ("road", 1)] * 8 + [("phone", 0.02)], True),
        (Nhtsa, 100, [("phone", 1), ("road", 1)] * 6 + [("phone", 2.5)], False),  # 1 of 7 is 14.3 %
        (Nhtsa, 100, [("phone", 1), ("road", 1)] * 5 + [("phone", 2.5)], True),  # 1 of 6 is 16.7 %
        (Nhtsa, 100, [("phone", 1), ("road", 0.05), ("phone", 1.02)], True),  # too short a return to end a glance
        (Nhtsa, 100, [("phone", 1), ("road", 0.15), ("phone", 1.02)], False),
        (Nhtsa, 100, [("phone", 1), ("lost", 9), ("phone", 0.98)], False),
        # AttenD: 2 s of buffer; one free second at mirrors and speedometer; 0.1 s before it refills
        (AttenD, 100, [("phone", 1.99)], False),
        (AttenD, 100, [("phone", 2.01)], True),
        (AttenD, 100, [("mirror", 2.99)], False),
        (AttenD, 100, [("mirror", 3.01)], True),
        (AttenD, 100, [("speedometer", 3.01)], True),
        (AttenD, 100, [("speedometer", 0.9), ("mirror", 2.09)], False),
        (AttenD, 100, [("speedometer", 0.9), ("mirror", 2.11)], True),  # one free second for both
        (AttenD, 100, [("mirror", 0.9), ("road", 0.2), ("mirror", 2.99)], False),
        (AttenD, 100, [("phone", 1.5), ("mirror", 1.49)], False),
        (AttenD, 100, [("phone", 1.5), ("mirror", 1.51)], True),
        (AttenD, 100, [("phone", 1.9), ("road", 0.1), ("phone", 0.11)], True),  # not refilled yet
        (AttenD, 100, [("phone", 1.9), ("road", 0.6), ("phone", 0.59)], False),  # 0.1 + 0.5 s
        (AttenD, 100, [("phone", 1.9), ("road", 0.6), ("phone", 0.61)], True),
        (AttenD, 100, [("closed", 2.01)], True),
        (AttenD, 100, [("phone", 1.9), ("lost", 9), ("phone", 0.09)], False),
        (AttenD, 100, [("phone", 1.9), ("blink", 0.3), ("phone", 0.11)], True),
    ],
)
def test_limits(monitor, speed, parts, warns):
    verdicts = run(monitor(), script(*parts, speed=speed))
    assert any(verdict.warning for verdict in verdicts) is warns


@pytest.mark.parametrize("fps", [10, 24, 29.97, 30, 60])
@pytest.mark.parametrize(
    ("monitor", "limit"), [(Addw, 3.5), (LongDistraction, 3.0), (Vats, 10.0), (Unresponsive, 6.0), (AttenD, 2.0)]
)
def test_the_warning_comes_with_the_first_frame_at_the_limit(monitor, limit, fps):
    frames = [observe(5 + i / fps, "phone") for i in range(round(12 * fps))]
    first = next(e.t for v in run(monitor(), frames) for e in v.events)
    assert limit - 1e-6 <= first - 5 < limit + 1 / fps


@pytest.mark.parametrize("monitor", ALL)
def test_a_verdict_hangs_together(monitor):
    parts = [("road", 3), ("phone", 11), ("road", 4), ("mirror", 2), ("lost", 3), ("closed", 7), ("road", 3)]
    verdicts = run(monitor(), script(*parts))
    again = run(monitor(), script(*parts))
    assert verdicts == again
    lit = [v.warning for v in verdicts]
    begins = sum(not a and b for a, b in zip([False, *lit], lit, strict=False))
    ends = sum(a and not b for a, b in itertools.pairwise(lit))
    kinds = [event.kind for v in verdicts for event in v.events]
    assert kinds.count("warning") == begins >= 1
    assert kinds.count("end") == ends
    for v in verdicts:
        assert 0 <= v.level <= 1
        assert (v.state is State.WARNING) == v.warning
    assert all(event.text and event.monitor == monitor.name for v in verdicts for event in v.events)


@pytest.mark.parametrize("monitor", ALL)
def test_lost_frames_count_neither_way(monitor):
    # twenty seconds without frames: at most HOLD of it is taken to have been like its first frame
    verdicts = run(monitor(), [observe(0, "phone"), observe(20, "phone"), observe(20.1, "phone")])
    assert not any(verdict.warning for verdict in verdicts)
    assert verdicts[-1].seconds == pytest.approx(1.4 if monitor is AttenD else 0.6)


@pytest.mark.parametrize("monitor", ALL)
def test_standing_time_and_a_second_run(monitor):
    frames = script(("phone", 11))
    fresh = monitor()
    first = run(fresh, frames)
    assert fresh.step(frames[-1]).warning  # the same moment again: nothing passes
    assert run(fresh, frames) == first  # time runs back: another drive
    fresh.reset()
    assert run(fresh, frames) == first


@pytest.mark.parametrize(
    ("monitor", "back", "ends_after"),
    [(Addw, "road", 1.0), (LongDistraction, "road", 0.1), (Vats, "road", 2.0), (Unresponsive, "road", 0.1)],
)
def test_when_a_warning_ends(monitor, back, ends_after):
    events = [e for v in run(monitor(), script(("phone", 11), (back, 3))) for e in v.events]
    assert [e.kind for e in events] == ["warning", "end"]
    assert events[1].t == pytest.approx(11 + ends_after, abs=0.011)


def test_addw_sleeps_at_walking_pace_and_follows_the_speed():
    monitor = Addw()
    run(monitor, script(("phone", 3.0)))
    slow = monitor.step(observe(3.01, "phone", 10))
    assert (slow.state, slow.seconds, slow.warning) == (State.INACTIVE, 0.0, False)
    assert warned_at(Addw(), ("phone", 8), speed=30) == pytest.approx(6.0, abs=0.011)


def test_attend_arithmetic():
    monitor = AttenD()
    left = {round(f.t, 2): v.seconds for f, v in ((f, monitor.step(f)) for f in script(
        ("road", 1), ("phone", 1.5), ("road", 0.6), ("mirror", 1.4), ("blink", 0.5), ("road", 5)))}  # fmt: skip
    assert left[1.0] == 2.0  # never above 2
    assert left[2.5] == pytest.approx(0.5)
    assert left[2.6] == pytest.approx(0.5)  # the delay
    assert left[3.1] == pytest.approx(1.0)
    assert left[4.1] == pytest.approx(1.0)  # the free second
    assert left[4.5] == pytest.approx(0.6)
    assert left[5.0] == pytest.approx(0.6)  # nobody knows
    assert left[5.6] == pytest.approx(1.1)
    assert left[10.0] == 2.0


def test_names():
    assert monitor_names("addw, NCAP,attend,addw") == (
        "addw",
        "ncap-long",
        "ncap-vats",
        "ncap-unresponsive",
        "attend",
    )
    assert [m.name for m in make_monitors(["nhtsa", "keypad"])] == ["nhtsa", "keypad"]
    with pytest.raises(MonitorError, match=r'no monitor "abs".*addw'):
        make_monitors("abs")
