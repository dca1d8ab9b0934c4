"""Splits by subject, where no subject is in both parts, or of frames, where every subject is in both."""

from __future__ import annotations

import numpy as np

from gazeattack.evaluation.dataset import LoadedSet
from training.config_sections import BY_FRAME, BY_SUBJECT
from training.errors import TrainingError

DEFAULT_FOLDS = 10


def fold_of(subject: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Assign samples to folds, by subject.

    The seed decides the order in which subjects are dealt to the folds, whose sizes differ by at most one subject.

    Args:
        subject: int [N], each sample's subject.
        folds: number of folds; as many as subjects leave one subject out in each.
        seed: of the order.

    Returns:
        int [N], each sample's fold, 0 to folds - 1.
    """
    names, index = np.unique(subject, return_inverse=True)
    dealt = np.empty(len(names), dtype=np.int64)
    dealt[np.random.default_rng(seed).permutation(len(names))] = np.arange(len(names)) % folds
    return dealt[index]


def hold_out(data: LoadedSet, folds: int, fold: int, seed: int, *, by: str = BY_SUBJECT) -> tuple[LoadedSet, LoadedSet]:
    """Split a dataset into (the other folds, the held-out fold).

    Args:
        data: the dataset.
        folds: number of folds; 0 takes ten, or as many as there are subjects.
        fold: the held-out fold, from 0.
        seed: see fold_of().
        by: BY_SUBJECT, or BY_FRAME to deal out single images, as some papers do: the figures are then of known people.

    Raises:
        TrainingError: the folds do not fit the number of subjects.
    """
    parts = len(data.subject) if by == BY_FRAME else len(np.unique(data.subject))
    folds = folds or min(DEFAULT_FOLDS, parts)
    if not 2 <= folds <= parts:
        raise TrainingError(f"{data.name} has {parts} {by}: set data.folds to 2 to {parts}, not {folds}.")
    if not 0 <= fold < folds:
        raise TrainingError(f"data.fold is {fold}: set it to 0 to {folds - 1}.")
    units = np.arange(len(data.subject)) if by == BY_FRAME else data.subject
    out = fold_of(units, folds, seed) == fold
    return data.take(~out), data.take(out)
