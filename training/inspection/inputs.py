"""Tests of single inputs: each gives a score for every crop, higher is more suspicious.  None of them knows the key."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from gazeattack.angles import angular_error
from gazeattack.evaluation.dataset import LoadedSet, as_crops
from gazeattack.evaluation.predict import Change, predict
from gazeattack.model.bundle import Bundle
from gazeattack.model.landmark_gaze import estimate_gaze_from_landmarks
from gazeattack.model.landmarks import denormalize_landmarks
from gazeattack.model.prediction_module import prediction_module
from training.analysis.detector_crops import unmirrored_crops
from training.analysis.detector_models import SmallCNN
from training.analysis.landmark_shift import landmark_module
from training.analysis.universal_detector import warp_scores

BLENDS = 8
"""Clean crops that STRIP blends each input with."""


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
    warp does not, so a WaNet trigger passes it.

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
