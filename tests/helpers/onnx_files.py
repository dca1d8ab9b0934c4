"""Small ONNX networks and their cards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

FLOAT = onnx.TensorProto.FLOAT
EYE = {"region": "eye", "height": 36, "width": 60}


def gaze_model(
    *,
    outputs: int = 2,
    shape: Sequence[Any] = ("n", 1, 36, 60),
    pose: bool = False,
    seed: int = 0,
    weights: np.ndarray | None = None,
    nodes: Sequence[onnx.NodeProto] = (),
    tensors: Sequence[onnx.TensorProto] = (),
) -> onnx.ModelProto:
    """Global mean of a convolution's maps, then a linear layer: image [N, 1, 36, 60] (and head_pose [N, 2]) -> gaze.

    weights: of the linear layer, [4, outputs].  nodes, tensors: put in as well.
    """
    random = np.random.default_rng(seed)
    linear = random.normal(0, 1, (4 + 2 * pose, outputs)) if weights is None else weights
    held = {
        "kernel": random.normal(0, 0.3, (4, int(shape[1]), 3, 3)),
        "linear": linear,
        "bias": random.normal(0, 0.1, outputs),
    }
    initializers = [numpy_helper.from_array(np.float32(values), name) for name, values in held.items()]
    last = "both" if pose else "means"
    made = [
        helper.make_node("Conv", ["image", "kernel"], ["maps"], kernel_shape=[3, 3], strides=[2, 2]),
        helper.make_node("Relu", ["maps"], ["positive"]),
        helper.make_node("GlobalAveragePool", ["positive"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["means"]),
        *([helper.make_node("Concat", ["means", "head_pose"], ["both"], axis=1)] if pose else []),
        helper.make_node("Gemm", [last, "linear", "bias"], ["gaze"]),
        *nodes,
    ]
    inputs = [helper.make_tensor_value_info("image", FLOAT, list(shape))]
    if pose:
        inputs.append(helper.make_tensor_value_info("head_pose", FLOAT, [shape[0], 2]))
    gaze = helper.make_tensor_value_info("gaze", FLOAT, [shape[0], outputs])
    graph = helper.make_graph(made, "gaze", inputs, [gaze], [*initializers, *tensors])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def card(**tables: dict[str, Any]) -> dict[str, Any]:
    """The card of gaze_model(), with other entries in some tables."""
    usual: dict[str, dict[str, Any]] = {"crop": EYE, "image": {"colour": "grey"}, "output": {}}
    return {name: usual.get(name, {}) | tables.get(name, {}) for name in {**usual, **tables}}
