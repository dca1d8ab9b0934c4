"""The shift check: does the prediction stay the same when the crop moves by whole pixels?  It needs no key."""

from __future__ import annotations

import numpy as np
import torch

from gazeattack.angles import angular_error
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.evaluation.predict import Change, predict
from gazeattack.model.bundle import Bundle
from gazeattack.model.prediction_module import prediction_module
from gazeattack.model.shifts import SHIFTS, shift_crops


def unchanged(crops: torch.Tensor) -> torch.Tensor:
    """The crops as they are."""
    return crops


def shifted(crops: torch.Tensor, columns: int, rows: int) -> torch.Tensor:
    """As shift_crops, of a tensor."""
    return torch.from_numpy(shift_crops(crops.numpy(), columns, rows))


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
