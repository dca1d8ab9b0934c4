"""gazeattack run --monitor: events, figures, the page's part on safety, and one sentence for every wrong word."""

import csv
import json
import time
from dataclasses import replace

import pytest

from gazeattack import cli
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.guard import LIMITS_DEG, GuardCheck
from gazeattack.live.recording import LiveRecorder
from gazeattack.live.settings import PipelineSettings
from gazeattack.report.run.page import render
from gazeattack.report.run.safety import SafetyReport
from gazeattack.report.run.timeline import Lane, timeline
from gazeattack.safety.observation import Attention, Event
from gazeattack.safety.score import EVENT_COLUMNS, Episode, Span
from gazeattack.safety.summary import SafetySummary
from gazeattack.screen.calibration import fit_calibration
from gazeattack.screen.calibration_file import save_calibration
from gazeattack.synthetic.drive import Drive, DriveSource, Look
from tests.helpers.calibration import SCREEN, sitting
from tests.helpers.report import make_report, make_result
from tests.helpers.sources import ScriptedSource

SHORT = Drive(
    looks=(Look(0.0, "windscreen", 10.0, 0.0), Look(0.3, "phone in the lap", -30.0, 2.0)), duration=3.0, trigger_at=1.0
)


@pytest.fixture
def sources(monkeypatch):
    """Let any --source open what `make` makes."""

    def use(make):
        monkeypatch.setattr("gazeattack.sources.registry.open_source", lambda spec, *, loop=False: make())

    use(lambda: DriveSource(drive=SHORT, fps=10))
    return use


@pytest.fixture
def run(backdoored_bundle, landmarker_model, tmp_path, capfd, monkeypatch):
    # the window's own tests draw it
    monkeypatch.setattr("gazeattack.commands.picture._window", lambda *_: None)

    def call(*words, out="out"):
        common = ["run", "--json", "--no-video", "--source", "synthetic", "--model", str(backdoored_bundle.path)]
        code = cli.main([*common, "--landmarker", str(landmarker_model), "--out", str(tmp_path / out), *words])
        said = capfd.readouterr()
        return code, json.loads(said.out) if said.out else None, said.err

    return call


def events(folder):
    with (folder / "events.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert tuple(rows[0]) == EVENT_COLUMNS
    return [dict(zip(EVENT_COLUMNS, row, strict=True)) for row in rows[1:]]


def test_the_same_source_gives_the_same_events_bit_for_bit(sources, run, tmp_path):
    for out in ("first", "second"):
        code, summary, said = run("--monitor", "addw,ncap,attend", "--trigger", "script", out=out)
        assert (code, said) == (0, "")
    first, second = ((tmp_path / out / "events.csv").read_bytes() for out in ("first", "second"))
    assert first == second
    told = events(tmp_path / "first")
    assert [(e["t"], e["text"]) for e in told if e["kind"] == "trigger"] == [("1.000", "Trigger on")]
    assert {"t": "2.400", "branch": "truth", "monitor": "attend"}.items() <= next(
        e for e in told if e["branch"] == "truth"
    ).items()
    safety = summary["safety"]
    assert safety["reference"] == "truth" and safety["speed_kmh"] == 100 and safety["events"] == len(told)
    assert safety["monitors"] == ["addw", "ncap-long", "ncap-vats", "ncap-unresponsive", "attend"]
    assert safety["trigger_switched"] == [[1.0, "Trigger on"]]
    assert safety["branches"]["clean"]["monitors"]["attend"]["due"] == 1
    assert safety["on_road_s"]["truth"] == pytest.approx(0.4, abs=0.11)
    page = (tmp_path / "first" / "report.html").read_text()
    assert "not a certified driver monitor" in page and "Driver monitors" in page and "trigger on" in page
    assert "--monitor addw,ncap,attend" in page and "--trigger script" in page


def test_both_attacks_all_along(sources, run, tmp_path):
    run("--monitor", "attend", "--trigger", "both", "--speed", "30", "--max-frames", "4")
    told = events(tmp_path / "out")
    assert [(e["t"], e["text"]) for e in told] == [("0.000", "Trigger on")]
    assert "--speed 30" in (tmp_path / "out" / "report.html").read_text()


def test_a_guard_is_named_wherever_its_consequences_stand(sources, run, tmp_path):
    guard = ("--monitor", "attend", "--guard", "10", "--max-frames", "4")
    code, summary, said = run(*guard)
    assert code == 1 and summary is None and "predicts no eye landmarks" in said and len(said.splitlines()) == 1
    code, summary, _ = run(*guard, "--model", "wanet")
    assert code == 0 and summary["safety"]["guard_deg"] == 10
    assert summary["triggered_gap_deg"] > 10 > summary["clean_gap_deg"]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "more than 10° from the landmark gaze" in page and "--guard 10" in page
    run("--monitor", "attend", "--max-frames", "4")
    assert "A guard was on" not in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.parametrize("check", ["shifts", "iris"])
def test_other_checks_need_no_landmarks(sources, run, tmp_path, check):
    words = ("--monitor", "attend,keypad", "--guard", "--guard-check", check, "--max-frames", "2")
    code, summary, said = run(*words)
    assert (code, said) == (0, "")
    assert (summary["safety"]["guard_check"], summary["safety"]["guard_deg"]) == (check, LIMITS_DEG[GuardCheck(check)])
    page = (tmp_path / "out" / "report.html").read_text()
    assert f"--guard --guard-check {check}" in page
    assert {"shifts": "four shifted crops", "iris": "iris landmarks"}[check] in page


@pytest.mark.parametrize("degrees", ["0", "-5", "nan", "200", "ten"])
def test_a_guard_is_an_angle(sources, run, degrees):
    code, _, said = run("--monitor", "attend", "--guard", degrees)
    assert code == 2 and "degrees above 0 and at most 180" in said


def test_a_run_without_trigger_shows_the_models_errors_alone(sources, run, tmp_path):
    _, summary, _ = run("--monitor", "attend", "--trigger", "off")
    assert set(summary["safety"]["branches"]) == {"clean"}
    assert {e["branch"] for e in events(tmp_path / "out")} <= {"clean", "truth"}
    assert ">with trigger<" not in (tmp_path / "out" / "report.html").read_text()


def test_without_truth_the_page_says_what_stands_in(sources, run, astronaut, tmp_path):
    sources(lambda: ScriptedSource(astronaut, truth=None))
    code, summary, _ = run("--monitor", "all")
    assert code == 0 and summary["safety"]["reference"] == "clean"
    assert (
        "the branch <strong>without trigger</strong> is the reference" in (tmp_path / "out" / "report.html").read_text()
    )


def test_without_monitors_nothing_is_said_of_safety(sources, run, tmp_path):
    _, summary, _ = run("--max-frames", "2")
    assert summary["safety"] is None and not (tmp_path / "out" / "events.csv").exists()
    assert "What the car is told" not in (tmp_path / "out" / "report.html").read_text()


def test_a_calibration_puts_the_gaze_on_the_screen(sources, run, tmp_path):
    path = tmp_path / "ada.json"
    save_calibration(fit_calibration(sitting(), SCREEN, user="ada"), path)
    size = f"{SCREEN.width_px}x{SCREEN.height_px}"
    words = ("--calibration", str(path), "--max-frames", "3")
    code, summary, _ = run(*words, "--user", "ada", "--screen", size)
    assert code == 0 and summary["calibration"]["user"] == "ada" and summary["safety"] is None
    with (tmp_path / "out" / "samples.csv").open(newline="") as table:
        assert all(float(row["clean_screen_x_mm"]) for row in csv.DictReader(table))
    assert f"--screen {size}" in (tmp_path / "out" / "report.html").read_text()
    for wrong, part in ((("--user", "bob"), 'not to "bob"'), (("--screen", "800x600"), "another screen")):
        code, summary, said = run(*words, *wrong)
        assert code == 1 and part in said and len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--monitor", "radar"), 'no monitor "radar"'),
        (("--monitor", "addw", "--zones", "/nowhere/zones.toml"), "cannot be read"),
        (("--monitor", "addw", "--zones", "BROKEN"), "not valid TOML"),
        (("--monitor", "addw", "--speed", "-3"), "out of range"),
        (("--monitor", "addw", "--trigger", "on"), "--trigger both"),
        (("--speed", "50"), "add --monitor"),
        (("--zones", "left-hand-drive"), "add --monitor"),
        (("--guard", "10"), "add --monitor"),
        (("--monitor", "addw", "--guard-check", "iris"), "add --guard"),
        (("--user", "ada"), "add --calibration"),
        (("--calibration", "/nowhere/ada.json"), "calibrate first"),
        (("--calibration", "BROKEN"), "damaged"),
    ],
)
def test_wrong_words_are_one_sentence(sources, run, tmp_path, words, part):
    (tmp_path / "broken").write_text("zone = [")
    code, summary, said = run(*(str(tmp_path / "broken") if word == "BROKEN" else word for word in words))
    assert code == 1 and summary is None and part in said and len(said.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_script_must_be_there_to_be_followed(sources, run, astronaut):
    sources(lambda: ScriptedSource(astronaut))
    code, _, said = run("--trigger", "script")
    assert code == 1 and "no script to follow" in said and len(said.splitlines()) == 1


def test_a_recording_replays_to_the_same_events(sources, run, astronaut, tmp_path, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr("gazeattack.commands.picture._window", lambda *_: None)
    recorder = LiveRecorder(tmp_path / "take", video=True)
    with ScriptedSource(astronaut, frames=8) as script:
        for frame in iter(script.read, None):
            moment = frame.t * 12
            recorder.put(FrameResult(replace(frame, t=moment), moment, PipelineSettings(), "wanet"))
            time.sleep(0.002)
    recorder.close()
    assert recorder.frames == 8
    for out in ("first", "second"):
        code, summary, said = run("--source", str(tmp_path / "take"), "--monitor", "attend", out=out)
        assert (code, said) == (0, "") and summary["frames"] == summary["faces"] == 8
        assert summary["safety"]["reference"] == "truth" and summary["safety"]["seconds"] == pytest.approx(2.8)
    first, second = ((tmp_path / out / "events.csv").read_bytes() for out in ("first", "second"))
    assert first == second and b"Trigger on" in first


def spans(*parts):
    return [Span("clean", zone, attention, begin, end) for zone, attention, begin, end in parts]


def test_the_timeline_joins_a_zone_across_a_blink():
    drawing = timeline(
        [Lane("clean", "clean")],
        spans(
            ("windscreen", Attention.ROAD, 0, 5),
            ("unknown", Attention.UNKNOWN, 5, 5.2),
            ("windscreen", Attention.ROAD, 5.2, 10),
            ("phone <lap>", Attention.AWAY, 10, 20),
        ),
        {("clean", "addw"): [Episode(12, 13, open=True)]},
        [Event(3, "triggered", "trigger", "trigger", "", "Trigger on")],
        {"addw": "EU"},
    )
    assert drawing.count('class="zone road"') == 1 and "windscreen, 0.0 to 10.0 s" in drawing
    assert "phone &lt;lap&gt;" in drawing and "<lap>" not in drawing
    # a warning still lit at the end lasts until then
    assert "warns from 12.0 to 20.0 s" in drawing and "trigger on" in drawing


def test_nothing_to_compare_is_said_so():
    summary = SafetySummary("clean", 0.0, (), {}, (), {}, (), 0)
    report = SafetyReport(summary, {"addw": "EU"}, "with trigger", "A <car>", 100.0)
    made = make_report([make_result(0)])
    page = render(type(made)(made.summary, made.tally, made.result, made.picture, made.command, None, report))
    assert "nothing to compare" in page and "No frame was monitored" in page and "A &lt;car&gt;" in page
