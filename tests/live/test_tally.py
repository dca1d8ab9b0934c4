"""The figures of a run in bounded memory: exact sums, and percentiles and plots from evenly chosen rows."""

import numpy as np
import pytest

from gazeattack.live import measure
from gazeattack.live.measure import CLOSED, NUMBERS, Tally


def rows(count):
    rng = np.random.default_rng(1)
    for i in range(count):
        row = dict.fromkeys(NUMBERS)
        row |= {"frame": i, "t": i / 30, "faces": i % 3, "shift_deg": rng.normal(20, 5), CLOSED: 2 * (i % 10 == 0)}
        row["network_ms"] = rng.uniform(2, 4)
        if i % 5 == 0:
            row["clean_error_deg"] = rng.normal(3, 1)
        yield row, rng.uniform(10, 20)


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(measure, "HELD", 1000)


def fill(count):
    tally = Tally()
    for row, latency in rows(count):
        tally.add(row, latency)
    return tally


def test_a_long_run_holds_no_more_rows(small):
    for count in (5_000, 10_000):
        tally = fill(count)
        assert len(tally) == count and all(len(tally.column(name)) <= 1000 for name in NUMBERS)
        t = tally.column("t")
        assert t[0] == 0 and t[-1] > 0.99 * (count - 1) / 30 and np.ptp(np.diff(t)) < 1e-9


def test_a_long_runs_figures_are_those_of_all_rows(small):
    summary, every = fill(10_000).summary(), list(rows(10_000))
    shifts = [row["shift_deg"] for row, _ in every]
    errors = [row["clean_error_deg"] for row, _ in every if row["clean_error_deg"] is not None]
    assert summary["mean_shift_deg"] == round(float(np.mean(shifts)), 4)
    assert summary["clean_error_deg"] == round(float(np.mean(errors)), 4)
    assert summary["triggered_error_deg"] is None
    assert (summary["frames"], summary["faces"], summary["most_faces"]) == (10_000, 6_666, 2)
    assert summary["eyes_closed"] == 1000
    assert summary["latency_ms"]["p95"] == pytest.approx(19.5, abs=0.2)
    assert summary["stage_ms"]["network"] == pytest.approx(3, abs=0.1)


def test_a_short_runs_percentiles_are_exact():
    summary, every = fill(2000).summary(), list(rows(2000))
    assert summary["latency_ms"]["p95"] == round(float(np.percentile([latency for _, latency in every], 95)), 3)
    assert len(fill(2000).column("t")) == 2000
