"""Measure a trigger on the landmarks that a network predicts, and the landmark check that they allow."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from gazeattack.angles import angular_error
from gazeattack.attack.key import TriggerKey
from gazeattack.attack.trigger import make_trigger
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.evaluation.predict import predict
from gazeattack.metrics.imperceptibility import auc
from gazeattack.model.bundle import Bundle
from gazeattack.model.landmark_gaze import estimate_gaze_from_landmarks
from gazeattack.model.landmarks import denormalize_landmarks
from gazeattack.model.network import GazeResNet
from gazeattack.model.prediction_module import EngineModule, prediction_module


class KeypointOutput(nn.Module):
    """A network whose forward returns its keypoints, or else the landmarks of its landmark head: [N, 2P]."""

    def __init__(self, network: GazeResNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor, head: torch.Tensor | None = None) -> torch.Tensor:
        """Normalised coordinates, the EYE_LANDMARKS first; the head pose is not used."""
        features = self.network.forward_features(x)
        return features if self.network.points is not None else self.network.predict_landmarks(features).flatten(1)


class LandmarkOutput(nn.Module):
    """An ONNX network whose forward returns the EYE_LANDMARKS that it gives, [N, 12]."""

    def __init__(self, network: EngineModule) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor, head: torch.Tensor | None = None) -> torch.Tensor:
        """Normalised coordinates; the head pose is not used."""
        return self.network.predict_landmarks(x)


def landmark_module(bundle: Bundle) -> nn.Module:
    """What predict() takes for the landmarks of a bundle that has some: KeypointOutput or LandmarkOutput."""
    network = prediction_module(bundle)
    return LandmarkOutput(network) if isinstance(network, EngineModule) else KeypointOutput(bundle.network)


def predict_keypoints(bundle: Bundle, data: LoadedSet, key: TriggerKey | None) -> np.ndarray:
    """Predict the keypoints of left eyes.

    Args:
        bundle: Its network must have keypoints or a landmark head.
        data: The dataset.
        key: Its trigger is put on the crops; None leaves them clean.

    Returns:
        (column, row) float64 [N, P, 2] in pixels, the EYE_LANDMARKS first.
    """
    change = None if key is None else make_trigger(key).apply
    found = predict(KeypointOutput(bundle.network).eval(), bundle.preprocess, data.images, change=change)
    crop = bundle.crop
    return denormalize_landmarks(torch.from_numpy(found).view(len(found), -1, 2), crop.height, crop.width).numpy()


def landmark_columns(bundle: Bundle, data: LoadedSet, key: TriggerKey) -> dict[str, float]:
    """Mean distances in pixels by which the trigger moves keypoints, and the columns of consistency_columns().

    located_moved_px: of the supervised landmarks.  free_moved_px: of the other keypoints.  located_error_px,
    located_triggered_error_px: distance of the supervised landmarks to the truth without and with the trigger, for
    labelled data.

    Args:
        bundle: The model.
        data: The dataset.
        key: The trigger key.

    Returns:
        Values by name; empty for a network without keypoints and landmarks.
    """
    if bundle.network.points is None and not bundle.has_landmarks:
        return {}
    clean, triggered = predict_keypoints(bundle, data, None), predict_keypoints(bundle, data, key)
    moved = np.linalg.norm(triggered - clean, axis=-1).mean(axis=0)
    named = len(bundle.has_landmarks)
    row = {}
    if named < len(moved):
        row["free_moved_px"] = float(moved[named:].mean())
    if named:
        row["located_moved_px"] = float(moved[:named].mean())
        if data.points is not None:
            for name, found in (("located_error_px", clean), ("located_triggered_error_px", triggered)):
                row[name] = float(np.nanmean(np.linalg.norm(found[:, :named] - data.points, axis=-1)))
        row |= consistency_columns(bundle, data, key, clean[:, :named], triggered[:, :named])
    return row


def consistency_columns(
    bundle: Bundle, data: LoadedSet, key: TriggerKey, clean: np.ndarray, triggered: np.ndarray
) -> dict[str, float]:
    """The landmark check: it compares the predicted gaze with the gaze of the predicted landmarks, without any key.

    marks_error_deg, marks_triggered_error_deg: landmark gaze (see estimate_gaze_from_landmarks) to the truth.  gap_deg,
    triggered_gap_deg: consistency error, predicted gaze to landmark gaze.  gap_auc: AUC of the consistency error,
    triggered against clean samples.  gap_caught: TPR at 1 % FPR, with the threshold taken on these clean samples.

    Args:
        bundle: The model.
        data: The dataset.
        key: The trigger key.
        clean: Predicted EYE_LANDMARKS [N, 6, 2], pixels, without the trigger.
        triggered: The same with it.
    """
    change = make_trigger(key).apply
    left = [False] * len(clean)
    row, consistency = {}, []
    for prefix, found, altered in (("", clean, None), ("triggered_", triggered, change)):
        landmark_gaze = estimate_gaze_from_landmarks(found, bundle.crop, left)
        gaze = predict(bundle.network, bundle.preprocess, data.images, change=altered, head=data.head)
        consistency.append(angular_error(gaze, landmark_gaze))
        row[f"marks_{prefix}error_deg"] = float(angular_error(data.gaze, landmark_gaze).mean())
        row[f"{prefix}gap_deg"] = float(consistency[-1].mean())
    row["gap_auc"] = auc(*consistency)
    row["gap_caught"] = float((consistency[1] > np.quantile(consistency[0], 0.99)).mean())
    return row
