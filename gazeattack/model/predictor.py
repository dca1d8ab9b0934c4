"""Batched prediction: crops in, gaze in the crops' own normalised cameras out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gazeattack.model.bundle import Bundle
from gazeattack.model.engines import Engine, open_engine
from gazeattack.model.heads import GAZE_HEADS, decode_array
from gazeattack.model.landmarks import EYE_LANDMARKS, denormalize_landmarks
from gazeattack.model.preprocess import PREPROCESS_ARRAYS

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, eq=False)
class GazePrediction:
    """The predictions for N crops.

    gaze: (pitch, yaw) float64 [N, 2], radians.  points: EYE_LANDMARKS as (column, row) float64 [N, P, 2], pixels of the
    unmirrored crop from the centre of its first pixel; None where the bundle has no landmarks.
    """

    gaze: np.ndarray
    points: np.ndarray | None


class Predictor:
    """Predicts gaze from crops with one bundle's network.

    Args:
        bundle: the model, see open_bundle; its network is copied.
        engine: what runs the network; "torch" is the reference.
    """

    def __init__(self, bundle: Bundle, *, engine: Engine = "openvino") -> None:
        self.bundle = bundle
        self._engine = open_engine(bundle, engine)
        self._readout = GAZE_HEADS[bundle.readout]
        self._has_landmarks = bool(bundle.has_landmarks)
        self._preprocess = PREPROCESS_ARRAYS[bundle.preprocess]

    def predict(
        self, crops: np.ndarray | torch.Tensor, mirrored: Sequence[bool], head: np.ndarray | None = None
    ) -> np.ndarray:
        """Predict the gaze.

        Args:
            crops: an array or a tensor, unmirrored crops float32 [N, C, H, W] in [0, 1], of the bundle's size.
            mirrored: [N]; True flips crop i for the network and the sign of its yaw (right eyes, as in MPIIGaze).
            head: head pose (pitch, yaw) [N, 2] in each crop's own camera, radians; None where unknown.

        Returns:
            (pitch, yaw) float64 [N, 2], radians, in each unmirrored crop's own camera.
        """
        return self.predict_with_landmarks(crops, mirrored, head).gaze

    def predict_with_landmarks(
        self, crops: np.ndarray | torch.Tensor, mirrored: Sequence[bool], head: np.ndarray | None = None
    ) -> GazePrediction:
        """Predict the gaze and the eye landmarks; the arguments are those of predict()."""
        images, flip = np.asarray(crops), np.array(mirrored, dtype=bool)
        shown = np.where(flip[:, None, None, None], images[:, :, :, ::-1], images)
        pose = None
        if head is not None:
            pose = np.array(head, dtype=np.float64)
            pose[flip, 1] *= -1
        logits, places = self._engine.run(self._preprocess(shown), pose)
        gaze = decode_array(self._readout, logits).astype(np.float64)
        gaze[flip, 1] *= -1
        if places is None or not self._has_landmarks:
            return GazePrediction(gaze, None)
        height, width = images.shape[2:]
        points = denormalize_landmarks(places.reshape(-1, len(EYE_LANDMARKS), 2), height, width)
        points[flip, :, 0] = width - 1 - points[flip, :, 0]
        return GazePrediction(gaze, points.astype(np.float64))
