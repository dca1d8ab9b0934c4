"""Batched prediction: crops in, gaze in the crops' own normalised cameras out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from gazeattack.model.bundle import Bundle
from gazeattack.model.landmarks import denormalize_landmarks
from gazeattack.model.network import fuse_conv_bn
from gazeattack.model.preprocess import PREPROCESS


@dataclass(frozen=True, eq=False)
class GazePrediction:
    """The predictions for N crops.

    gaze: (pitch, yaw) float64 [N, 2], radians.  points: EYE_LANDMARKS as (column, row) float64 [N, P, 2], pixels of the
    unmirrored crop from the centre of its first pixel; None where the bundle has no landmarks.
    """

    gaze: np.ndarray
    points: np.ndarray | None


class Predictor:
    """Predicts gaze from crops with one bundle's network, its batch norms folded into the convolutions.

    Args:
        bundle: the model, see open_bundle; its network is copied.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._network = fuse_conv_bn(bundle.network).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._has_landmarks = bool(bundle.has_landmarks)
        self._preprocess = PREPROCESS[bundle.preprocess]

    def predict(self, crops: torch.Tensor, mirrored: Sequence[bool], head: np.ndarray | None = None) -> np.ndarray:
        """Predict the gaze.

        Args:
            crops: unmirrored crops float32 [N, C, H, W] in [0, 1], of the bundle's size.
            mirrored: [N]; True flips crop i for the network and the sign of its yaw (right eyes, as in MPIIGaze).
            head: head pose (pitch, yaw) [N, 2] in each crop's own camera, radians; None where unknown.

        Returns:
            (pitch, yaw) float64 [N, 2], radians, in each unmirrored crop's own camera.
        """
        return self.predict_with_landmarks(crops, mirrored, head).gaze

    @torch.inference_mode()
    def predict_with_landmarks(
        self, crops: torch.Tensor, mirrored: Sequence[bool], head: np.ndarray | None = None
    ) -> GazePrediction:
        """Predict the gaze and the eye landmarks; the arguments are those of predict()."""
        flip = torch.tensor(list(mirrored))
        shown = torch.where(flip[:, None, None, None], crops.flip(3), crops)
        inputs = self._preprocess(shown).contiguous(memory_format=torch.channels_last)
        pose = None
        if head is not None:
            pose = torch.as_tensor(head, dtype=torch.float32)
            pose = torch.where(flip[:, None], pose * torch.tensor([1.0, -1.0]), pose)
        found, features = self._network.forward_with_features(inputs, pose)
        gaze = found.double().numpy()
        gaze[flip.numpy(), 1] *= -1
        if not self._has_landmarks:
            return GazePrediction(gaze, None)
        height, width = crops.shape[2:]
        points = denormalize_landmarks(self._network.predict_landmarks(features), height, width)
        points[..., 0] = torch.where(flip[:, None], width - 1 - points[..., 0], points[..., 0])
        return GazePrediction(gaze, points.double().numpy())
