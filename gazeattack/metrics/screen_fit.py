"""How well gaze angles explain points on a screen: for data whose labels are points, not angles.

gaze: (pitch, yaw) [N, 2], degrees.  target: points [N, D] in any unit, D = 2 (x, y) or 1 (x alone).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

import numpy as np

from gazeattack.metrics.regression import bootstrap_ci

ENOUGH = 12
"""Fewest samples of a person in a session for a linear fit, which has three coefficients for each coordinate."""


@dataclass(frozen=True)
class ScreenFit:
    """The metrics of one person in one session; nan where a metric is not defined.

    left: mean distance to the target after a linear fit, divided by that of the constant-mean baseline: 0 is perfect, 1
    is no better than the constant.  pitch_r, yaw_r: absolute correlation of pitch with the target's y, of yaw with its
    x.  spread: 68th percentile of the fitted errors divided by their mean; small if a few outliers dominate.
    others: `left` with the fit of the other people of the session, so the person's own bias counts.
    """

    left: float
    pitch_r: float
    yaw_r: float
    spread: float
    others: float


FIELDS = tuple(field.name for field in fields(ScreenFit))


def fit_line(gaze: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Least-squares coefficients [3, D] from (pitch, yaw, 1) to the target."""
    return np.asarray(np.linalg.lstsq(_with_one(gaze), target, rcond=None)[0])


def screen_fit(gaze: np.ndarray, target: np.ndarray, others: tuple[np.ndarray, np.ndarray] | None = None) -> ScreenFit:
    """The metrics of one person; `others` are gaze and target of the other people of the session."""
    constant = _distance(target, target.mean(axis=0)).mean()
    errors = _distance(_with_one(gaze) @ fit_line(gaze, target), target)
    from_others = float("nan")
    if others is not None:
        from_others = float(_distance(_with_one(gaze) @ fit_line(*others), target).mean() / constant)
    return ScreenFit(
        left=float(errors.mean() / constant),
        pitch_r=_size_of_r(gaze[:, 0], target[:, 1]) if target.shape[1] == 2 else float("nan"),
        yaw_r=_size_of_r(gaze[:, 1], target[:, 0]),
        spread=float(np.quantile(errors, 0.68) / errors.mean()),
        others=from_others,
    )


def fit_people(
    gaze: np.ndarray, target: np.ndarray, person: np.ndarray, session: np.ndarray
) -> list[tuple[int, ScreenFit]]:
    """(person, metrics) for every person and session with at least ENOUGH samples.  person, session: int [N]."""
    found = []
    for who, when in sorted(set(zip(person.tolist(), session.tolist(), strict=True))):
        own, rest = (person == who) & (session == when), (person != who) & (session == when)
        if own.sum() >= ENOUGH:
            others = (gaze[rest], target[rest]) if rest.any() else None
            found.append((who, screen_fit(gaze[own], target[own], others)))
    return found


def mean_fit(fits: Sequence[ScreenFit]) -> ScreenFit:
    """The mean of each metric over the fits for which it is defined."""
    return ScreenFit(*(_mean([value for value in column if np.isfinite(value)]) for column in _columns(fits)))


def interval_over_people(fits: Sequence[tuple[int, ScreenFit]], *, draws: int = 1000) -> tuple[float, float] | None:
    """The 95 % bootstrap interval of the mean `left` over people; None for one person."""
    people = [who for who, _ in fits]
    if len(set(people)) < 2:
        return None
    left = np.array([fit.left for _, fit in fits])
    return bootstrap_ci(lambda rows: float(left[rows].mean()), people, draws=draws)


def _with_one(gaze: np.ndarray) -> np.ndarray:
    return np.column_stack([gaze, np.ones(len(gaze))])


def _distance(points: np.ndarray, target: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.norm(points - target, axis=1))


def _size_of_r(a: np.ndarray, b: np.ndarray) -> float:
    if min(a.std(), b.std()) < 1e-12:
        return float("nan")
    return float(abs(np.corrcoef(a, b)[0, 1]))


def _columns(fits: Sequence[ScreenFit]) -> list[tuple[float, ...]]:
    return list(zip(*map(astuple, fits), strict=True))


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")
