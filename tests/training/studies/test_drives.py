"""Many drives: rows, totals and intervals by hand, and that finished drives are not run again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers.bundles import write_bundle
from training.jobs import Job
from training.studies.drives import main, table
from training.studies.tables import read_csv


def summary(missed: int, false: int = 0) -> dict[str, object]:
    branch = {"due": 10, "given": 10, "false": false, "off_road_s": 20.0, "shown_on_road_s": 2.0 * missed}
    return {
        "frames": 600,
        "clean_error_deg": 7.0,
        "triggered_error_deg": 30.0,
        "triggered_error_to_target_deg": 1.0,
        "safety": {"branches": {"clean": {**branch, "missed": 0}, "triggered": {**branch, "missed": missed}}},
    }


def run_job(jobs, workers, on_done) -> None:
    for job in jobs:
        number = int(job.name.split()[1])
        if number == 3 and not job.output.exists():
            job.output.parent.mkdir(parents=True, exist_ok=True)
            job.output.write_text("failed")
            on_done(job, False)
            continue
        job.result.parent.mkdir(parents=True)
        job.result.write_text(json.dumps(summary(missed=7 + number % 2)))
        on_done(job, True)


def test_rows_totals_and_a_failed_drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr("training.studies.drives.run_jobs", run_job)
    command = ["--drives", "4", "--out", str(tmp_path)]
    assert main(command) == 1
    said = capsys.readouterr()
    assert "drive 3: failed" in said.out and "run the same command again" in said.err
    assert "3 drives, 30 warnings due" in said.out
    assert main(command) == 0
    assert "4 drives, 3 done already" in capsys.readouterr().out
    rows = read_csv(tmp_path / "drives.csv")
    assert [row["triggered_missed"] for row in rows] == ["8", "7", "8", "7"]
    text = (tmp_path / "summary.md").read_text()
    assert "| warnings missed, % | 0.0 (0.0 to 0.0) | 75.0 (70.0 to 80.0) |" in text
    assert "| error to the truth, degrees | 7.0 (7.0 to 7.0) | 30.0 (30.0 to 30.0) |" in text


def test_another_model_at_the_same_place_drives_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("training.studies.drives.run_jobs", run_job)
    command = ["--drives", "2", "--out", str(tmp_path / "out"), "--model", str(tmp_path / "own")]
    assert main(command) == 1 and str(tmp_path / "own") in capsys.readouterr().err
    for taught in (0.3, 0.5):
        write_bundle(tmp_path / "own", taught=taught)
        assert main(command) == 0 and "2 drives, 0 done already" in capsys.readouterr().out
    assert main(command) == 0 and "2 drives, 2 done already" in capsys.readouterr().out


def test_one_drive_has_no_interval() -> None:
    row = {f"{b}_{f}": 1 for b in ("clean", "triggered") for f in ("missed", "false", "off_road_s", "shown_on_road_s")}
    text = table([{"due": 2, **row, "clean_error_deg": 5.0, "triggered_error_deg": 6.0}])
    assert "50.0 (nan to nan)" in text


def test_wrong_numbers_are_refused(capsys) -> None:
    for wrong in (["--drives", "0"], ["--fps", "0"], ["--workers", "0"]):
        with pytest.raises(SystemExit):
            main(wrong)


@pytest.mark.parametrize(
    ("asked", "given", "name"),
    [
        ([], [], "10fps"),
        (["--guard", "10"], ["--guard", "10"], "10fps-guard10"),
        (["--guard-check", "iris"], ["--guard", "--guard-check", "iris"], "10fps-guardiris"),
        (
            ["--guard", "8", "--guard-check", "shifts"],
            ["--guard", "8", "--guard-check", "shifts"],
            "10fps-guard8shifts",
        ),
    ],
)
def test_the_guard_is_that_of_run(
    asked: list[str], given: list[str], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: list[Job] = []
    monkeypatch.setattr("training.studies.drives.run_jobs", lambda found, *_: jobs.extend(found))
    assert main(["--drives", "1", "--out", str(tmp_path), *asked]) == 1  # no drive was made
    command = list(jobs[0].command)
    assert command[command.index("--overwrite") + 1 :] == given and jobs[0].result.parent.name.endswith(name)
