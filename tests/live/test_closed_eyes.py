"""Closed eyes have no gaze: which eyes are closed, and what leaves their frames out."""

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from gazeattack.angles import angular_error
from gazeattack.live.eye_samples import CLOSED, SampleCollector
from gazeattack.live.eyelids import ClosedEyes
from gazeattack.live.measure import COLUMNS, Tally, measure, row_text
from gazeattack.live.pipeline import EYES_CLOSED, Pipeline
from gazeattack.live.watch import SafetyWatch
from gazeattack.model.catalogue import open_bundle
from gazeattack.screen.geometry import ScreenGeometry
from gazeattack.ui.calibration.procedure import CalibrationProcedure
from tests.helpers.eyelids import LIDS, eyes
from tests.helpers.watch import PHONE, ROAD, ZONES, make_result

OPEN, SHUT = 9.0, 2.0


def closed(*parts, fps=30):
    """ClosedEyes over (landmarks, seconds) parts."""
    told, out, i = ClosedEyes(), [], 0
    for landmarks, seconds in parts:
        for _ in range(round(seconds * fps)):
            out.append(told.step(i / fps, landmarks))
            i += 1
    return out


def winking(side):
    """Landmarks of a face with one shut eye, named as in LIDS."""
    points, shut = eyes(OPEN), eyes(SHUT)
    for pair in LIDS[side]:
        points[list(pair)] = shut[list(pair)]
    return points


def without_gaze(result):
    """The result as the pipeline makes it where both eyes are closed."""
    return replace(result, eyes_closed=(True, True), clean=None, triggered=None, target=None, shift_deg=None)


def test_a_blink_closes_both_eyes_and_no_longer_than_it_lasts():
    seen = closed((eyes(OPEN), 1), (eyes(SHUT), 0.1), (eyes(OPEN), 1))
    assert seen == [(False, False)] * 30 + [(True, True)] * 3 + [(False, False)] * 30


@pytest.mark.parametrize(("side", "told"), [("right", (True, False)), ("left", (False, True))])
def test_a_wink_closes_one_eye(side, told):
    assert closed((eyes(OPEN), 1), (winking(side), 0.3))[-1] == told


@pytest.mark.parametrize("share", [0.5, 0.6])
def test_lids_that_stay_half_lowered_are_open(share):
    seen = closed((eyes(OPEN), 5), (eyes(OPEN * share), 20), (eyes(0.4 * share * OPEN), 0.2), (eyes(OPEN * share), 1))
    assert seen[5 * 30] == (True, True)
    assert seen[19 * 30 : 25 * 30] == [(False, False)] * 6 * 30
    # ... and the blinks of such eyes are still told
    assert seen[25 * 30 : 25 * 30 + 6] == [(True, True)] * 6
    assert seen[-1] == (False, False)


@pytest.mark.parametrize("usual", [6.0, 9.0, 12.0])
def test_a_look_down_is_open_whoever_it_is(usual):
    assert set(closed((eyes(usual), 3), (eyes(0.75 * usual), 3))) == {(False, False)}


def test_a_sleeper_does_not_open_the_eyes():
    assert set(closed((eyes(OPEN), 2), (eyes(0.5), 30))[60:]) == {(True, True)}


def test_the_table_says_so_and_no_mean_contains_the_frame():
    tally = Tally()
    rows = [measure(make_result(0, ROAD, PHONE)), measure(without_gaze(make_result(0.1, ROAD, PHONE)))]
    for row in rows:
        tally.add(row, 1.0)
    assert COLUMNS.index("eyes_closed") == COLUMNS.index("file") + 1 == 35
    assert [row_text(row).strip("\n").split(",")[35] for row in rows] == ["0", "2"]
    assert row_text(measure(make_result(0, ROAD, face=False))).strip("\n").split(",")[35] == ""
    assert rows[1]["clean_yaw_deg"] is None and rows[1]["face_found"] == 1
    assert tally.summary()["eyes_closed"] == 1


def test_calibration_and_collection_leave_a_closed_eye_out():
    screen = ScreenGeometry.from_diagonal(14, 1920, 1080)
    procedure, collector = CalibrationProcedure(screen), SampleCollector()
    procedure.accept()
    for i in range(60):
        result = make_result(i / 30, ROAD)
        winks = replace(result, eyes_closed=(True, False)) if i % 2 else without_gaze(result)
        procedure.step(winks)
        assert collector.add(winks) is None
    assert procedure.samples == [] and set(collector.left_out) == {CLOSED}


def test_a_blink_is_no_gaze_for_the_monitors_and_leaves_the_trigger_on():
    watch = SafetyWatch(ZONES)
    watch.step(make_result(0, ROAD, PHONE))
    blink = without_gaze(make_result(0.1, ROAD, PHONE))
    blink = replace(blink, crops=SimpleNamespace(altered=np.zeros(1)))
    watched = watch.step(blink)
    assert watched.trigger_on
    assert watched.paired.observations["clean"].gaze is None
    assert watched.paired.observations["clean"].attention.value == "unknown"
    assert watch.step(make_result(0.2, ROAD, PHONE)).paired.observations["clean"].gaze == ROAD


def test_a_blink_of_the_rendered_subject_leaves_a_gap_and_no_spike(landmarker_model):
    from gazeattack.sources.registry import open_source

    results = []
    with open_source("synthetic") as source, Pipeline(open_bundle("wanet"), landmarker_model=landmarker_model) as made:
        source._index = 54
        results = [made.step(source.read()) for _ in range(9)]
    gazes = [None if result.clean is None else result.clean.gaze for result in results]
    blink = [i for i, gaze in enumerate(gazes) if gaze is None]
    assert blink == [4, 5] and all(results[i].notice == EYES_CLOSED and results[i].crops for i in blink)
    known = [gaze for gaze in gazes if gaze is not None]
    assert max(float(angular_error(a, b)) for a, b in pairwise(known)) < 5
