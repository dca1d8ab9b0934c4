"""The study of attackers who expect the checks of inputs, in small."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.studies import adaptive
from training.studies.run_paths import STUDY_CONFIG
from training.studies.runner import StudyResult
from training.studies.tables import read_csv


def test_the_quick_study_ends_in_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs_here: None) -> None:
    monkeypatch.chdir(tmp_path)
    assert adaptive.main(["--quick", "--seeds", "1", "--out", "out", "--expect", "none,shifts"]) == 0
    rows = {row["expects"]: row for row in read_csv(tmp_path / "out" / "quick" / "adaptive.csv")}
    assert set(rows) == {"none", "shifts"}
    for row in rows.values():
        for name in ("shift_auc", "shift_tpr", "gap_auc", "gap_caught"):
            assert 0 <= float(row[f"{name}_mean"]) <= 1
    # another attacker is another model
    assert rows["none"]["benign_deg_mean"] != rows["shifts"]["benign_deg_mean"]
    table = (tmp_path / "out" / "quick" / "adaptive.md").read_text()
    assert "TPR at 1 % FPR" in table and "landmark gaze to truth, triggered (deg)" in table
    assert "landmarks to truth, triggered (px)" in table


def test_all_attackers_of_a_seed_start_from_one_clean_model() -> None:
    runs = [adaptive.plan_run(expects, 2, (), STUDY_CONFIG) for expects in adaptive.ATTACKERS]
    assert len({run.overrides for run in runs}) == 4
    assert len({run.after.overrides for run in runs if run.after is not None}) == 1


def test_names_have_commas_and_take_no_words_that_follow(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []
    monkeypatch.setattr(adaptive, "run_and_write", lambda runs, *_: asked.extend(runs) or StudyResult([], ()))
    adaptive.main(["--seeds", "1", "--expect", "shifts,none", "train.epochs=1"])
    assert [run.labels["expects"] for run in asked] == ["shifts", "none"]
    assert all(run.overrides[-1] == "train.epochs=1" for run in asked)
    for text in ("shifts,all", "", "shifts,"):
        with pytest.raises(SystemExit):
            adaptive.main([f"--expect={text}"])
        assert "give one of none" in capsys.readouterr().err
