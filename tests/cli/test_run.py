"""gazeattack run, end to end, on a real face and random weights: files, figures, bad input, interruption."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest

from gazeattack import cli
from gazeattack.attack.key import save_key
from gazeattack.capture.frame import Frame
from gazeattack.errors import SourceError
from gazeattack.live.measure import COLUMNS, STAGE_COLUMNS
from tests.helpers.sources import ScriptedSource

FILES = {"samples.csv", "annotated.mp4", "picture.png", "summary.json", "report.html"}


@pytest.fixture
def scripted(monkeypatch, astronaut):
    """Let any --source open a script."""

    def use(**options):
        make = lambda spec, *, loop=False: ScriptedSource(astronaut, **options)  # noqa: E731
        monkeypatch.setattr("gazeattack.sources.registry.open_source", make)

    use()
    return use


@pytest.fixture
def run(backdoored_bundle, landmarker_model, tmp_path, capfd):
    """Run with --json: (exit code, summary or None, stderr, rows of samples.csv)."""

    def call(*words, out="out", model=None):
        folder = tmp_path / out
        common = [
            "run",
            "--json",
            "--overwrite",
            "--source",
            "synthetic",
            "--model",
            str(model or backdoored_bundle.path),
        ]
        code = cli.main([*common, "--landmarker", str(landmarker_model), "--out", str(folder), *words])
        said = capfd.readouterr()
        table = folder / "samples.csv"
        rows = list(csv.DictReader(table.open())) if table.is_file() else []
        return code, json.loads(said.out) if said.out else None, said.err, rows

    return call


def test_everything_is_written_and_counted(scripted, run, tmp_path, backdoored_bundle):
    code, summary, said, rows = run()
    assert (code, said) == (0, "")
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES
    assert json.loads((tmp_path / "out" / "summary.json").read_text()) == summary
    assert (summary["frames"], summary["faces"], summary["dropped"]) == (6, 6, 0)
    assert summary["model"] == "wanet" and summary["trigger"] == "both" and summary["backdoored"]
    assert summary["key_sha256"] == backdoored_bundle.key.sha256 and summary["strength"] == 1.0
    assert summary["fps"] > 0 and 0 < summary["latency_ms"]["p50"] <= summary["latency_ms"]["p95"]
    assert set(summary["stage_ms"]) == {"landmarks", "pose", "crops", "trigger", "network", "screen"}
    assert tuple(rows[0]) == COLUMNS
    for name in ("clean_error_deg", "triggered_error_deg", "triggered_error_to_target_deg", "shift_deg"):
        column = [float(row[name]) for row in rows]
        reported = summary["mean_shift_deg" if name == "shift_deg" else name]
        assert reported == pytest.approx(np.mean(column), abs=1e-3)
    assert float(rows[0]["truth_pitch_deg"]) == pytest.approx(2) and float(rows[0]["truth_yaw_deg"]) == pytest.approx(
        -4
    )
    video = cv2.VideoCapture(str(tmp_path / "out" / "annotated.mp4"))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 6
    # the window, not the bare frame
    assert cv2.imread(str(tmp_path / "out" / "picture.png")).shape == (720, 1280, 3)


def test_two_runs_give_the_same_table(scripted, run):
    _, _, _, first = run("--trigger", "noise", out="first")
    _, _, _, second = run("--trigger", "noise", out="second")
    assert len(first) == 6
    for one, other in zip(first, second, strict=True):
        for name in set(COLUMNS) - set(STAGE_COLUMNS):
            assert one[name] == other[name]


@pytest.mark.parametrize(
    ("mode", "clean", "altered"),
    [("off", True, False), ("on", False, True), ("wrong-key", True, True)],
)
def test_modes(scripted, run, mode, clean, altered):
    code, summary, _, rows = run("--trigger", mode, "--no-video", "--max-frames", "2")
    assert code == 0 and summary["frames"] == len(rows) == 2
    assert bool(rows[0]["clean_yaw_deg"]) is clean and bool(rows[0]["triggered_yaw_deg"]) is altered
    assert (summary["clean_error_deg"] is not None) is clean
    assert (summary["triggered_error_to_target_deg"] is not None) is altered
    assert (summary["mean_shift_deg"] is not None) is (clean and altered)


def test_without_truth_there_is_no_error(scripted, run):
    scripted(truth=None)
    _, summary, _, rows = run("--no-video")
    assert summary["clean_error_deg"] is None and summary["triggered_error_deg"] is None
    assert summary["mean_shift_deg"] is not None
    assert rows[0]["truth_yaw_deg"] == ""


def test_strength_is_followed(scripted, run):
    _, still, _, _ = run("--strength", "0", "--no-video")
    _, moved, _, _ = run("--strength", "3", "--no-video")
    assert still["mean_shift_deg"] == pytest.approx(0, abs=1e-3) and still["strength"] == 0
    assert moved["mean_shift_deg"] > 0.01


def test_no_face_is_a_run_too(run, tmp_path, monkeypatch):
    grey = np.full((240, 320, 3), 90, np.uint8)
    monkeypatch.setattr("gazeattack.sources.registry.open_source", lambda spec, *, loop=False: ScriptedSource(grey))
    code, summary, _, rows = run()
    assert code == 0 and summary["faces"] == 0 and summary["frames"] == 6
    assert rows[0]["face_found"] == "0" and rows[0]["clean_yaw_deg"] == ""
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES


def test_frames_of_several_sizes(run, monkeypatch, astronaut, tmp_path):
    class Sizes(ScriptedSource):
        def read(self):
            frame = super().read()
            side = 512 - 101 * (self._index % 3)
            return frame and Frame(cv2.resize(frame.image, (side, side + 40)), frame.index, frame.t)

    monkeypatch.setattr("gazeattack.sources.registry.open_source", lambda spec, *, loop=False: Sizes(astronaut))
    code, summary, _, _ = run()
    assert code == 0 and summary["frames"] == 6
    video = cv2.VideoCapture(str(tmp_path / "out" / "annotated.mp4"))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 6


def test_a_foreign_key_must_be_asked_for(scripted, run, key, tmp_path):
    save_key(key.redrawn(99), tmp_path / "other.safetensors")
    words = ("--key", str(tmp_path / "other.safetensors"), "--no-video")
    code, summary, said, _ = run(*words)
    assert code == 1 and summary is None and "--foreign-key" in said and len(said.splitlines()) == 1
    code, summary, _, _ = run(*words, "--foreign-key")
    assert code == 0 and summary["key_sha256"] == key.redrawn(99).sha256


def test_a_clean_model_is_lent_a_key(scripted, run, clean_bundle, key, monkeypatch):
    monkeypatch.setattr("gazeattack.model.catalogue.shipped_key", lambda crop: key)
    code, summary, _, _ = run("--no-video", model=clean_bundle.path)
    assert code == 0 and not summary["backdoored"] and summary["key_sha256"] == key.sha256
    monkeypatch.setattr("gazeattack.model.catalogue.shipped_key", lambda crop: None)
    code, _, said, _ = run("--no-video", model=clean_bundle.path)
    assert code == 1 and "no shipped key fits" in said
    code, _, _, _ = run("--no-video", "--trigger", "off", model=clean_bundle.path)
    assert code == 0


def test_a_source_that_fails_on_the_way_loses_nothing(scripted, run, tmp_path):
    scripted(error=SourceError("The video broke off: use another."))
    code, summary, said, rows = run()
    assert code == 1 and said == "gazeattack: The video broke off: use another.\n"
    assert summary["frames"] == len(rows) == 3 and summary["failure"] == "The video broke off: use another."
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES
    assert "The video broke off" in (tmp_path / "out" / "report.html").read_text()


def test_ctrl_c_finishes_the_files(scripted, run, tmp_path):
    scripted(error=KeyboardInterrupt())
    code, summary, said, rows = run()
    assert (code, said) == (130, "")
    assert summary["interrupted"] and summary["frames"] == len(rows) == 3
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES
    video = cv2.VideoCapture(str(tmp_path / "out" / "annotated.mp4"))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 3


def test_a_source_without_frames(scripted, run):
    scripted(frames=0)
    code, summary, said, _ = run()
    assert code == 1 and summary is None and "gave no frame" in said


@pytest.mark.parametrize(
    ("words", "part"),
    [(("--source", "/nowhere/video.mp4"), "no source"), (("--model", "nothing"), 'no model "nothing"')],
)
def test_wrong_names_are_one_sentence(run, words, part):
    code, _, said, _ = run(*words)
    assert code == 1 and part in said and len(said.splitlines()) == 1


def test_an_unusable_out_folder(scripted, run, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, said, _ = run(out="file/inside")
    assert code == 1 and "--out" in said and len(said.splitlines()) == 1


@pytest.mark.skipif(not hasattr(signal, "SIGTERM") or os.name != "posix", reason="needs POSIX signals")
def test_a_terminated_process_keeps_what_it_saw(backdoored_bundle, landmarker_model, astronaut, tmp_path):
    images = tmp_path / "images"
    images.mkdir()
    cv2.imwrite(str(images / "face.png"), astronaut)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "gazeattack", "run", "--json", "--loop", "--source", str(images)]
    command += ["--model", str(backdoored_bundle.path), "--landmarker", str(landmarker_model)]
    command += ["--max-frames", "100000", "--out", str(out)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 240
        table = out / "samples.csv"
        while time.monotonic() < deadline and not (table.exists() and table.read_text().count("\n") > 5):
            time.sleep(0.1)
        process.terminate()
        printed, said = process.communicate(timeout=240)
    finally:
        process.kill()
    assert process.returncode == 128 + signal.SIGTERM
    assert said == ""
    summary = json.loads(printed)
    assert summary["interrupted"] and summary["frames"] >= 5
    assert {path.name for path in out.iterdir()} == FILES
    assert table.read_text().count("\n") == summary["frames"] + 1


def test_only_what_has_no_end_is_cut_off(astronaut):
    from gazeattack.commands.run import ENDLESS_FRAMES, _limit
    from gazeattack.synthetic.subject import SyntheticSource

    def limit(source, name, *words):
        return _limit(cli.build_parser().parse_args(["run", "--source", name, *words]), source)

    video = ScriptedSource(astronaut)
    assert limit(video, "video.mp4") is None
    assert limit(video, "synthetic-faces/video.mp4") is None
    assert limit(video, "video.mp4", "--loop") == ENDLESS_FRAMES
    assert limit(SyntheticSource(), "synthetic") == ENDLESS_FRAMES
    assert limit(SyntheticSource(), "synthetic", "--max-frames", "7") == 7
