"""The difference between two models on the same samples, with an interval over subjects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

DRAWS = 2000


@dataclass(frozen=True)
class PairedDifference:
    """A mean difference, in the unit of the values.

    mean: over the samples.  low, high: its 95 % interval from a bootstrap over subjects; over samples if there is only
    one subject.  higher: share of the subjects whose own mean difference is above 0.
    """

    mean: float
    low: float
    high: float
    higher: float


def paired_difference(values: ArrayLike, others: ArrayLike, subjects: ArrayLike) -> PairedDifference:
    """The mean of values - others.

    Each sample is compared with itself, so what makes a subject hard for both models cancels.

    Args:
        values: A number of each sample of the first model, such as its angular error, [N].
        others: The same of the second model, [N].
        subjects: Subject of each sample, [N].
    """
    rise = np.asarray(values, dtype=np.float64) - np.asarray(others, dtype=np.float64)
    _, group = np.unique(np.asarray(subjects), return_inverse=True)
    sums: np.ndarray = np.bincount(group, rise)
    counts: np.ndarray = np.bincount(group)
    higher = float((sums > 0).mean())
    if len(counts) == 1:
        sums, counts = rise, np.ones(len(rise))
    random = np.random.default_rng(0)
    means = []
    for _ in range(DRAWS):
        drawn = random.integers(len(counts), size=len(counts))
        means.append(sums[drawn].sum() / counts[drawn].sum())
    low, high = np.percentile(means, [2.5, 97.5])
    return PairedDifference(float(rise.mean()), float(low), float(high), higher)


def subject_sums(values: ArrayLike, subjects: ArrayLike) -> dict[int, tuple[float, int]]:
    """The sum of the values of each subject, and how many there are.

    Args:
        values: A number of each sample, [N].
        subjects: Subject of each sample, int [N].
    """
    numbers, names = np.asarray(values, dtype=np.float64), np.asarray(subjects)
    return {int(name): (float(numbers[names == name].sum()), int((names == name).sum())) for name in np.unique(names)}
