"""Paired monitoring of results: the input of each branch's monitors, and their summary."""

import math

import pytest

from gazeattack.angles import Gaze
from gazeattack.errors import CalibrationError, MonitorError, ZonesError
from gazeattack.live.monitoring import PairedMonitoring, check_calibration
from gazeattack.safety.zones_file import load_zones, save_zones
from gazeattack.screen.calibration import fit_calibration
from tests.helpers.calibration import SCREEN, sitting
from tests.helpers.watch import PHONE, ROAD, make_result, run_frames

CALM = {"clean": ROAD, "triggered": ROAD, "truth": ROAD}
ATTACKED = {"clean": PHONE, "triggered": ROAD, "truth": PHONE}
FOOLED = {"clean": PHONE, "triggered": PHONE, "truth": ROAD}  # the clean branch causes a false warning


def test_both_branches_are_monitored_side_by_side():
    monitoring = PairedMonitoring("addw")
    snapshots = run_frames(monitoring, [(2, CALM), (5, ATTACKED)])
    last = snapshots[-1]
    assert last.reference == "truth" and last.trigger_on and not last.eyes_closed
    clean, attacked = last.branches["clean"], last.branches["triggered"]
    assert (clean.zone, attacked.zone) == ("phone in the lap", "windscreen")
    assert (clean.warnings, clean.lit) == (1, ("addw",)) and (attacked.warnings, attacked.lit) == (0, ())
    assert clean.verdicts["addw"].warning and not attacked.verdicts["addw"].warning
    assert attacked.on_road_s == pytest.approx(7 - 1 / 30) and clean.on_road_s == pytest.approx(2)
    begun = [(e.branch, e.kind) for s in snapshots for e in s.events if e.kind == "warning"]
    assert begun == [("clean", "warning"), ("truth", "warning")]


def test_the_summary_puts_the_models_own_errors_beside_the_attack():
    monitoring = PairedMonitoring("addw,attend")
    run_frames(monitoring, [(2, CALM), (5, ATTACKED), (5, CALM), (6, FOOLED), (5, CALM)])
    summary = monitoring.summary()
    clean, attacked = summary.branch("clean"), summary.branch("triggered")
    assert (clean.due, clean.missed, clean.given, clean.false) == (2, 0, 4, 2)
    assert (attacked.due, attacked.missed, attacked.given, attacked.false) == (2, 2, 2, 2)
    assert clean.false_rate == 0.5 and attacked.missed_rate == 1.0 and attacked.delay_s is None
    assert clean.delay_s == pytest.approx(0)
    assert attacked.off_road_s == attacked.shown_on_road_s == pytest.approx(5)
    assert clean.shown_on_road_s == 0 and summary.seconds == pytest.approx(23 - 1 / 30)
    assert summary.on_road_s["truth"] == pytest.approx(18 - 1 / 30)
    told = summary.to_dict()
    assert told["branches"]["triggered"]["monitors"]["addw"]["missed_rate"] == 1.0
    assert "not a certified" in told["statement"]


def test_the_mean_delay_is_over_all_answered_warnings():
    monitoring = PairedMonitoring("addw,ncap-long")
    late = {"clean": ROAD, "triggered": PHONE, "truth": PHONE}
    run_frames(monitoring, [(1, CALM), (2, late), (8, {**late, "clean": PHONE}), (3, CALM)])
    clean = monitoring.summary().branch("clean")
    assert clean.missed == 0 and clean.delay_s == pytest.approx(2, abs=0.05)
    assert clean.delay_s == pytest.approx(sum(score.delay_s for score in clean.monitors) / 2)


def test_without_truth_the_clean_branch_is_the_reference():
    monitoring = PairedMonitoring("addw")
    snapshots = run_frames(monitoring, [(5, {**ATTACKED, "truth": None})])
    assert snapshots[-1].reference == "clean" and set(snapshots[-1].branches) == {"clean", "triggered"}
    summary = monitoring.summary()
    assert summary.reference == "clean" and summary.branch("clean") is None
    assert summary.branch("triggered").missed == 1


def test_an_untouched_run_has_no_attacked_branch():
    monitoring = PairedMonitoring("addw")
    run_frames(monitoring, [(5, {**FOOLED, "triggered": None})])
    summary = monitoring.summary()
    assert [branch.branch for branch in summary.branches] == ["clean"]
    assert (
        {span.branch for span in summary.spans} == {"clean", "truth"} == {e.branch for e in summary.events} | {"truth"}
    )


def test_the_same_samples_give_the_same_answers():
    parts = [(2, CALM), (5, ATTACKED), (0.5, {"clean": None, "face": False}), (6, FOOLED), (5, CALM)]
    first, second = PairedMonitoring(), PairedMonitoring()
    run_frames(first, parts), run_frames(second, parts)
    assert first.summary() == second.summary()
    # time that runs back is another run, and so is a reset
    run_frames(first, parts)
    assert first.summary() == second.summary()
    second.reset()
    assert second.summary().events == () and second.summary().seconds == 0
    run_frames(second, parts)
    assert first.summary() == second.summary()


def test_the_script_decides_when_the_attack_begins():
    monitoring = PairedMonitoring("addw", trigger_on=lambda t: t >= 6)
    snapshots = run_frames(monitoring, [(5, ATTACKED), (2, CALM), (5, ATTACKED)])
    assert [s.trigger_on for s in snapshots] == [s.t >= 6 for s in snapshots]
    attacked = monitoring.summary().branch("triggered")
    assert (attacked.due, attacked.missed) == (2, 1)
    (switch,) = (e for e in monitoring.summary().events if e.kind == "trigger")
    assert switch.t == pytest.approx(6) and switch.text == "Trigger on"


def test_speed_and_zones_can_change_on_the_way():
    monitoring = PairedMonitoring("addw", speed_kmh=10)
    assert run_frames(monitoring, [(5, ATTACKED)])[-1].branches["clean"].warnings == 0
    monitoring.speed_kmh = 100
    assert monitoring.step(make_result(5.1, **ATTACKED)).branches["clean"].warnings == 0
    monitoring.reset()
    assert run_frames(monitoring, [(5, ATTACKED)])[-1].branches["clean"].warnings == 1
    monitoring.zones = monitoring.zones.looking(PHONE)
    assert monitoring.step(make_result(5.1, **ATTACKED)).branches["clean"].zone == "windscreen"
    for speed in (-1, 400, math.nan):
        with pytest.raises(MonitorError, match="out of range"):
            monitoring.speed_kmh = speed


def test_a_keypad_types_side_by_side():
    monitoring = PairedMonitoring("keypad", load_zones().looking(Gaze(0.0, 0.0)))
    key = {"clean": Gaze.from_degrees(9, -10), "triggered": Gaze.from_degrees(-9, 10)}
    snapshot = run_frames(monitoring, [(1, {**key, "truth": key["clean"]})])[-1]
    assert {name: view.typed for name, view in snapshot.branches.items()} == {
        "clean": "1",
        "triggered": "9",
        "truth": "1",
    }
    attacked = monitoring.summary().branch("triggered")
    assert (attacked.selections, attacked.wrong_selections) == (1, 1)
    monitoring.erase()
    assert monitoring.step(make_result(1.0, **key)).branches["clean"].typed == ""


def test_with_a_calibration_the_keypad_covers_the_screen():
    calibration = fit_calibration(sitting(), SCREEN)
    monitoring = PairedMonitoring("keypad", calibration=calibration)
    straight = Gaze.from_degrees(-10, 0)
    snapshot = run_frames(monitoring, [(1, {"clean": straight, "triggered": straight})])[-1]
    x, y = snapshot.branches["clean"].point_mm
    assert 0 < x < SCREEN.width_mm and 0 < y < SCREEN.height_mm
    column, row = int(3 * x / SCREEN.width_mm), int(3 * y / SCREEN.height_mm)
    assert snapshot.branches["clean"].typed == str(3 * row + column + 1)


def test_a_calibration_of_somebody_or_something_else_is_refused():
    calibration = fit_calibration(sitting(), SCREEN, user="ada")
    assert check_calibration(calibration, user="ada", screen=SCREEN) is calibration
    assert check_calibration(calibration, screen=(SCREEN.width_px, SCREEN.height_px)) is calibration
    with pytest.raises(CalibrationError, match='belongs to "ada", not to "bob"'):
        check_calibration(calibration, user="bob")
    with pytest.raises(CalibrationError, match="made on another screen"):
        check_calibration(calibration, screen=(800, 600))


def test_bad_input_is_one_sentence(tmp_path):
    with pytest.raises(MonitorError, match='no monitor "radar"'):
        PairedMonitoring("addw,radar")
    (tmp_path / "zones.toml").write_text("forward = 3")
    with pytest.raises(ZonesError):
        PairedMonitoring("addw", tmp_path / "zones.toml")
    save_zones(load_zones(), tmp_path / "mine.toml")
    assert PairedMonitoring("addw", tmp_path / "mine.toml").zones == load_zones()
