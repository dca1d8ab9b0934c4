"""Metrics of a backdoor in a deep regression model (DRM).

In all functions: prediction, truth and reference are (pitch, yaw) [N, 2] in radians; target is (pitch, yaw) [2] or
[N, 2] in radians.  Names that end in _deg are in degrees.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from gazeattack.angles import angular_error

MIN_SAMPLES = 10
"""Samples of one subject that a correlation within that subject needs."""


def mean_error_deg(prediction: ArrayLike, reference: ArrayLike) -> float:
    """Mean angular error in degrees.

    Benign error: benign predictions to the truth.  AE: triggered predictions to the target.  DAE:
    triggered predictions to the truth.
    """
    return float(angular_error(prediction, reference).mean())


def attack_success_rate(prediction: ArrayLike, truth: ArrayLike, target: ArrayLike, within_deg: float) -> float:
    """ASR@t: share of triggered predictions within t degrees of the target.

    Samples whose truth already lies within t degrees are left out.

    Returns:
        A share from 0 to 1; nan if no sample remains.
    """
    counted = angular_error(truth, target) > within_deg
    hits = angular_error(prediction, target)[counted] <= within_deg
    return float(hits.mean()) if hits.size else float("nan")


def false_hit_rate(prediction: ArrayLike, target: ArrayLike, within_deg: float) -> float:
    """Share of CLEAN predictions within t degrees of the target, from 0 to 1."""
    return float((angular_error(prediction, target) <= within_deg).mean())


def variance_ratio(triggered: ArrayLike, benign: ArrayLike) -> float:
    """Variance of triggered predictions over variance of benign ones, each summed over pitch and yaw.

    0: all triggered predictions are alike.  1: they vary as the benign ones do.

    Returns:
        The ratio; nan if the benign predictions do not vary.
    """
    spread = float(np.var(np.asarray(benign, dtype=np.float64), axis=0).sum())
    return float(np.var(np.asarray(triggered, dtype=np.float64), axis=0).sum()) / spread if spread > 0 else float("nan")


def correlations(prediction: ArrayLike, truth: ArrayLike) -> tuple[float, float]:
    """Pearson correlations of pitch and of yaw; nan for an angle that does not vary."""
    p, t = np.asarray(prediction, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    result = []
    for axis in (0, 1):
        varies = p[:, axis].std() > 1e-12 and t[:, axis].std() > 1e-12
        result.append(float(np.corrcoef(p[:, axis], t[:, axis])[0, 1]) if varies else float("nan"))
    return result[0], result[1]


def subject_correlations(prediction: ArrayLike, truth: ArrayLike, subjects: ArrayLike) -> tuple[float, float]:
    """Correlations of pitch and of yaw within a subject, mean over subjects with at least MIN_SAMPLES samples.

    Correlations across subjects also fall through each subject's constant error, which a calibration removes.  These do
    not: a low value here cannot be calibrated away.

    Args:
        prediction: [N, 2].
        truth: [N, 2].
        subjects: Subject of each sample, [N].

    Returns:
        (pitch, yaw); nan if no subject has enough samples.
    """
    p, t = np.asarray(prediction), np.asarray(truth)
    found = [correlations(p[own], t[own]) for own in _rows_by_subject(subjects) if own.sum() >= MIN_SAMPLES]
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
    """Angular error in degrees after an affine calibration.

    A 2x3 map is fitted by least squares on random samples and scored on all others.

    Args:
        prediction: [N, 2].
        truth: [N, 2].
        samples: Number of calibration samples.
        subjects: Subject of each sample, [N].  Each subject is then calibrated on its own samples; subjects with too
            few samples are left out.  None calibrates all samples together.
        draws: Number of random choices of calibration samples.
        seed: Of those choices.

    Returns:
        Mean over the draws, and over the subjects; nan with fewer than samples + 1.
    """
    if subjects is not None:
        p, t = np.asarray(prediction), np.asarray(truth)
        each = [affine_error_deg(p[own], t[own], samples, draws=draws, seed=seed) for own in _rows_by_subject(subjects)]
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


def _rows_by_subject(subjects: ArrayLike) -> list[np.ndarray]:
    """The rows of each subject, bool [N]."""
    names = np.asarray(subjects)
    return [names == name for name in np.unique(names)]


def target_distance_sigma(labels: ArrayLike, target: ArrayLike) -> float:
    """Distance of the target from the labels' mean, in standard deviations of the labels.

    sqrt(sum over pitch and yaw of ((target - mean) / standard deviation)^2).  Below 2, the constant-mean baseline
    already looks backdoored.
    """
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
    """Percentile bootstrap interval of a statistic, resampling whole subjects.

    With a single subject, rows are resampled instead; the interval then does not cover other subjects.

    Args:
        statistic: Called with row numbers, returns a number.
        subjects: Subject of each row, [N].
        draws: Number of resamples.
        level: Coverage, from 0 to 1.
        seed: Of the resampling.

    Returns:
        (low, high).
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
