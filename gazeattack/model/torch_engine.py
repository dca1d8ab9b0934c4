"""A bundle's network in torch, the reference of OpenVinoEngine."""

from __future__ import annotations

import numpy as np
import torch

from gazeattack.model.bundle import Bundle
from gazeattack.model.network import fuse_conv_bn


class TorchEngine:
    """The network in torch, in the precision of its weights.

    Args:
        bundle: its weights are copied.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._network = fuse_conv_bn(bundle.network)
        self._dtype = next(self._network.parameters()).dtype

    @torch.inference_mode()
    def run(self, inputs: np.ndarray, head: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray | None]:
        """See GazeEngine."""
        network = self._network
        features = network.forward_features(torch.from_numpy(inputs).to(self._dtype))
        pose = None if head is None else torch.from_numpy(head).to(self._dtype)
        logits = network.forward_head(features, pose)
        places = network.predict_landmarks(features).flatten(1).numpy() if network.has_landmarks else None
        return logits.numpy(), places
