"""Cross-validated calibration: every frame is corrected by a fit on other places of the screen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gazeattack.angles import Gaze, to_angles
from gazeattack.collection.blocks import folds_of_blocks
from gazeattack.collection.collection import Collection
from gazeattack.screen.ridge import BEYOND, RIDGES, fit_ridge
from gazeattack.screen.samples import Viewer, basis, features

FOLDS = 5


def true_gaze(collection: Collection) -> np.ndarray:
    """(pitch, yaw) from between the eyes to the target, camera space, radians [N, 2]."""
    points = np.array([collection.screen.to_camera((x, y)) for x, y in collection.target.tolist()])
    return to_angles(points - collection.origin)


def cross_validate(
    collection: Collection, gaze: np.ndarray, blocks: np.ndarray, *others: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Correct predictions by the calibration of gazeattack.screen, fitted on the other folds' targets.

    Args:
        collection: the samples.
        gaze: predicted (pitch, yaw), camera space, radians [N, 2]; every fit uses it alone.
        blocks: of the samples, see target_blocks.
        *others: predictions of other branches [N, 2], which the same fits correct.

    Returns:
        The corrected `gaze` and `others`, each [N, 2].
    """
    bases = [_bases(collection, branch) for branch in (gaze, *others)]
    wanted = true_gaze(collection) - gaze
    fold = folds_of_blocks(blocks, FOLDS)
    corrected = tuple(np.array(branch, dtype=np.float64) for branch in (gaze, *others))
    for number in range(FOLDS):
        train, test = fold != number, fold == number
        ridge = _best_ridge(bases[0][train], wanted[train], blocks[train])
        weights = fit_ridge(_by_block(bases[0][train], wanted[train], blocks[train]), ridge)
        low, high = bases[0][train].min(axis=0) - BEYOND, bases[0][train].max(axis=0) + BEYOND
        for branch, values in zip(corrected, bases, strict=True):
            branch[test] += features(np.clip(values[test], low, high)) @ weights
    return corrected


def _bases(collection: Collection, gaze: np.ndarray) -> np.ndarray:
    """Inputs of the correction [N, 8], see samples.basis."""
    heads = to_angles(collection.facing)
    rows = zip(gaze.tolist(), heads.tolist(), collection.roll.tolist(), collection.origin.tolist(), strict=True)
    return np.array([basis(Gaze(*g), Viewer(Gaze(*head), roll, (x, y, z))) for g, head, roll, (x, y, z) in rows])


def _by_block(values: np.ndarray, wanted: np.ndarray, blocks: np.ndarray) -> Sequence[tuple[np.ndarray, np.ndarray]]:
    return [(features(values[blocks == block]), wanted[blocks == block]) for block in np.unique(blocks)]


def _best_ridge(values: np.ndarray, wanted: np.ndarray, blocks: np.ndarray) -> float:
    """The ridge parameter with the smallest cross-validated error; the larger of equals."""
    fold = folds_of_blocks(blocks, FOLDS)

    def error(ridge: float) -> float:
        left = []
        for number in np.unique(fold):
            train, test = fold != number, fold == number
            weights = fit_ridge(_by_block(values[train], wanted[train], blocks[train]), ridge)
            left.append(np.linalg.norm(wanted[test] - features(values[test]) @ weights, axis=1))
        return float(np.concatenate(left).mean())

    return min(RIDGES, key=lambda ridge: (error(ridge), -ridge))
