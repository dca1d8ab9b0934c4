"""Robust ridge regression from a predicted gaze and the head to the correction of the gaze."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gazeattack.screen.samples import FEATURES

RIDGES = (0.03, 0.1, 0.3, 1.0, 3.0)
BEYOND = 0.25  # how far the correction extends past the fitted range, in units of the basis
_HUBER, _LEAST_SIGMA = 1.345, np.radians(0.3)


def fit_ridge(data: Sequence[tuple[np.ndarray, np.ndarray]], ridge: float) -> np.ndarray:
    """Weights by ridge regression with Huber's weights (1964).

    Args:
        data: features [n, 12] (see samples.features) and wanted corrections (pitch, yaw) [n, 2], radians, of each
            point; every point has the same total weight.
        ridge: how much the weights are shrunk.

    Returns:
        Weights [12, 2].
    """
    x, y = (np.concatenate(part) for part in zip(*data, strict=True))
    share = np.concatenate([np.full(len(features_), 1 / len(features_)) for features_, _ in data])
    # the constant is not shrunk: it corrects the offset of the camera
    penalty = ridge * np.diag([0.0] + [1.0] * (len(FEATURES) - 1))
    robust = np.ones(len(x))
    weights = np.zeros((len(FEATURES), 2))
    for _ in range(12):
        weighted = x * (share * robust)[:, None]
        weights = np.linalg.solve(weighted.T @ x + penalty, weighted.T @ y)
        left = np.linalg.norm(y - x @ weights, axis=1)
        limit = _HUBER * max(float(np.median(left)) / 0.6745, _LEAST_SIGMA)
        robust = np.minimum(1.0, limit / np.maximum(left, 1e-12))
    return weights
