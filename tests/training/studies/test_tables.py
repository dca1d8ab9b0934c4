"""Tables of studies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.studies.tables import BY_SUBJECT, COST, markdown, read_csv, summarise, write_csv


def test_the_interval_of_a_cost_is_over_subjects_of_the_mean_over_seeds() -> None:
    rows = [
        {
            "attack": "WaNet",
            "seed": seed,
            "cost_deg": cost,
            "cost_low": 9.0,
            BY_SUBJECT: {1: [cost - 0.1, 1], 2: [cost + 0.1, 1]},
        }
        for seed, cost in ((1, 0.0), (2, 0.4))
    ]
    summary = summarise(rows, ("attack",))[0]
    assert summary.mean["cost_deg"] == pytest.approx(0.2) and summary.sd["cost_deg"] == pytest.approx(0.283, abs=0.001)
    assert (summary.mean["cost_low"], summary.mean["cost_high"]) == (pytest.approx(0.1), pytest.approx(0.3))
    assert np.isnan(summary.sd["cost_low"])
    assert "| WaNet | 0.20 ± 0.28 | 0.10 | 0.30 | 2 |" in markdown([summary], COST)


def test_a_subject_that_one_seed_lacks_counts_with_the_others() -> None:
    rows = [{"attack": "WaNet", BY_SUBJECT: {"1": [2, 2], "2": [3, 1]}}, {"attack": "WaNet", BY_SUBJECT: {"2": [5, 1]}}]
    summary = summarise(rows, ("attack",))[0]
    assert (summary.mean["cost_low"], summary.mean["cost_high"]) == (1.0, 4.0)


def test_there_is_no_interval_from_rows_that_do_not_know_their_subjects_or_from_one_subject() -> None:
    ends = {"attack": "WaNet", "cost_deg": 0.3, "cost_low": 0.1, "cost_high": 0.5}
    old, one = ends, {**ends, BY_SUBJECT: {"1": [3, 10]}}
    for rows in ([old, {**one, BY_SUBJECT: {"1": [3, 10], "2": [3, 10]}}], [one, one]):
        assert not {"cost_low", "cost_high"} & set(summarise(rows, ("attack",))[0].mean)
    alone = summarise([one], ("attack",))[0]
    assert (alone.mean["cost_low"], alone.mean["cost_high"]) == (0.1, 0.5)


def test_a_field_of_subjects_is_no_column(tmp_path: Path) -> None:
    write_csv(tmp_path / "rows.csv", [{"attack": "WaNet", BY_SUBJECT: {"1": [1.0, 1]}}])
    assert read_csv(tmp_path / "rows.csv") == [{"attack": "WaNet"}]
