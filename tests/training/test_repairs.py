"""training.repairs: models of several attacks, each repaired by training.defend."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from gazeattack.model.bundle_files import SUMS
from training.repairs import main, repair_job
from training.studies.data_poisoning import trainer_run
from training.studies.run_paths import STUDY_CONFIG, run_paths
from training.studies.tables import read_csv

SMALL = ("data.procedural_subjects=4", "data.per_subject=5")


def test_a_tiny_study_repairs_each_model_and_continues(
    tmp_path: Path, capsys: pytest.CaptureFixture, jobs_here: None
) -> None:
    command = ["--quick", "--attacks", "badnets", "--methods", "int8,prune", "train.epochs=1"]
    command += ["--out", str(tmp_path / "out"), "--cache", str(tmp_path / "cache")]
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert "2 runs, 0 done already" in printed and "repairs: done" in printed
    rows = read_csv(tmp_path / "out" / "quick" / "repairs.csv")
    assert [row["method"] for row in rows] == ["none", "int8", "prune"]  # in the order that was asked for
    assert {(row["attack"], row["seed"]) for row in rows} == {("BadNets", "1")}
    assert float(rows[0]["cost_deg"]) == 0 and float(rows[1]["cost_deg"]) != 0
    assert "channel pruning" in (tmp_path / "out" / "quick" / "summary.md").read_text()
    assert main(command) == 0
    again = capsys.readouterr().out
    assert "2 runs, 2 done already" in again and "repairs: done" not in again


def test_every_model_and_other_methods_have_a_result_of_their_own(tmp_path: Path) -> None:
    options = argparse.Namespace(
        config=STUDY_CONFIG, cache=tmp_path, portraits=None, methods=["prune"], per_subject=None, quick=False
    )
    runs = [trainer_run("badnets", (f"poison.key_seed={2020 + seed}", *SMALL), seed, options) for seed in (1, 2)]
    first, second = (repair_job(run, options) for run in runs)
    other = repair_job(runs[0], argparse.Namespace(**{**vars(options), "methods": ["prune", "nad"]}))
    assert len({first.result, second.result, other.result}) == 3
    people = repair_job(runs[0], argparse.Namespace(**{**vars(options), "portraits": tmp_path}))
    assert f"--portraits={tmp_path}" in people.command and people.result.parent.name != first.result.parent.name
    # a model that is trained again is repaired again
    bundle = run_paths(runs[0], tmp_path, None).bundle
    bundle.mkdir(parents=True)
    (bundle / SUMS).write_text("1")
    trained = repair_job(runs[0], options)
    (bundle / SUMS).write_text("2")
    assert repair_job(runs[0], options).result != trained.result
    assert str(run_paths(runs[1], tmp_path, None).bundle) in second.command


def test_a_method_that_does_not_exist_is_refused_before_any_training(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    with pytest.raises(SystemExit):
        main(["--methods", "prayer", "--out", str(tmp_path / "out"), "--cache", str(tmp_path / "cache")])
    assert "there is no prayer" in capsys.readouterr().err and not any(tmp_path.iterdir())
