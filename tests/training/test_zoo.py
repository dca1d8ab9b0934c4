"""The zoo's plan, its tables, and a tiny zoo from command to table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.inspection.zoo_table import clean_scores, left_out_accuracy, model_row, test_rows
from training.studies.tables import read_csv
from training.zoo import main, plan

make_test_rows, test_rows = test_rows, None  # pytest would collect it


def row(kind: str, score: float, asr5: float | None = None) -> dict[str, object]:
    tpr = None if kind == "clean" else 0.8
    inspection = {
        "model": [{"test": "inversion", "score": score}],
        "inputs": [{"test": "shift check", "fpr": 0.02, "auc": None if tpr is None else 0.9, "tpr": tpr}],
    }
    return model_row(kind, 1, "f", {"benign_deg": 5.0, "ae_deg": None, "asr5": asr5}, inspection)


def test_every_model_of_the_plan_is_another_one() -> None:
    runs = plan(6, quick=False)
    assert [run.labels["kind"] == "clean" for run in runs] == [True, False] * 6
    assert len({run.seed for run in runs}) == 12
    attacked = runs[1::2]
    assert len({run.overrides for run in attacked}) == 6 and len({run.labels["kind"] for run in attacked}) > 2
    assert len({tuple(o for o in run.overrides if "target" in o) for run in attacked}) == 3


def test_tests_are_summed_up_over_the_models() -> None:
    rows = [row("clean", 0.5), row("clean", 0.6), row("wanet", 0.1, 0.9), row("sig", 0.55, 0.9), row("sig", 0.0, 0.1)]
    inversion, shift = make_test_rows(rows)  # type: ignore[misc]
    # the last one did not learn its attack
    assert inversion["models"] == 4 and inversion["auc"] == pytest.approx(3 / 4)
    assert shift["tpr"] == pytest.approx(0.8) and shift["fpr"] == pytest.approx(0.02)
    assert shift["accuracy"] == pytest.approx(0.89) and shift["auc"] == pytest.approx(0.9)


def test_a_model_is_judged_by_the_threshold_of_the_others() -> None:
    assert left_out_accuracy(np.array([0.8, 0.9, 1.0]), np.array([0.1, 0.2, 0.3])) == 1.0
    # the only backdoored model leaves no other to set a threshold by
    assert left_out_accuracy(np.array([0.8, 0.9]), np.array([0.1])) == pytest.approx(2 / 3)


def test_a_tiny_zoo_ends_in_a_table_and_continues(
    tmp_path: Path, capsys: pytest.CaptureFixture, jobs_here: None
) -> None:
    command = ["--quick", "--models", "1", "--out", str(tmp_path / "zoo")]
    assert main([*command, "--list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2 and not (tmp_path / "zoo").exists()
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert "1 clean and 1 backdoored models" in printed and "these figures mean nothing" in printed
    out = tmp_path / "zoo" / "quick"
    rows = read_csv(out / "models.csv")
    assert [r["kind"] for r in rows] == ["clean", "badnets"] and {r["quick"] for r in rows} == {"True"}
    assert len(clean_scores(out / "models.csv", "inversion, output variance")) == 1
    assert main(command) == 0
    again = capsys.readouterr().out
    assert "2 trained already" in again and "2 inspected already" in again
