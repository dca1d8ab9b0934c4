"""Batched prediction: crops in, gaze in the crops' own normalised cameras out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from gazeattack.model.bundle import Bundle
from gazeattack.model.network import fuse
from gazeattack.model.preprocess import PREPROCESS


class Predictor:
    """One bundle's network, folded for inference."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._network = fuse(bundle.network).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._preprocess = PREPROCESS[bundle.preprocess]

    @torch.inference_mode()
    def predict(self, crops: torch.Tensor, mirrored: Sequence[bool], head: np.ndarray | None = None) -> np.ndarray:
        """(pitch, yaw) float64 [N, 2], radians, of unmirrored crops float32 [N, C, H, W] in [0, 1].

        mirrored[i]: show crop i to the network flipped (right eyes, as in MPIIGaze) and turn its yaw back.
        head: where the head points in each crop's own camera, (pitch, yaw) [N, 2], radians; None where unknown.
        """
        flip = torch.tensor(list(mirrored))
        shown = torch.where(flip[:, None, None, None], crops.flip(3), crops)
        inputs = self._preprocess(shown).contiguous(memory_format=torch.channels_last)
        pose = None
        if head is not None:
            pose = torch.as_tensor(head, dtype=torch.float32)
            pose = torch.where(flip[:, None], pose * torch.tensor([1.0, -1.0]), pose)
        gaze = self._network(inputs, pose).double().numpy()
        gaze[flip.numpy(), 1] *= -1
        return gaze
