"""Find poisoned samples of a training set in the features of a network that was trained on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

BINS = 8
"""Groups of samples with similar labels; classes in the papers."""
LEAST = 12
"""Smallest group that is looked at."""
ROUNDS = 30


@dataclass(frozen=True)
class FilterScore:
    """How well a filter finds poisoned samples.

    removed: number of samples that it removes.  precision: share of those that are poisoned.  recall: share of the
    poisoned samples that it removes.  auc: of its scores; 0.5 is chance.
    """

    removed: int
    precision: float
    recall: float
    auc: float


def label_groups(gaze: np.ndarray) -> np.ndarray:
    """Group samples by their label, int [N], as a regression has no classes: k-means with BINS centres.

    An all-to-one attack puts all its samples into one group.

    Args:
        gaze: Labels (pitch, yaw) [N, 2], radians.
    """
    return k_means(np.asarray(gaze, dtype=np.float64), min(BINS, len(gaze)))


def k_means(points: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Lloyd's algorithm from the k-means++ start (Arthur & Vassilvitskii, 2007): the cluster of each point, int [N]."""
    random = np.random.default_rng(seed)
    centres = points[random.integers(len(points))][None]
    while len(centres) < count:
        nearest = ((points[:, None] - centres) ** 2).sum(-1).min(axis=1)
        if not nearest.sum() > 0:
            break
        centres = np.vstack([centres, points[random.choice(len(points), p=nearest / nearest.sum())]])
    cluster = np.zeros(len(points), dtype=np.int64)
    for _ in range(ROUNDS):
        cluster = ((points[:, None] - centres) ** 2).sum(-1).argmin(axis=1)
        moved = [points[cluster == n].mean(axis=0) if (cluster == n).any() else centres[n] for n in range(len(centres))]
        if np.allclose(moved, centres):
            break
        centres = np.asarray(moved)
    return cluster


def spectral_scores(features: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Spectral signatures: squared projection on the first singular direction of the group's centred features [N].

    Tran, Li and Madry, NeurIPS 2018.

    Args:
        features: [N, F].
        groups: int [N].
    """
    scores = np.zeros(len(features))
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        if len(rows) < LEAST:
            continue
        centred = features[rows] - features[rows].mean(axis=0)
        scores[rows] = (centred @ np.linalg.svd(centred, full_matrices=False)[2][0]) ** 2
    return scores


def activation_scores(features: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Activation clustering: how small a part of its group a sample's cluster is, 0 to 1 [N].

    Chen et al., SafeAI 2019: a group's features, reduced to ten principal components, fall into two clusters; the
    smaller one is suspicious.

    Args:
        features: [N, F].
        groups: int [N].
    """
    scores = np.zeros(len(features))
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        if len(rows) < LEAST:
            continue
        centred = features[rows] - features[rows].mean(axis=0)
        directions = np.linalg.svd(centred, full_matrices=False)[2][:10]
        cluster = k_means(centred @ directions.T, 2)
        for part in np.unique(cluster):
            scores[rows[cluster == part]] = 1 - (cluster == part).mean()
    return scores


FILTERS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "spectral signatures": spectral_scores,
    "activation clustering": activation_scores,
}


def removed_rows(scores: np.ndarray, count: int) -> np.ndarray:
    """The samples that a filter removes, bool [N]: the `count` highest scores."""
    removed = np.zeros(len(scores), dtype=bool)
    removed[np.argsort(-scores, kind="stable")[:count]] = True
    return removed
