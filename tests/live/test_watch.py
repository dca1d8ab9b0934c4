"""Samples through the monitors: what the window and the headless run both use."""

from dataclasses import replace

import numpy as np
import pytest

from gazeattack.angles import Gaze, to_gaze
from gazeattack.live.eyelids import LidState
from gazeattack.live.watch import SafetyWatch
from gazeattack.safety.dwell import Keypad, KeypadEntry
from gazeattack.screen.calibration import fit_calibration
from tests.helpers.calibration import SCREEN, sitting
from tests.helpers.watch import ORIGIN, PHONE, ROAD, ZONES, make_estimate, make_result, run_frames


def test_a_guard_uses_the_landmark_gaze_where_the_prediction_is_far_from_it():
    # the clean prediction is 5 degrees from the landmark gaze, the triggered one 40
    near = Gaze(PHONE.pitch + np.radians(5), PHONE.yaw)
    attacked = make_result(0.0, near, ROAD)
    attacked = replace(
        attacked,
        clean=replace(attacked.clean, landmark_gaze=PHONE),
        triggered=replace(attacked.triggered, landmark_gaze=PHONE),
    )
    assert attacked.clean.consistency_error_deg == pytest.approx(5) and attacked.clean.guarded_gaze(10) == near
    assert attacked.triggered.guarded_gaze(10) == PHONE and attacked.triggered.guarded_gaze(None) == ROAD
    assert make_estimate(ROAD).consistency_error_deg is None and make_estimate(ROAD).guarded_gaze(10) == ROAD
    assert replace(attacked.clean, landmark_gaze=Gaze(np.nan, 0.0)).guarded_gaze(10) == near
    for guard, missed in ((None, 1), (10.0, 0)):
        watch = SafetyWatch(ZONES, "addw", guard_deg=guard)
        for i in range(150):
            frame = replace(attacked.frame, index=i, t=i / 30, truth=PHONE)
            watch.step(replace(attacked, frame=frame, t=i / 30))
        scores = {score.branch: score for score in watch.monitors.report().scores}
        assert (scores["clean"].missed, scores["triggered"].missed) == (0, missed)


def test_the_trigger_counts_from_its_marked_time():
    watch = SafetyWatch(ZONES, "addw", trigger_on=lambda t: t >= 10)
    attacked = {"clean": PHONE, "triggered": ROAD, "truth": PHONE}
    calm = {"clean": ROAD, "triggered": ROAD, "truth": ROAD}
    watched = run_frames(watch, [(5, attacked), (6, calm), (5, attacked), (1, calm)])
    assert [w.trigger_on for w in watched] == [i / 30 >= 10 for i in range(len(watched))]
    report = watch.monitors.report()
    assert {s.branch: (s.due, s.missed) for s in report.scores} == {"clean": (2, 0), "triggered": (2, 1)}
    kinds = [(e.kind, round(e.t, 1)) for e in report.events if e.branch == "triggered"]
    assert kinds == [("warning", 3.5), ("end", 6.0), ("trigger", 10.0)]


def test_without_a_triggered_branch_both_monitors_receive_the_same():
    watch = SafetyWatch(ZONES, "addw")
    watched = run_frames(watch, [(4, {"clean": PHONE})])
    verdicts = watched[-1].paired.verdicts
    assert not watched[-1].trigger_on
    assert verdicts["clean"]["addw"] == verdicts["triggered"]["addw"]
    assert verdicts["triggered"]["addw"].warning


def test_a_blink_is_not_a_gaze_and_sleep_is_closed_eyes():
    watch = SafetyWatch(ZONES, "ncap")
    road = {"clean": ROAD, "truth": ROAD}
    watched = run_frames(watch, [(1, road), (0.3, {"clean": PHONE, "truth": PHONE, "gap": 2.0}), (1, road)])
    blinking = [w for w in watched if w.lids.state is LidState.BLINK]
    assert len(blinking) == 9
    assert {o.attention.value for w in blinking for o in w.paired.observations.values()} == {"unknown"}
    asleep = run_frames(SafetyWatch(ZONES, "ncap"), [(1, road), (7, {**road, "gap": 2.0})])[-1]
    assert asleep.lids.state is LidState.ASLEEP
    assert all(v["ncap-unresponsive"].warning for v in asleep.paired.verdicts.values())


def test_the_monitors_receive_a_lost_face():
    watched = run_frames(SafetyWatch(ZONES), [(1, {"clean": ROAD}), (0.1, {"clean": ROAD, "face": False})])
    assert {o.attention.value for o in watched[-1].paired.observations.values()} == {"lost"}
    assert not watched[-1].raw_mm


def test_points_of_both_branches_are_calibrated_smoothed_and_typed_with():
    calibration = fit_calibration(sitting(noise=0), SCREEN)
    pad = Keypad(0, 0, SCREEN.width_mm, SCREEN.height_mm, space="screen")
    watch = SafetyWatch(ZONES, lambda: [KeypadEntry(pad)], calibration=calibration)
    viewer_gaze = Gaze.from_degrees(-8, 3)
    other = to_gaze(SCREEN.to_camera((20, 20)) - ORIGIN)
    truth = to_gaze(SCREEN.to_camera((SCREEN.width_mm / 2, SCREEN.height_mm / 2)) - ORIGIN)
    watched = run_frames(watch, [(1, {"clean": viewer_gaze, "triggered": other, "truth": truth})])[-1]
    assert set(watched.raw_mm) == {"clean", "triggered"}
    assert watched.smooth_mm["clean"] == pytest.approx(watched.raw_mm["clean"])
    assert watched.raw_mm["clean"] != watched.raw_mm["triggered"]
    assert watched.smooth_mm["truth"] == pytest.approx((SCREEN.width_mm / 2, SCREEN.height_mm / 2))
    typed = {b: m[0].typed for b, m in watch.monitors.monitors.items()}
    assert typed["truth"] == "5"
    assert typed["triggered"] == pad.key_at(*watched.smooth_mm["triggered"])
