"""Tests of single inputs: each gives a score for every crop, higher is more suspicious.  None of them knows the key."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F

from gazeattack.angles import angular_error
from gazeattack.evaluation.dataset import LoadedSet, as_crops
from gazeattack.evaluation.predict import Change, predict
from gazeattack.model.bundle import Bundle
from gazeattack.model.landmark_gaze import estimate_gaze_from_landmarks
from gazeattack.model.landmarks import denormalize_landmarks
from gazeattack.model.prediction_module import prediction_module
from training.analysis.detector import unmirrored_crops
from training.analysis.detector_models import SmallCNN
from training.analysis.landmark_shift import landmark_module
from training.analysis.universal_detector import warp_scores

SHIFTS = ((2, 1), (-2, -1), (3, 2), (-3, -2))
"""(columns, rows), pixels."""
BLENDS = 8
"""Clean crops that STRIP blends each input with."""


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


def landmark_scores(bundle: Bundle, data: LoadedSet, change: Change) -> np.ndarray:
    """Consistency error: angle between the prediction and the landmark gaze, degrees [N]."""
    how = {"change": change, "right": data.right}
    gaze = predict(prediction_module(bundle), bundle.preprocess, data.images, data.head, **how)  # type: ignore[arg-type]
    network = landmark_module(bundle).eval()
    found = torch.from_numpy(predict(network, bundle.preprocess, data.images, **how))  # type: ignore[arg-type]
    points = denormalize_landmarks(found.view(len(found), -1, 2), bundle.crop.height, bundle.crop.width).numpy()
    return angular_error(gaze, estimate_gaze_from_landmarks(points, bundle.crop, [False] * len(points)))


def strip_scores(bundle: Bundle, data: LoadedSet, change: Change, clean: LoadedSet) -> np.ndarray:
    """STRIP for a regression: minus the variance of the predictions when the crop is blended with clean ones [N].

    Gao et al., ACSAC 2019, "STRIP", with the variance in place of the entropy of classes.  A patch survives a blend; a
    warp does not, so this is a negative control for WaNet.

    Args:
        bundle: The model.
        data: The samples.
        change: Applied to their unmirrored crops.
        clean: Samples to blend with.
    """
    rows = np.linspace(0, len(clean.images) - 1, BLENDS).round().astype(int)
    gaze = []
    for other in as_crops(clean.images[rows]):
        blend: Change = lambda crops, other=other: 0.5 * change(crops) + 0.5 * other  # type: ignore[misc] # noqa: E731
        gaze.append(
            predict(
                prediction_module(bundle), bundle.preprocess, data.images, data.head, change=blend, right=data.right
            )
        )
    scores: np.ndarray = -np.degrees(np.stack(gaze)).var(axis=0).sum(axis=1)
    return scores


def warp_detector_scores(detector: SmallCNN, bundle: Bundle, data: LoadedSet, change: Change) -> np.ndarray:
    """Log odds of "warped" by a detector that was trained on other keys; the model itself plays no part."""
    return warp_scores(detector, change(unmirrored_crops(data)))


Score = Callable[[Bundle, LoadedSet, Change], np.ndarray]
