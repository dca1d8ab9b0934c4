"""The shift check: does the prediction stay the same when the crop moves by whole pixels?  It needs no key."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from gazeattack.angles import angular_error
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.evaluation.predict import Change, predict
from gazeattack.model.bundle import Bundle
from gazeattack.model.prediction_module import prediction_module

SHIFTS = ((2, 1), (-2, -1), (3, 2), (-3, -2))
"""(columns, rows), pixels."""


def unchanged(crops: torch.Tensor) -> torch.Tensor:
    """The crops as they are."""
    return crops


def shifted(crops: torch.Tensor, columns: int, rows: int) -> torch.Tensor:
    """Crops [N, C, H, W] moved right and down by whole pixels; the edge is repeated."""
    height, width = crops.shape[2:]
    across, down = abs(columns), abs(rows)
    padded = F.pad(crops, (across, across, down, down), mode="replicate")
    return padded[:, :, down - rows :, across - columns :][:, :, :height, :width]


def shift_predictions(bundle: Bundle, data: LoadedSet, change: Change) -> tuple[np.ndarray, np.ndarray]:
    """The prediction, and the median over SHIFTS of the predictions for the shifted crop, (pitch, yaw) [N, 2] each."""

    def gaze(columns: int, rows: int) -> np.ndarray:
        move: Change = lambda crops: shifted(change(crops), columns, rows)  # noqa: E731
        return predict(
            prediction_module(bundle), bundle.preprocess, data.images, data.head, change=move, right=data.right
        )

    median: np.ndarray = np.median([gaze(*shift) for shift in SHIFTS], axis=0)
    return gaze(0, 0), median


def shift_scores(bundle: Bundle, data: LoadedSet, change: Change) -> np.ndarray:
    """Angle between the prediction and the median prediction over SHIFTS, degrees [N].

    A warp of a few tenths of a pixel is tied to the places of its pixels, and the gaze is not.
    """
    return angular_error(*shift_predictions(bundle, data, change))
