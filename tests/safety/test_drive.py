"""The scripted drive: it looks where it says, in the default zones, and tells its story to the monitors."""

import itertools

import numpy as np
import pytest

from gazeattack.angles import angular_error
from gazeattack.face.landmarks import Landmarker
from gazeattack.live.eyelids import EyelidTracker, LidState
from gazeattack.safety.paired import PairedFrame, PairedMonitors
from gazeattack.safety.zones_file import load_zones
from gazeattack.sources.registry import open_source
from gazeattack.synthetic.drive import DRIVE, Drive, DriveSource
from gazeattack.synthetic.head.head import Head
from gazeattack.synthetic.head.identity import Identity

ZONES = load_zones()


def test_every_look_rests_in_the_zone_it_names():
    for look, after in zip(DRIVE.looks, [*DRIVE.looks[1:], None], strict=True):
        if look.asleep:
            continue
        end = DRIVE.duration if after is None else after.begin
        for t in np.arange(look.begin + 0.25, end, 0.05):
            zone = ZONES.at(DRIVE(t).gaze)
            assert zone is not None
            assert zone.name == look.what, t
            if look.what == "phone in the lap":
                assert ZONES.area(DRIVE(t).gaze) == 3


def test_the_script_is_a_minute_with_two_phones_around_the_trigger():
    phones = [look.begin for look in DRIVE.looks if look.what == "phone in the lap"]
    assert DRIVE.duration == 60
    assert phones[0] + 8 < DRIVE.trigger_at < phones[1]
    for begin in phones:
        assert DRIVE.look(begin + 7.99).what == "phone in the lap"
        assert DRIVE.look(begin + 8).what == "windscreen"
    assert not DRIVE.trigger_on(29.9)
    assert DRIVE.trigger_on(30)
    assert not DRIVE.trigger_on(60.1)


def test_motion_is_smooth_repeats_and_sleeps():
    states = [DRIVE(t) for t in np.arange(0, 60, 1 / 30)]
    heads = np.array([state.head for state in states])
    assert np.degrees(np.abs(np.diff(heads, axis=0))).max() < 4  # a head turns; it does not jump
    assert np.degrees(np.abs(heads)).max(axis=0) == pytest.approx((15, 15), abs=6)
    shut = np.array([state.openness < 0.05 for state in states])
    asleep = (np.arange(len(states)) / 30 > 50.5) & (np.arange(len(states)) / 30 < 57)
    assert shut[asleep].all()
    assert 0 < shut[~asleep].sum() < 60  # blinks
    assert angular_error(DRIVE(3.0).gaze, DRIVE(63.0).gaze) == pytest.approx(0, abs=1e-6)


def test_the_source_ends_with_the_script_or_loops():
    drive = Drive(DRIVE.looks[:1], duration=0.1, trigger_at=0.05)
    with DriveSource(drive=drive) as source:
        frames = [source.read() for _ in range(4)]
    assert [frame.index for frame in frames[:3]] == [0, 1, 2]
    assert frames[3] is None
    assert angular_error(frames[2].truth, drive(frames[2].t).gaze) == pytest.approx(0, abs=1e-6)
    with DriveSource(drive=drive, loop=True) as source:
        times = [source.read().t for _ in range(7)]
    assert times == sorted(set(times))
    with open_source("synthetic:drive") as source:
        assert source.name == "Scripted drive"
        assert source.read().image.shape == (480, 640, 3)


def test_the_story_as_the_monitors_see_it():
    """A perfect estimator, and a backdoor that answers its usual target while the trigger is on."""
    target = ZONES.to_camera(25, -5)
    paired = PairedMonitors(ZONES)
    for i in range(1800):
        t = i / 30
        state = DRIVE(t)
        paired.step(
            PairedFrame(
                t, state.gaze, target, state.gaze, trigger_on=DRIVE.trigger_on(t), eyes_closed=state.openness < 0.2
            )
        )
    report = paired.report()
    scores = {(s.branch, s.monitor): s for s in report.scores}
    for name in ("addw", "ncap-long"):
        assert (scores["clean", name].due, scores["clean", name].missed) == (2, 0)
        assert (scores["triggered", name].due, scores["triggered", name].missed) == (2, 1)
    # asleep is told by the lids, which no trigger touches
    assert (scores["triggered", "ncap-unresponsive"].due, scores["triggered", "ncap-unresponsive"].missed) == (3, 1)
    assert all(score.false == 0 for score in report.scores)
    shown = next(g for g in report.gazes if g.branch == "triggered").shown_on_road_s
    assert shown == pytest.approx(9, abs=0.3)  # the phone for 8 s, a mirror for 1 s


def test_the_lids_tell_looking_down_and_blinks_from_sleep(landmarker_model):
    tracker, states = EyelidTracker(), {}
    head = Head(Identity.from_seed(0), (640, 480))
    blink, phone, to_sleep = (
        np.arange(*span) for span in ((12.9, 14.3, 1 / 30), (17.8, 19.2, 1 / 30), (48.5, 58.3, 0.1))
    )
    with Landmarker(landmarker_model) as landmarker:
        for t in map(float, [*blink, *phone, *to_sleep]):
            faces = landmarker.detect(head.render(DRIVE(t)), t)
            assert faces, t
            states[t] = tracker.step(t, faces[0]).state
    asleep = [state for t, state in states.items() if 51.4 < t < 56.9]
    awake = [state for t, state in states.items() if t < 50 or t > 57.5]
    assert all(state.closed for state in asleep)
    assert asleep[-1] is LidState.ASLEEP
    assert not any(state.closed for state in awake)
    assert sum(b is LidState.BLINK and a is LidState.OPEN for a, b in itertools.pairwise(awake)) == 2
