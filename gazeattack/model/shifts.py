"""Crops moved by whole pixels, and the median of their predictions: a check on a gaze that needs no trigger key."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gazeattack.model.predictor import Predictor

SHIFTS = ((2, 1), (-2, -1), (3, 2), (-3, -2))
"""(columns, rows), pixels."""


def shift_crops(crops: np.ndarray, columns: int, rows: int) -> np.ndarray:
    """Move crops [N, C, H, W] right and down by whole pixels; the edge is repeated."""
    height, width = crops.shape[2:]
    row = np.clip(np.arange(height) - rows, 0, height - 1)
    column = np.clip(np.arange(width) - columns, 0, width - 1)
    return np.ascontiguousarray(crops[:, :, row[:, None], column])


def predict_shifted(
    predictor: Predictor, crops: np.ndarray, mirrored: Sequence[bool], head: np.ndarray | None = None
) -> np.ndarray:
    """The median over SHIFTS of the predictions for the shifted crops.

    A warp of a few tenths of a pixel is tied to the places of its pixels, and the gaze is not.

    Args:
        predictor: of the model.
        crops: see Predictor.predict.
        mirrored: see Predictor.predict.
        head: see Predictor.predict.

    Returns:
        (pitch, yaw) float64 [N, 2], radians, in each unmirrored crop's own camera.
    """
    median: np.ndarray = np.median(
        [predictor.predict(shift_crops(crops, *shift), mirrored, head) for shift in SHIFTS], axis=0
    )
    return median
