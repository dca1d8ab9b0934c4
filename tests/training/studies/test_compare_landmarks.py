"""The study of the check against what a network locates, in small."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.studies import compare_landmarks
from training.studies.run_paths import STUDY_CONFIG
from training.studies.tables import read_csv


def test_the_quick_study_ends_in_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs_here: None) -> None:
    monkeypatch.chdir(tmp_path)
    assert compare_landmarks.main(["--quick", "--seeds", "1", "--out", "out"]) == 0
    rows = read_csv(tmp_path / "out" / "quick" / "marks.csv")
    assert {(row["reads"], row["marks"]) for row in rows} == {
        (reads, marks) for reads in ("all features", "24 points") for marks in ("true", "false")
    }
    for name, most in (
        ("gap_deg", 90),
        ("triggered_gap_deg", 90),
        ("gap_auc", 1),
        ("gap_caught", 1),
        ("clean_gap_auc", 1),
    ):
        assert all(0 <= float(row[f"{name}_mean"]) <= most for row in rows)
    # both attackers' clean model is the same one, and they are not the same model
    by = {(row["reads"], row["marks"]): row for row in rows}
    for reads in ("all features", "24 points"):
        true, false = by[reads, "true"], by[reads, "false"]
        assert (
            true["clean_gap_auc_mean"] == false["clean_gap_auc_mean"] and true["gap_deg_mean"] != false["gap_deg_mean"]
        )
    told = (tmp_path / "out" / "quick" / "marks.md").read_text()
    assert "these figures mean nothing" in told and "TPR at 1 % FPR" in told


def test_both_attackers_start_from_one_clean_model() -> None:
    runs = [compare_landmarks.plan_run("24 points", marks, 2, (), STUDY_CONFIG) for marks in ("true", "false")]
    assert runs[0].after is not None and runs[1].after is not None
    assert runs[0].after.overrides == runs[1].after.overrides and runs[0].overrides != runs[1].overrides
