"""Checks of a bundle that a stranger made: its hashes are right, and its content may be anything.

The network of the card is laid out (see Layout) and compared with the header of the weights before it is built.
"""

from __future__ import annotations

import math
import stat
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open

from gazeattack.errors import BundleError
from gazeattack.model.heads import GAZE_HEADS
from gazeattack.model.layout import ACTIVATIONS, COUNTER, PUBLISHED, RELU, SMALL, Layout, Shape
from gazeattack.parsing import read_object

# Bytes; the largest network within the bounds below is smaller.
MOST_BYTES = {
    "card.json": 2**20,
    "SHA256SUMS": 2**16,
    "weights.safetensors": 2**30,
    "network.onnx": 2**29,
    "trigger.safetensors": 2**28,
}
# Inclusive ranges of the whole numbers in a card's network, far beyond what trains.
NETWORK_BOUNDS = {"base_width": (1, 256), "blocks": (1, 16), "hidden": (1, 2048), "num_keypoints": (0, 512)}
_SWITCHES = ("head_pose", "landmark_head")


def check_file(path: Path) -> None:
    """Check that a file of a bundle is a regular one of a possible size: a pipe or a device would never end.

    Raises:
        OSError: it cannot be read.
        BundleError: it is something else, or too large.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise BundleError(f"{path.parent.name}: {path.name} cannot be read (it is no file): restore the bundle.")
    if found.st_size > MOST_BYTES[path.name]:
        raise BundleError(f"{path.parent.name}: {path.name} is too large for a bundle: restore the bundle.")


def read_card(path: Path) -> dict[str, Any]:
    """Read a model card.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no JSON object.
    """
    # a card may hold figures that are no numbers
    return read_object(path, finite=False)


def check_network(options: Mapping[str, Any]) -> None:
    """Check the keyword arguments of GazeResNet that a card names.  Raises ValueError for impossible ones."""
    for name, (low, high) in NETWORK_BOUNDS.items():
        value = options.get(name, low)
        if type(value) is not int or not low <= value <= high:
            raise ValueError(f"{name} is not from {low} to {high}")
    if any(type(options.get(name, False)) is not bool for name in _SWITCHES):
        raise ValueError("a switch is neither true nor false")
    dropout = options.get("dropout", 0.0)
    if type(dropout) not in (int, float) or not 0 <= dropout < 1:
        raise ValueError("dropout is not from 0 to 1")
    if options.get("readout", "regression") not in tuple(GAZE_HEADS):
        raise ValueError("no such readout")
    if options.get("backbone", SMALL) not in (SMALL, *PUBLISHED):
        raise ValueError("no such backbone")
    if options.get("activation", RELU) not in ACTIVATIONS:
        raise ValueError("no such activation")


def check_header(weights: Path, layout: Layout) -> None:
    """Compare the names, shapes and types in the header of a file of weights with the network that they are for.

    Args:
        weights: safetensors.
        layout: of the network.

    Raises:
        ValueError: they differ.
        SafetensorError: it is no such file.
    """
    expected = layout.weights() if layout.backbone == SMALL else _published_weights(layout)
    with safe_open(weights, framework="numpy") as file:
        if set(file.keys()) != set(expected):
            raise ValueError("other names")
        for name, shape in expected.items():
            found = file.get_slice(name)
            kind = "I64" if name.endswith(COUNTER) else "F32"
            if found.get_shape() != list(shape) or found.get_dtype() != kind:
                raise ValueError(f"{name} has another shape or type")


def _published_weights(layout: Layout) -> dict[str, Shape]:
    """Names and shapes of the weights of a network with a published backbone, made without memory for them."""
    import torch

    from gazeattack.model.network import GazeResNet

    with torch.device("meta"):
        network = GazeResNet(**asdict(layout))
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def check_values(weights: Mapping[str, np.ndarray]) -> None:
    """Check that every weight is a finite number, and every variance one of at least 0.  Raises ValueError."""
    for name, values in weights.items():
        low = 0.0 if name.endswith("running_var") else -math.inf
        if not bool((np.isfinite(values) & (values >= low)).all()):
            raise ValueError(f"{name} holds an impossible number")
