"""Eyelids: the ratio on made-up eyes, and the states by time."""

import numpy as np
import pytest

from gazeattack.live.eyelids import EyelidTracker, LidState, eye_ratio
from tests.helpers.eyelids import LIDS, eyes


def states(*parts, fps=30, start=0.0):
    """LidStates over (ratio, seconds) parts."""
    tracker, out, i = EyelidTracker(), [], 0
    for ratio, seconds in parts:
        for _ in range(round(seconds * fps)):
            out.append(tracker.step_ratio(start + i / fps, ratio).state)
            i += 1
    return out


@pytest.mark.parametrize("yaw", [0.0, 0.4, -0.6])
@pytest.mark.parametrize("size", [1.0, 3.7])
def test_the_ratio_keeps_its_value_at_any_size_and_turn(yaw, size):
    assert eye_ratio(eyes(9, yaw=yaw) * size) == pytest.approx(0.3)
    assert eye_ratio(eyes(0, yaw=yaw) * size) == pytest.approx(0.0)


def test_both_eyes_count():
    one_shut = eyes(9)
    for upper, lower in LIDS["left"]:
        one_shut[[upper, lower], 1] = 0
    assert eye_ratio(one_shut) == pytest.approx(0.15)


def test_a_collapsed_eye_is_no_crash():
    assert eye_ratio(np.zeros((478, 3))) == 0.0


@pytest.mark.parametrize(
    ("shut_s", "last"),
    [
        (0.2, LidState.BLINK),
        (0.49, LidState.BLINK),
        (0.55, LidState.CLOSED),
        (0.98, LidState.CLOSED),
        (1.05, LidState.MICROSLEEP),
        (2.98, LidState.MICROSLEEP),
        (3.05, LidState.ASLEEP),
    ],
)
def test_states_by_time(shut_s, last):
    seen = states((0.32, 2), (0.1, shut_s), (0.32, 1))
    assert seen[: 2 * 30] == [LidState.OPEN] * 60
    assert seen[-30:] == [LidState.OPEN] * 30
    assert seen[-31] is last
    assert last.shut
    assert last.closed is (last is not LidState.BLINK)


@pytest.mark.parametrize("usual", [0.2, 0.3, 0.42])
def test_everyones_own_eyes_are_the_measure(usual):
    # a look down lowers the lids, it does not shut them; narrow eyes are learnt in half a minute
    seen = states((usual, 30), (0.8 * usual, 3), (0.5 * usual, 2), (usual, 1))[27 * 30 :]
    assert set(seen[:180]) == {LidState.OPEN}
    assert seen[239] is LidState.MICROSLEEP
    assert seen[-1] is LidState.OPEN


def test_half_way_between_the_two_thresholds_nothing_flickers():
    seen = states((0.3, 2), (0.17, 0.2), (0.2, 0.2), (0.17, 0.2), (0.3, 1))
    assert all(state.shut for state in seen[60:78])
    assert seen[77] is LidState.CLOSED


def test_no_face_starts_the_clock_anew():
    seen = states((0.3, 1), (0.1, 2), (None, 0.1), (0.1, 0.3))
    assert seen[89] is LidState.MICROSLEEP
    assert seen[90] is LidState.OPEN
    assert seen[-1] is LidState.BLINK
    tracker = EyelidTracker()
    assert tracker.step(0, None).openness is None
    assert tracker.step(0.1, np.full((478, 3), np.nan)).state is LidState.OPEN


def test_frames_that_never_came_are_not_slept_through():
    tracker = EyelidTracker()
    for t in (0, 0.1, 0.2):
        tracker.step_ratio(t, 0.3)
    tracker.step_ratio(0.3, 0.1)
    assert tracker.step_ratio(60.0, 0.1).closed_s == pytest.approx(0.5)


def test_a_source_that_starts_over_is_the_same_again():
    tracker = EyelidTracker()
    first = [tracker.step_ratio(i / 30, r) for i, r in enumerate([0.3] * 60 + [0.1] * 60)]
    assert [tracker.step_ratio(i / 30, r) for i, r in enumerate([0.3] * 60 + [0.1] * 60)] == first


def test_a_blink_of_the_rendered_subject(landmarker_model):
    from gazeattack.face.landmarks import Landmarker
    from gazeattack.synthetic.head.head import Head
    from gazeattack.synthetic.head.identity import Identity
    from gazeattack.synthetic.motion import SubjectState, Wander

    wander = Wander(3)
    times = [i / 30 for i in range(30 * 5)]
    blink = next(i for i, t in enumerate(times) if wander(t).openness < 0.3)
    head, tracker, seen = Head(Identity.from_seed(3), (640, 480)), EyelidTracker(), []
    with Landmarker(landmarker_model) as landmarker:
        for t in times[blink - 12 : blink + 15]:
            state: SubjectState = wander(t)
            seen.append(tracker.step(t, landmarker.detect(head.render(state), t)[0]).state)
    assert seen[0] is LidState.OPEN
    assert seen[-1] is LidState.OPEN
    assert LidState.BLINK in seen
    assert LidState.CLOSED not in seen
