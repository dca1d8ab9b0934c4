"""A bundle's network as a torch module that predicts, also for networks that torch does not run."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import nn

from gazeattack.model.bundle import Bundle
from gazeattack.model.engines import open_engine


class EngineModule(nn.Module):
    """An ONNX network, run by OpenVINO; it has no parameters and no gradient.

    Args:
        bundle: with an ONNX network.
    """

    def __init__(self, bundle: Bundle) -> None:
        super().__init__()
        self._engine = open_engine(bundle, "openvino")

    def forward(self, x: torch.Tensor, head: torch.Tensor | None = None) -> torch.Tensor:
        """Gaze (pitch, yaw) in radians, [N, 2]; the arguments are those of GazeResNet."""
        return torch.from_numpy(self._run(x, head)[0])

    def predict_landmarks(self, x: torch.Tensor) -> torch.Tensor:
        """EYE_LANDMARKS of crops in the units of SoftArgmaxHead, [N, 12]; only where the network gives them."""
        places = self._run(x, None)[1]
        assert places is not None
        return torch.from_numpy(places)

    def _run(self, x: torch.Tensor, head: torch.Tensor | None) -> tuple[np.ndarray, np.ndarray | None]:
        return self._engine.run(x.detach().numpy(), None if head is None else head.double().numpy())


@lru_cache(maxsize=4)
def prediction_module(bundle: Bundle) -> nn.Module:
    """What predict() takes: the network in torch, or an EngineModule for an ONNX network; the same for one bundle."""
    return bundle.network if bundle.onnx is None else EngineModule(bundle)
