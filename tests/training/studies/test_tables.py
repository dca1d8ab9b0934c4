"""Tables of studies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.studies.tables import BY_SUBJECT, COST, markdown, read_csv, summarise, write_csv


def test_the_interval_of_a_cost_is_over_subjects_of_the_mean_over_seeds() -> None:
    rows = [
        {"attack": "WaNet", "seed": seed, "cost_deg": cost, "cost_low": 9.0, BY_SUBJECT: {1: cost - 0.1, 2: cost + 0.1}}
        for seed, cost in ((1, 0.0), (2, 0.4))
    ]
    summary = summarise(rows, ("attack",))[0]
    assert summary.mean["cost_deg"] == pytest.approx(0.2) and summary.sd["cost_deg"] == pytest.approx(0.283, abs=0.001)
    assert (summary.mean["cost_low"], summary.mean["cost_high"]) == (pytest.approx(0.1), pytest.approx(0.3))
    assert np.isnan(summary.sd["cost_low"])
    assert "| WaNet | 0.20 ± 0.28 | 0.10 | 0.30 | 2 |" in markdown([summary], COST)


def test_a_subject_that_one_seed_lacks_counts_with_the_others() -> None:
    rows = [{"attack": "WaNet", BY_SUBJECT: {"1": 1.0, "2": 3.0}}, {"attack": "WaNet", BY_SUBJECT: {"2": 5.0}}]
    summary = summarise(rows, ("attack",))[0]
    assert (summary.mean["cost_low"], summary.mean["cost_high"]) == (1.0, 4.0)


def test_a_field_of_subjects_is_no_column(tmp_path: Path) -> None:
    write_csv(tmp_path / "rows.csv", [{"attack": "WaNet", BY_SUBJECT: {"1": 1.0}}])
    assert read_csv(tmp_path / "rows.csv") == [{"attack": "WaNet"}]
