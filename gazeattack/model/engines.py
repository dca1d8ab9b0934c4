"""What runs a bundle's network: OpenVINO, or torch as the reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol

import numpy as np

from gazeattack.errors import BundleError
from gazeattack.model.batching import BatchedNetwork
from gazeattack.model.bundle import Bundle
from gazeattack.model.graph import build_graph
from gazeattack.model.layout import SMALL, Layout

Engine = Literal["openvino", "torch"]


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
        bundle: of a network with a layout; its weights are copied.
    """

    def __init__(self, bundle: Bundle) -> None:
        assert bundle.layout is not None
        self._head_pose = bundle.layout.head_pose
        self._network = BatchedNetwork(_graphs(bundle, bundle.layout))

    def run(self, inputs: np.ndarray, head: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray | None]:
        """See GazeEngine."""
        arrays = [np.ascontiguousarray(inputs, dtype=np.float32)]
        if self._head_pose:
            arrays.append(_with_known(head, len(inputs)))
        found = self._network(*arrays)
        return found[0], found[1] if len(found) > 1 else None


def open_engine(bundle: Bundle, engine: Engine) -> GazeEngine:
    """The network of a bundle in one of the engines.

    Raises:
        BundleError: torch is asked to run an ONNX network.
    """
    if bundle.onnx is not None:
        if engine != "openvino":
            raise BundleError(f"{bundle.name} is an ONNX network, which only OpenVINO runs: use the engine openvino.")
        from gazeattack.model.onnx.engine import OnnxEngine

        return OnnxEngine(bundle.onnx.data, bundle.onnx.spec)
    if engine == "openvino":
        return OpenVinoEngine(bundle)
    # the window and the headless run do without torch
    from gazeattack.model.torch_engine import TorchEngine

    return TorchEngine(bundle)


def _graphs(bundle: Bundle, layout: Layout) -> Callable[[int], Any]:
    """From a number of crops to the OpenVINO model of a bundle's network."""
    if layout.backbone == SMALL:
        weights = {name: values.copy() for name, values in bundle.weights.items()}
        return lambda count: build_graph(layout, weights, count)
    # the graph of a published backbone is built from its modules
    from gazeattack.model.module_graph import build_module_graph
    from gazeattack.model.network import fuse_conv_bn

    network, crop = fuse_conv_bn(bundle.network), bundle.crop
    return lambda count: build_module_graph(
        network, count, channels=crop.channels, height=crop.height, width=crop.width
    )


def _with_known(head: np.ndarray | None, count: int) -> np.ndarray:
    """Head poses [N, 2] with nan as the graph takes them, float32 [N, 3]: pitch, yaw, and 1 where they are known."""
    pose = np.zeros((count, 3), np.float32)
    if head is not None:
        known = np.isfinite(head).all(axis=1)
        pose[known, :2], pose[known, 2] = head[known], 1
    return pose
