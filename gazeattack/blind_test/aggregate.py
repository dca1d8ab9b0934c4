"""The answers of several people as one psychometric curve per attack."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from gazeattack.blind_test.results import Answer
from gazeattack.blind_test.score import Score, score

LAPSE = 0.02  # share of answers that are slips of the finger
_GRID = 80


@dataclass(frozen=True)
class Point:
    """All answers to one attack at one relative strength, with the same number of choices.

    pixel_change: mean over the trials.  people: number of different persons.
    """

    attack: str
    relative_strength: float
    choices: int
    score: Score
    pixel_change: float
    people: int


@dataclass(frozen=True)
class Curve:
    """A Weibull function of the relative strength s (Wichmann & Hill, Perception & Psychophysics 2001):

        P(right) = chance + (1 - chance - LAPSE) * (1 - exp(-(s / scale) ** slope))

    threshold: the s at which the triggered crop is recognised in half of the trials, beyond guessing; None where it
    lies outside the strengths that were tested, where the curve is a guess.
    """

    attack: str
    scale: float
    slope: float
    threshold: float | None

    def at(self, strength: float, chance: float) -> float:
        """The share of right answers at a relative strength."""
        return float(_weibull(np.array(strength), self.scale, self.slope, chance))


def points_of(answers: Sequence[Answer]) -> list[Point]:
    """One point per attack, relative strength and number of choices, in that order."""
    groups: dict[tuple[str, float, int], list[Answer]] = defaultdict(list)
    for answer in answers:
        groups[answer.attack, answer.relative_strength, answer.choices].append(answer)
    return [
        Point(
            attack,
            strength,
            choices,
            score(sum(one.correct for one in group), len(group), 1 / choices),
            float(np.mean([one.pixel_change for one in group])),
            len({one.person for one in group}),
        )
        for (attack, strength, choices), group in sorted(groups.items())
    ]


def fit_curves(points: Sequence[Point]) -> list[Curve]:
    """The curve of each attack that has one; points: see points_of()."""
    fits = (fit_curve(list(group)) for _, group in groupby(points, key=lambda point: point.attack))
    return [curve for curve in fits if curve is not None]


def fit_curve(points: Sequence[Point]) -> Curve | None:
    """Fit the curve of one attack by maximum likelihood, on a grid that is refined twice.

    Args:
        points: of one attack; pairs and triples may be mixed.

    Returns:
        The curve; None with fewer than three strengths above 0.
    """
    tested = sorted({point.relative_strength for point in points if point.relative_strength > 0})
    if len(tested) < 3:
        return None
    scales, slopes = (math.log(tested[0] / 10), math.log(tested[-1] * 10)), (math.log(0.5), math.log(10))
    best = (0.0, 0.0)
    for _ in range(3):
        grid = [np.linspace(*bounds, _GRID) for bounds in (scales, slopes)]
        across, along = np.meshgrid(*grid, indexing="ij")
        likelihood = sum(
            (_likelihood(point, np.exp(across), np.exp(along)) for point in points), start=np.zeros(across.shape)
        )
        row, column = np.unravel_index(int(likelihood.argmax()), likelihood.shape)
        best = float(grid[0][row]), float(grid[1][column])
        scales, slopes = (
            (max(bounds[0], at - 2 * step), min(bounds[1], at + 2 * step))
            for bounds, at, step in zip(
                (scales, slopes), best, (float(axis[1] - axis[0]) for axis in grid), strict=True
            )
        )
    scale, slope = math.exp(best[0]), math.exp(best[1])
    threshold = scale * math.log(2) ** (1 / slope)
    return Curve(points[0].attack, scale, slope, threshold if tested[0] <= threshold <= tested[-1] else None)


def _likelihood(point: Point, scale: np.ndarray, slope: np.ndarray) -> np.ndarray:
    share = _weibull(np.array(point.relative_strength), scale, slope, point.score.chance)
    right, wrong = point.score.correct, point.score.trials - point.score.correct
    total: np.ndarray = right * np.log(share) + wrong * np.log1p(-share)
    return total


def _weibull(strength: np.ndarray, scale: np.ndarray | float, slope: np.ndarray | float, chance: float) -> np.ndarray:
    seen = -np.expm1(-((strength / scale) ** slope))
    share: np.ndarray = chance + (1 - chance - LAPSE) * seen
    return share
