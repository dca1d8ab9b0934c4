"""What runs a bundle's network: OpenVINO, or torch as the reference."""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np
import torch

from gazeattack.inference import Network
from gazeattack.model.bundle import Bundle
from gazeattack.model.graph import build_graph
from gazeattack.model.network import fuse_conv_bn

Engine = Literal["openvino", "torch"]

# A network for a fixed number of crops is faster than one for any number: one is compiled for each small number, and
# more crops go in parts of one size.
SMALL = 8
PART = 64


class GazeEngine(Protocol):
    """A network that is ready to run."""

    def run(self, inputs: np.ndarray, head: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray | None]:
        """Run the network.

        Args:
            inputs: preprocessed crops [N, C, H, W] in [-1, 1].
            head: head pose (pitch, yaw) [N, 2], radians; nan rows, or None, where unknown.

        Returns:
            (logits [N, readout.outputs], EYE_LANDMARKS [N, 12] in the units of SoftArgmaxHead, or None for a network
            without landmarks).
        """


class OpenVinoEngine:
    """The network in OpenVINO, its batch norms folded into the convolutions.

    Args:
        bundle: its weights are copied.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._fused = fuse_conv_bn(bundle.network).float()
        self._crop = bundle.crop
        self._head_pose = bundle.network.head_pose
        self._by_count: dict[int, Network] = {}

    def run(self, inputs: np.ndarray, head: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray | None]:
        """See GazeEngine."""
        count = len(inputs)
        arrays = [np.ascontiguousarray(inputs, dtype=np.float32)]
        if self._head_pose:
            arrays.append(_with_known(head, count))
        if count <= SMALL:
            found = self._network(count)(*arrays)
        else:
            parts = [self._part([array[at : at + PART] for array in arrays]) for at in range(0, count, PART)]
            found = tuple(np.concatenate(outputs) for outputs in zip(*parts, strict=True))
        return found[0], found[1] if len(found) > 1 else None

    def _part(self, arrays: list[np.ndarray]) -> tuple[np.ndarray, ...]:
        """Up to PART crops, filled up to PART."""
        count = len(arrays[0])
        filled = [np.concatenate([array, np.zeros((PART - count, *array.shape[1:]), np.float32)]) for array in arrays]
        return tuple(output[:count] for output in self._network(PART)(*filled))

    def _network(self, count: int) -> Network:
        if count not in self._by_count:
            size = self._crop
            graph = build_graph(self._fused, count, channels=size.channels, height=size.height, width=size.width)
            self._by_count[count] = Network(graph)
        return self._by_count[count]


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


def open_engine(bundle: Bundle, engine: Engine) -> GazeEngine:
    """The network of a bundle in one of the engines."""
    return OpenVinoEngine(bundle) if engine == "openvino" else TorchEngine(bundle)


def _with_known(head: np.ndarray | None, count: int) -> np.ndarray:
    """Head poses [N, 2] with nan as the graph takes them, float32 [N, 3]: pitch, yaw, and 1 where they are known."""
    pose = np.zeros((count, 3), np.float32)
    if head is not None:
        known = np.isfinite(head).all(axis=1)
        pose[known, :2], pose[known, 2] = head[known], 1
    return pose
