"""Groups of samples that belong together, so that a fit is never tested on a target that it was fitted on."""

from __future__ import annotations

import numpy as np

SAME_MM = 1.0
STAYS = 3  # samples that make a target one that stays
STRETCHES = 15  # of a moving target


def target_blocks(target: np.ndarray) -> np.ndarray:
    """The block of every sample.

    Samples with the same target are one block.  The samples of a moving target, in the order given, are cut into
    STRETCHES stretches.

    Args:
        target: mm [N, 2].

    Returns:
        int64 [N], from 0.
    """
    places = np.round(np.asarray(target, dtype=np.float64) / SAME_MM).astype(np.int64)
    _, place, count = np.unique(places, axis=0, return_inverse=True, return_counts=True)
    place = place.reshape(-1)
    block = place.astype(np.int64)
    moving = np.flatnonzero(count[place] < STAYS)
    # never fewer than STAYS samples in a stretch
    stretches = max(1, min(STRETCHES, len(moving) // STAYS))
    block[moving] = count.size + np.arange(len(moving)) * stretches // max(1, len(moving))
    numbered: np.ndarray = np.unique(block, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return numbered


def folds_of_blocks(blocks: np.ndarray, folds: int, *, seed: int = 0) -> np.ndarray:
    """The fold of every sample, int64 [N] from 0; a block is never split.  blocks: int [N]."""
    names = np.unique(blocks)
    fold = np.arange(len(names)) % folds
    np.random.default_rng(seed).shuffle(fold)
    found: np.ndarray = fold[np.searchsorted(names, blocks)]
    return found
