"""The subject's motion: natural limits, smoothness, and steering."""

import math

import numpy as np
import pytest

from gazeattack.angles import Gaze
from gazeattack.synthetic.motion import Steering, SubjectState, Wander, around

TIMES = np.arange(0, 60, 1 / 30)


@pytest.fixture(scope="module")
def states() -> list[SubjectState]:
    path = Wander(3)
    return [path(float(t)) for t in TIMES]


def test_the_path_depends_on_seed_and_time_alone():
    a, b = Wander(5), Wander(5)
    for t in (7.3, 0.0, 2.1):  # in any order
        assert a(t) == b(t)
    assert a(7.3) != Wander(6)(7.3)


def test_gaze_and_head_keep_their_limits_and_use_them(states):
    gaze = np.degrees([s.gaze for s in states])
    head = np.degrees([s.head for s in states])
    assert gaze[:, 1].min() >= -25 and gaze[:, 1].max() <= 25
    assert gaze[:, 0].min() >= -20 and gaze[:, 0].max() <= 12
    assert np.ptp(gaze[:, 1]) > 35 and np.ptp(gaze[:, 0]) > 20
    assert np.abs(head[:, 1]).max() <= 15 and np.abs(head[:, 0]).max() <= 8
    # the head turns after the eyes, by about half
    assert 0.3 < np.polyfit(gaze[:-15, 1], head[15:, 1], 1)[0] < 0.7


def test_the_head_never_jerks(states):
    head = np.degrees([s.head for s in states])
    assert np.abs(np.diff(head, axis=0)).max() * 30 < 60  # degrees a second


def test_blinks_come_every_two_to_six_seconds_and_not_at_once(states):
    closed = np.array([s.openness < 0.5 for s in states])
    starts = TIMES[1:][closed[1:] & ~closed[:-1]]
    assert starts[0] > 1.0
    assert np.diff(starts).min() > 1.9 and np.diff(starts).max() < 6.1
    path = Wander(3)
    blink = [path(float(t)).openness for t in np.arange(starts[0] - 0.2, starts[0] + 0.3, 0.005)]
    assert min(blink) < 0.02
    assert 0.10 < 0.005 * sum(o < 0.999 for o in blink) < 0.2


def _still(_: float) -> SubjectState:
    return SubjectState(gaze=Gaze(0.0, 0.0), head=Gaze(0.0, 0.0))


def test_steering_arrives_within_a_saccade_and_comes_back():
    steering = Steering(_still)
    target = Gaze.from_degrees(-10, 20)
    assert steering(0.0, None).gaze == (0.0, 0.0)
    first = steering(1 / 30, target)
    assert 0 < first.gaze.yaw < target.yaw  # not at once
    late = [steering(k / 30, target) for k in range(2, 90)]
    assert late[8].gaze == pytest.approx(target, abs=math.radians(0.5))
    assert 0.2 * target.yaw < late[-1].head.yaw < 0.6 * target.yaw
    assert late[3].head.yaw < 0.3 * late[-1].head.yaw  # slowly
    back = [steering(k / 30, None) for k in range(90, 400)]
    assert back[-1] == _still(0.0)


def test_a_turned_portrait_looks_about_where_it_faces():
    facing = Gaze.from_degrees(-10, 20)
    assert around(_still, facing, share=0.5)(1.0).gaze == pytest.approx(Gaze.from_degrees(-5, 10))
