"""The score of a blind test: the exact binomial test against guessing, and Clopper and Pearson's interval."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

CONFIDENCE = 0.95
_STEPS = 60  # halvings of [0, 1]


@dataclass(frozen=True)
class Score:
    """correct of trials.  chance: share of a person who guesses.  p: probability to get at least `correct` right by
    guessing.  low, high: Clopper-Pearson interval of the true share, at CONFIDENCE."""

    correct: int
    trials: int
    chance: float
    p: float
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share of right answers."""
        return self.correct / self.trials


def score(correct: int, trials: int, chance: float) -> Score:
    """Score a test.

    Args:
        correct: number of right answers.
        trials: number of trials, at least 1.
        chance: share of right answers by guessing.
    """
    low, high = clopper_pearson(correct, trials)
    return Score(correct, trials, chance, at_least(correct, trials, chance), low, high)


def at_least(correct: int, trials: int, chance: float) -> float:
    """The probability of at least `correct` right answers in `trials`: the one-sided exact binomial test."""
    if correct <= 0:
        return 1.0
    return min(1.0, float(_pmf(trials, chance)[correct:].sum()))


def clopper_pearson(correct: int, trials: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The exact interval of a binomial share (Clopper & Pearson, Biometrika 1934).

    Args:
        correct: number of successes.
        trials: number of trials, at least 1.
        confidence: of the two-sided interval.

    Returns:
        (low, high), each in [0, 1].
    """
    tail = (1 - confidence) / 2
    low = 0.0 if correct == 0 else _solve(lambda share: at_least(correct, trials, share) - tail)
    high = 1.0 if correct == trials else _solve(lambda share: tail - float(_pmf(trials, share)[: correct + 1].sum()))
    return low, high


def _solve(rising: Callable[[float], float]) -> float:
    """Where a rising function of [0, 1] is 0, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _pmf(trials: int, share: float) -> np.ndarray:
    """Probabilities of 0 to `trials` successes, float64 [trials + 1]."""
    counts = np.arange(trials + 1)
    if share in (0.0, 1.0):
        return np.array(counts == trials * share, dtype=np.float64)
    ways = np.array([math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1) for k in counts])
    mass: np.ndarray = np.exp(ways + counts * math.log(share) + (trials - counts) * math.log1p(-share))
    return mass
