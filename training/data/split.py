"""Splits by subject: nobody is in both halves."""

from __future__ import annotations

import numpy as np

from gazeattack.evaluation.dataset import LoadedSet
from training.errors import TrainingError

DEFAULT_FOLDS = 10


def fold_of(subject: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Which fold, int [N] in 0 .. folds - 1, each sample of `subject` [N] is in.

    Subjects are dealt in an order drawn from the seed, so folds differ by at most one subject; with as many folds as
    subjects, each leaves one subject out.
    """
    names, index = np.unique(subject, return_inverse=True)
    dealt = np.empty(len(names), dtype=np.int64)
    dealt[np.random.default_rng(seed).permutation(len(names))] = np.arange(len(names)) % folds
    return dealt[index]


def hold_out(data: LoadedSet, folds: int, fold: int, seed: int) -> tuple[LoadedSet, LoadedSet]:
    """(everybody else, the subjects of `fold`); folds 0 means ten, or as many as there are subjects.

    Raises TrainingError where a fold would be empty.
    """
    subjects = len(np.unique(data.subject))
    folds = folds or min(DEFAULT_FOLDS, subjects)
    if not 2 <= folds <= subjects:
        raise TrainingError(f"{data.name} has {subjects} subjects: data.folds must be 2 to {subjects}, not {folds}.")
    if not 0 <= fold < folds:
        raise TrainingError(f"data.fold must be 0 to {folds - 1}, not {fold}.")
    out = fold_of(data.subject, folds, seed) == fold
    return data.take(~out), data.take(out)
