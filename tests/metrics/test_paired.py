"""Paired differences: against a result by hand, and against an unpaired comparison."""

from __future__ import annotations

import numpy as np
import pytest

from gazeattack.metrics.paired import paired_difference, subject_sums


def test_a_difference_by_hand() -> None:
    found = paired_difference([3.0, 5.0, 4.0, 4.0], [2.0, 2.0, 5.0, 5.0], [7, 7, 9, 9])
    assert found.mean == pytest.approx(0.5) and found.higher == 0.5
    # two subjects: a resample holds one of them twice, or both
    assert (found.low, found.high) == (pytest.approx(-1.0), pytest.approx(2.0))
    assert subject_sums([3.0, 5.0, 4.0, 4.0], np.array([9, 9, 7, 7])) == {7: (8.0, 2), 9: (8.0, 2)}


def test_what_makes_a_subject_hard_for_both_models_cancels() -> None:
    random = np.random.default_rng(3)
    subjects = np.repeat(np.arange(40), 20)
    hard = np.repeat(random.normal(5.0, 3.0, 40), 20)
    first, second = hard + 0.2 + random.normal(0, 0.5, 800), hard + random.normal(0, 0.5, 800)
    found = paired_difference(first, second, subjects)
    assert 0.05 < found.low < found.mean < found.high < 0.35 and found.higher > 0.8
    assert paired_difference(second, first, subjects).mean == pytest.approx(-found.mean)


def test_the_interval_covers_the_truth_as_often_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gazeattack.metrics.paired.DRAWS", 200)
    random, covered = np.random.default_rng(4), 0
    for _ in range(100):
        rise = np.repeat(random.normal(0.3, 0.4, 30), 4) + random.normal(0, 0.2, 120)
        found = paired_difference(rise, np.zeros(120), np.repeat(np.arange(30), 4))
        covered += found.low <= 0.3 <= found.high
    assert 86 <= covered <= 100
