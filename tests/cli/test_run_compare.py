"""gazeattack run --compare: the columns of the second model, the report, replays, and what is refused."""

import csv
import json
import re
from html import unescape

import cv2
import pytest

from gazeattack import cli
from gazeattack.angles import Gaze
from gazeattack.live.measure import COLUMNS
from gazeattack.model.crop import CropSpec
from tests.helpers.bundles import write_bundle
from tests.helpers.sources import ScriptedSource


@pytest.fixture
def run(backdoored_bundle, clean_bundle, landmarker_model, tmp_path, capfd, monkeypatch, astronaut):
    """Run with --compare: (exit code, summary or None, stderr, rows, page)."""
    monkeypatch.setattr(
        "gazeattack.sources.registry.open_source", lambda spec, *, loop=False: ScriptedSource(astronaut)
    )

    def call(*words, out="out", second=clean_bundle.path):
        folder = tmp_path / out
        words = ["run", "--json", "--no-video", "--model", str(backdoored_bundle.path), "--out", str(folder), *words]
        words += [] if second is None else ["--compare", str(second)]
        code = cli.main([*words, "--landmarker", str(landmarker_model)])
        said = capfd.readouterr()
        if code:
            return code, None, said.err, [], ""
        rows = list(csv.DictReader((folder / "samples.csv").open(newline="")))
        return code, json.loads(said.out), said.err, rows, (folder / "report.html").read_text(encoding="utf-8")

    return call


def test_the_columns_come_last_and_the_report_shows_them(run):
    code, summary, _, rows, page = run()
    assert code == 0 and summary["compared"] == "clean" and summary["compared_kind"] == "clean"
    new = [name for name in COLUMNS if name.startswith("compared_")]
    assert tuple(rows[0]) == COLUMNS and COLUMNS[-len(new) :] == tuple(new) and len(new) == 8
    assert all(rows[0][name] for name in new)
    for name in new[4:]:
        column = [float(row[name]) for row in rows]
        assert summary[name] == pytest.approx(sum(column) / len(column), abs=1e-3)
    text = unescape(page)
    assert "Both models on the same crops" in text and "“wanet” (backdoored) and “clean” (clean)" in text
    assert f"{summary['compared_shift_deg']:.1f}°" in text and "clean: angle between its branches" in text
    assert "--compare" in text


def test_without_compare_the_first_columns_are_the_same(run):
    _, _, _, beside, _ = run(out="beside")
    _, summary, _, alone, page = run(out="alone", second=None)
    assert summary["compared"] is None and "Both models" not in page
    for one, other in zip(beside, alone, strict=True):
        for name in COLUMNS:
            if name.startswith("compared_"):
                assert other[name] == ""
            elif not name.endswith("_ms"):
                assert one[name] == other[name]


def test_the_monitors_count_the_missed_warnings_of_both_models(run, astronaut, monkeypatch):
    frames = [100]
    down = Gaze.from_degrees(-35, 0)
    monkeypatch.setattr(
        "gazeattack.sources.registry.open_source",
        lambda spec, *, loop=False: ScriptedSource(astronaut, frames[0], truth=down),
    )
    words = ("--monitor", "ncap", "--trigger", "both")
    code, summary, said, _, page = run(*words)
    assert code == 0, (code, said)
    for branch in ("clean", "triggered"):
        first, second = (summary[name]["branches"][branch] for name in ("safety", "compared_safety"))
        assert first["due"] == second["due"] > 0
    row = re.search("warnings missed without trigger</th><td>([^<]*)</td><td>([^<]*)</td>", page)
    counted = [summary[name]["branches"]["clean"] for name in ("safety", "compared_safety")]
    assert list(row.groups()) == [f"{one['missed']} of {one['due']}" for one in counted]
    frames[0] = 6
    code, summary, said, _, page = run(*words, out="alone", second=None)
    assert code == 0, (code, said)
    assert summary["compared_safety"] is None and "warnings missed without trigger" not in page


def test_a_run_with_a_second_model_can_be_replayed(run, tmp_path, astronaut, monkeypatch):
    run(out="first")
    monkeypatch.undo()
    frames = tmp_path / "first" / "frames.mjpeg"
    encoded = cv2.imencode(".jpg", astronaut)[1].tobytes()
    frames.write_bytes(encoded * 6)
    # --source now opens the recording itself
    code, summary, _, rows, _ = run("--source", str(tmp_path / "first"), out="again")
    assert code == 0 and summary["frames"] == 6 and summary["compared"] == "clean"
    assert rows[0]["truth_pitch_deg"] == "2.0000" and rows[0]["compared_clean_yaw_deg"]


@pytest.mark.parametrize("other", ["nobody", "crop"])
def test_a_second_model_that_cannot_be_compared_is_one_sentence(run, tmp_path, other):
    second = other
    if other == "crop":
        second = write_bundle(tmp_path / "large", crop=CropSpec(height=72, width=120, focal=1920.0))
    code, _, said, _, _ = run(second=second)
    assert code == 1 and said.count("\n") == 1 and said.startswith("gazeattack: ")
    assert ('no model "nobody"' if other == "nobody" else "compare models that take the same crop") in said
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").glob("*.csv"))
