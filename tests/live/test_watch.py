"""Samples through the monitors: what the window and the headless run both use."""

from dataclasses import replace

import numpy as np
import pytest

from gazeattack.angles import Gaze, to_gaze
from gazeattack.live.eyelids import LidState
from gazeattack.live.guard import LIMITS_DEG, Guard, GuardCheck
from gazeattack.live.watch import SafetyWatch
from gazeattack.safety.dwell import Keypad, KeypadEntry
from gazeattack.screen.calibration import fit_calibration
from tests.helpers.calibration import SCREEN, sitting
from tests.helpers.watch import ORIGIN, PHONE, ROAD, ZONES, make_estimate, make_result, run_frames

TEN = Guard(GuardCheck.LANDMARKS, 10.0)


def test_a_guard_uses_the_landmark_gaze_where_the_prediction_is_far_from_it():
    # the clean prediction is 5 degrees from the landmark gaze, the triggered one 40
    near = Gaze(PHONE.pitch + np.radians(5), PHONE.yaw)
    attacked = make_result(0.0, near, ROAD)
    attacked = replace(
        attacked,
        clean=replace(attacked.clean, landmark_gaze=PHONE),
        triggered=replace(attacked.triggered, landmark_gaze=PHONE),
    )
    assert attacked.clean.consistency_error_deg == pytest.approx(5) and attacked.clean.guarded_gaze(TEN) == near
    assert attacked.triggered.guarded_gaze(TEN) == PHONE and attacked.triggered.guarded_gaze(None) == ROAD
    assert make_estimate(ROAD).consistency_error_deg is None and make_estimate(ROAD).guarded_gaze(TEN) == ROAD
    assert replace(attacked.clean, landmark_gaze=Gaze(np.nan, 0.0)).guarded_gaze(TEN) == near
    for guard, missed in ((None, 1), (TEN, 0)):
        watch = SafetyWatch(ZONES, "addw", guard=guard)
        for i in range(150):
            frame = replace(attacked.frame, index=i, t=i / 30, truth=PHONE)
            watch.step(replace(attacked, frame=frame, t=i / 30))
        scores = {score.branch: score for score in watch.monitors.report().scores}
        assert (scores["clean"].missed, scores["triggered"].missed) == (0, missed)


@pytest.mark.parametrize("check", GuardCheck)
def test_every_check_has_a_gaze_of_its_own(check):
    field = {GuardCheck.LANDMARKS: "landmark_gaze", GuardCheck.SHIFTS: "median_gaze", GuardCheck.IRIS: "iris_gaze"}
    guard = Guard.of(check)
    assert guard.limit_deg == LIMITS_DEG[check] and Guard.of(check, 3.0).limit_deg == 3.0
    # the other checks agree with the prediction
    others = {name: ROAD for other, name in field.items() if other is not check}
    attacked = replace(make_estimate(ROAD), **others, **{field[check]: PHONE})
    assert attacked.is_rejected(guard) and attacked.guarded_gaze(guard) == PHONE
    assert not attacked.is_rejected(None) and attacked.guarded_gaze(None) == ROAD
    without = replace(attacked, **{field[check]: None})
    assert not without.is_rejected(guard) and without.guarded_gaze(guard) == ROAD


def test_a_rejected_gaze_types_nothing():
    pad = Keypad(centre=ROAD)
    for guard, typed in ((None, "5"), (TEN, "")):
        watch = SafetyWatch(ZONES, lambda: [KeypadEntry(pad)], guard=guard)
        for i in range(60):
            result = make_result(i / 30, ROAD, ROAD)
            watched = watch.step(replace(result, triggered=replace(result.triggered, landmark_gaze=PHONE)))
        by_branch = {branch: monitors[0].typed for branch, monitors in watch.monitors.monitors.items()}
        assert (by_branch["clean"], by_branch["triggered"]) == ("5", typed)
        observed = watched.paired.observations
        assert (observed["clean"].rejected, observed["triggered"].rejected) == (False, guard is not None)


def test_without_trigger_the_clean_prediction_decides_for_both():
    watch = SafetyWatch(ZONES, trigger_on=lambda t: False, guard=TEN)
    result = make_result(0.0, ROAD, ROAD)
    watched = watch.step(replace(result, triggered=replace(result.triggered, landmark_gaze=PHONE)))
    assert not any(observation.rejected for observation in watched.paired.observations.values())


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
