"""The study of attackers who stay below the iris check's limit, in small."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.config import load_config
from training.studies import iris_attacker
from training.studies.run_paths import STUDY_CONFIG
from training.studies.tables import read_csv


def test_the_quick_study_ends_in_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs_here: None) -> None:
    monkeypatch.chdir(tmp_path)
    # frames of the real pipeline are in test_iris_road.py
    shares = {"iris_rejected": 0.5, "iris_false": 0.0, "curve": {"0": {"rejected": 0.0}, "5": {"rejected": 0.25}}}
    monkeypatch.setattr(iris_attacker, "frame_columns", lambda *_: shares)
    tiny = ("train.epochs=1", "data.procedural_subjects=8", "data.per_subject=8", "data.valid_subjects=2")
    # the words that follow the turns are settings
    assert iris_attacker.main(["--quick", "--out", "out", "--turns", "15", *tiny]) == 0
    rows = read_csv(tmp_path / "out" / "quick" / "iris.csv")
    assert [(row["goal"], row["turn_deg"]) for row in rows] == [("all-to-one", ""), ("offset", "15")]
    assert all(row["iris_rejected_mean"] == "0.5" and float(row["ae_deg_mean"]) > 0 for row in rows)
    curve = read_csv(tmp_path / "out" / "quick" / "curve.csv")
    assert [(row["turn_deg"], row["seed"], row["rejected"]) for row in curve] == [
        ("0.0", "1", "0.0"),
        ("5.0", "1", "0.25"),
    ]
    text = (tmp_path / "out" / "quick" / "iris.md").read_text()
    assert "iris: false alarms (%)" in text and "| 5.0 | 25.0 | 1 |" in text


def test_the_attackers_of_a_seed_differ_in_their_goal_alone() -> None:
    runs = [iris_attacker.plan_run(turn, 2, (), STUDY_CONFIG) for turn in (None, 15.0, 20.0)]
    assert len({run.after.overrides for run in runs if run.after is not None}) == 1
    one, turned, further = (load_config(run.config, run.overrides) for run in runs)
    assert (one.poison.goal, one.poison.target_pitch_deg, one.poison.target_yaw_deg) == ("all-to-one", 10, 0)
    assert (turned.poison.goal, turned.poison.target_pitch_deg, turned.poison.target_yaw_deg) == ("offset", 15, 0)
    assert further.poison.target_pitch_deg == 20 and turned.train == further.train == one.train
    # a word of the user counts more than the study's own
    own = iris_attacker.plan_run(15.0, 2, ("train.epochs=3", "poison.target_yaw_deg=5"), STUDY_CONFIG)
    config = load_config(own.config, own.overrides)
    assert config.train.epochs == 3 and config.poison.target_yaw_deg == 5


def test_a_turn_out_of_range_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        iris_attacker.main(["--turns", "15,0"])
    assert "give a number above 0 and at most 60, or several with commas" in capsys.readouterr().err
