"""The guard's limits and coefficients, fitted and reported on a few frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from gazeattack.live.guard import LIMITS_DEG, GuardCheck
from training.analysis.guard_frames import GuardFrames, fit_irises
from training.guard import group_row, main, table


@dataclass
class Errors:
    """Degrees of a subject's frames."""

    clean: list[float]
    triggered: list[float]


def frames(name: str, errors: Errors) -> GuardFrames:
    """The same errors for every check."""
    random = np.random.default_rng(len(name))
    features = random.normal(size=(20, 5))
    return GuardFrames(
        name,
        {check: np.array(errors.clean) for check in GuardCheck},
        {check: np.array(errors.triggered) for check in GuardCheck},
        features,
        features @ np.arange(10.0).reshape(5, 2),
    )


def test_the_fit_is_linear() -> None:
    parts = [frames("a", Errors([], [])), frames("bc", Errors([], []))]
    assert fit_irises(parts) == pytest.approx(np.arange(10.0).reshape(5, 2))


def test_shares_are_of_the_frames_that_have_the_checks_gaze() -> None:
    over = LIMITS_DEG[GuardCheck.IRIS] + 1
    one = frames("a", Errors([0, over, 0, np.nan], [over, over, over, over]))
    other = frames("b", Errors([0], [0]))
    row = group_row("some", GuardCheck.IRIS, [one, other])
    assert (row["subjects"], row["frames"], row["false_alarm"], row["detection"]) == (2, 4, 25.0, 75.0)
    assert row["false_alarm_low"] == 0 and row["detection_high"] == 100
    assert "25.0 (0.0 to 33.3) | 75.0 (0.0 to 100.0)" in table([row])


def test_a_clean_model_is_refused_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--model", "clean"]) == 1
    error = capsys.readouterr().err
    assert "has no trigger key: choose a backdoored model" in error and error.count("\n") == 1
