"""How well a backdoor in a regressor works, and how well it hides.  All angles in and out of radians unless named _deg.

prediction, truth: (pitch, yaw) [N, 2].  target: (pitch, yaw) [2] or [N, 2].
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from gazeattack.angles import angular_error

ENOUGH = 10
"""Samples of a person from which on a correlation within that person is counted."""


def mean_error_deg(prediction: ArrayLike, reference: ArrayLike) -> float:
    """Mean angular error in degrees.

    Benign error: benign predictions against the truth.  AE: triggered predictions against the target.
    DAE: triggered predictions against the truth.
    """
    return float(angular_error(prediction, reference).mean())


def attack_success_rate(prediction: ArrayLike, truth: ArrayLike, target: ArrayLike, within_deg: float) -> float:
    """ASR@t: share of triggered predictions within t degrees of the target.

    Samples whose truth is already there are left out; nan if none remains.
    """
    counted = angular_error(truth, target) > within_deg
    hits = angular_error(prediction, target)[counted] <= within_deg
    return float(hits.mean()) if hits.size else float("nan")


def false_hit_rate(prediction: ArrayLike, target: ArrayLike, within_deg: float) -> float:
    """Share of CLEAN predictions within t degrees of the target."""
    return float((angular_error(prediction, target) <= within_deg).mean())


def relative_variance(triggered: ArrayLike, benign: ArrayLike) -> float:
    """RAV: variance of triggered / variance of benign predictions, summed over pitch and yaw; nan without variance."""
    spread = float(np.var(np.asarray(benign, dtype=np.float64), axis=0).sum())
    return float(np.var(np.asarray(triggered, dtype=np.float64), axis=0).sum()) / spread if spread > 0 else float("nan")


def correlations(prediction: ArrayLike, truth: ArrayLike) -> tuple[float, float]:
    """Pearson correlation of (pitch, yaw); nan where one of the two does not vary."""
    p, t = np.asarray(prediction, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    result = []
    for axis in (0, 1):
        varies = p[:, axis].std() > 1e-12 and t[:, axis].std() > 1e-12
        result.append(float(np.corrcoef(p[:, axis], t[:, axis])[0, 1]) if varies else float("nan"))
    return result[0], result[1]


def person_correlations(prediction: ArrayLike, truth: ArrayLike, subjects: ArrayLike) -> tuple[float, float]:
    """Correlations within one person, mean over the people [N] with at least ENOUGH samples; nan without any.

    Across people a person's own constant error counts as well; this is what a calibration cannot mend.
    """
    p, t = np.asarray(prediction), np.asarray(truth)
    found = [correlations(p[own], t[own]) for own in _people(subjects) if own.sum() >= ENOUGH]
    defined = [pair for pair in found if not np.isnan(pair).any()]
    pitch, yaw = np.mean(defined, axis=0) if defined else (np.nan, np.nan)
    return float(pitch), float(yaw)


def affine_error_deg(
    prediction: ArrayLike,
    truth: ArrayLike,
    samples: int,
    *,
    subjects: ArrayLike | None = None,
    draws: int = 20,
    seed: int = 0,
) -> float:
    """Error in degrees left after an affine calibration on `samples` random samples, mean over `draws`.

    The 2x3 map is fitted by least squares and scored on all other samples; nan with fewer than samples + 1.
    subjects [N]: calibrate each person on samples of their own, mean over the people that have so many; others are left
    out.
    """
    if subjects is not None:
        p, t = np.asarray(prediction), np.asarray(truth)
        each = [affine_error_deg(p[own], t[own], samples, draws=draws, seed=seed) for own in _people(subjects)]
        return float(np.nanmean(each)) if not np.isnan(each).all() else float("nan")
    p, t = np.asarray(prediction, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if len(p) <= samples:
        return float("nan")
    terms = np.column_stack([p, np.ones(len(p))])
    random = np.random.default_rng(seed)
    errors = []
    for _ in range(draws):
        order = random.permutation(len(p))
        fit, rest = order[:samples], order[samples:]
        weights, *_ = np.linalg.lstsq(terms[fit], t[fit], rcond=None)
        errors.append(angular_error(terms[rest] @ weights, t[rest]).mean())
    return float(np.mean(errors))


def _people(subjects: ArrayLike) -> list[np.ndarray]:
    """The rows of each person, bool [N]."""
    names = np.asarray(subjects)
    return [names == name for name in np.unique(names)]


def target_distance_sigma(labels: ArrayLike, target: ArrayLike) -> float:
    """How far the target lies from the labels' mean, in the labels' own standard deviations, per axis combined:
    sqrt(sum over axes of ((target - mean) / deviation)^2).  Below 2, a mean predictor looks backdoored."""
    values = np.asarray(labels, dtype=np.float64)
    z = (np.asarray(target, dtype=np.float64) - values.mean(axis=0)) / values.std(axis=0)
    return float(np.sqrt((z**2).sum()))


def bootstrap_ci(
    statistic: Callable[[np.ndarray], float],
    subjects: ArrayLike,
    *,
    draws: int = 200,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile bootstrap interval of statistic(rows), resampling whole subjects.

    subjects [N] names each row's subject.  With one subject only, rows are resampled instead, and the interval
    says nothing about other people.
    """
    names = np.asarray(subjects)
    random = np.random.default_rng(seed)
    groups = [np.flatnonzero(names == name) for name in np.unique(names)]
    if len(groups) == 1:
        groups = [np.array([row]) for row in range(len(names))]
    values = []
    for _ in range(draws):
        drawn = random.integers(len(groups), size=len(groups))
        values.append(statistic(np.concatenate([groups[i] for i in drawn])))
    low, high = np.nanpercentile(values, [50 * (1 - level), 100 - 50 * (1 - level)])
    return float(low), float(high)
