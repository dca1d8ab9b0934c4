"""Batched prediction: crops in, gaze in the crops' own normalised cameras out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from gazeattack.model.bundle import Bundle
from gazeattack.model.engines import Engine, open_engine
from gazeattack.model.landmarks import EYE_LANDMARKS, denormalize_landmarks
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
    """Predicts gaze from crops with one bundle's network.

    Args:
        bundle: the model, see open_bundle; its network is copied.
        engine: what runs the network; "torch" is the reference.
    """

    def __init__(self, bundle: Bundle, *, engine: Engine = "openvino") -> None:
        self.bundle = bundle
        self._engine = open_engine(bundle, engine)
        self._decode = bundle.network.readout.decode
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
        pose = None
        if head is not None:
            pose = np.array(head, dtype=np.float64)
            pose[flip.numpy(), 1] *= -1
        logits, places = self._engine.run(self._preprocess(shown).numpy(), pose)
        gaze = self._decode(torch.from_numpy(logits)).double().numpy()
        gaze[flip.numpy(), 1] *= -1
        if places is None or not self._has_landmarks:
            return GazePrediction(gaze, None)
        height, width = crops.shape[2:]
        units = torch.from_numpy(places).view(-1, len(EYE_LANDMARKS), 2)
        points = denormalize_landmarks(units, height, width)
        points[..., 0] = torch.where(flip[:, None], width - 1 - points[..., 0], points[..., 0])
        return GazePrediction(gaze, points.double().numpy())
