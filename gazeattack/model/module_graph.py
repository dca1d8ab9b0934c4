"""A GazeResNet with a published backbone as an OpenVINO graph, built from its modules.

OpenVINO's own conversion of torch modules belongs to the tools that gazeattack.inference leaves out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from gazeattack.inference import openvino
from gazeattack.model.blocks import Bottleneck, InvertedResidual, ResidualBlock
from gazeattack.model.network import GazeResNet

# nodes of OpenVINO, which has no types
Node = Any


def build_module_graph(network: GazeResNet, count: int, *, channels: int, height: int, width: int) -> Any:
    """Build the graph of a network in eval mode.

    Args:
        network: without keypoints, of fuse_conv_bn(); its weights are copied.
        count: N, the number of crops.
        channels, height, width: of the crops, pixels.

    Returns:
        An openvino.Model.  Inputs: crops float32 [N, C, H, W]; with network.head_pose also head float32 [N, 3]: pitch
        and yaw in radians and 1, or zeros where unknown.  Outputs: logits [N, readout.outputs], and with a landmark
        head the landmarks [N, 12], in the units of SoftArgmaxHead.
    """
    ov = openvino()
    op = ov.opset13
    crops = op.parameter([count, channels, height, width], ov.Type.f32)
    inputs = [crops]
    features = _layer(network.head[0], _layer(network.features, crops))
    first = features
    if network.head_pose:
        inputs.append(op.parameter([count, 3], ov.Type.f32))
        first = op.concat([features, inputs[1]], 1)
    outputs = [_layer(network.head[2:], first)]
    if network.parts is not None:
        outputs.append(_layer(network.parts, features))
    return ov.Model(outputs, inputs, "gaze")


def _layer(module: nn.Module, x: Node) -> Node:
    """A module applied to a node."""
    for kind, build in LAYERS.items():
        if isinstance(module, kind):
            return build(module, x)
    raise TypeError(f"no graph for {type(module).__name__}")


def _sequential(module: nn.Sequential, x: Node) -> Node:
    for layer in module:
        x = _layer(layer, x)
    return x


def _convolution(module: nn.Conv2d, x: Node) -> Node:
    op, pads = openvino().opset13, list(module.padding)
    weight, sides = _values(module.weight), (list(module.stride), pads, pads, list(module.dilation))
    if module.groups > 1:
        x = op.group_convolution(x, weight.reshape(module.groups, -1, *weight.shape[1:]), *sides)
    else:
        x = op.convolution(x, weight, *sides)
    return x if module.bias is None else op.add(x, _values(module.bias)[:, None, None])


def _linear(module: nn.Linear, x: Node) -> Node:
    op = openvino().opset13
    return op.add(op.matmul(x, _values(module.weight), False, True), _values(module.bias))


def _pool(module: nn.AdaptiveAvgPool2d, x: Node) -> Node:
    return openvino().opset13.adaptive_avg_pool(x, np.array(module.output_size, dtype=np.int64))


def _max_pool(module: nn.MaxPool2d, x: Node) -> Node:
    strides, pads, kernel = ([value] * 2 for value in (module.stride, module.padding, module.kernel_size))
    return openvino().opset13.max_pool(x, strides, [1, 1], pads, pads, kernel).output(0)


def _inverted(module: InvertedResidual, x: Node) -> Node:
    changed = _layer(module.body, x)
    return openvino().opset13.add(x, changed) if module.adds else changed


def _residual(module: ResidualBlock | Bottleneck, x: Node) -> Node:
    op = openvino().opset13
    return op.relu(op.add(_layer(module.body, x), _layer(module.shortcut, x)))


def _flatten(_: nn.Flatten, x: Node) -> Node:
    return openvino().opset13.reshape(x, np.array([0, -1]), special_zero=True)


def _values(tensor: torch.Tensor) -> np.ndarray:
    values: np.ndarray = tensor.detach().float().cpu().contiguous().numpy()
    return values


LAYERS: dict[type[nn.Module], Callable[[Any, Node], Node]] = {
    nn.Sequential: _sequential,
    nn.Conv2d: _convolution,
    nn.ReLU: lambda _, x: openvino().opset13.relu(x),
    nn.Linear: _linear,
    nn.AdaptiveAvgPool2d: _pool,
    nn.Flatten: _flatten,
    nn.Identity: lambda _, x: x,
    nn.Dropout: lambda _, x: x,
    nn.ReLU6: lambda _, x: openvino().opset13.clamp(x, 0.0, 6.0),
    nn.MaxPool2d: _max_pool,
    ResidualBlock: _residual,
    Bottleneck: _residual,
    InvertedResidual: _inverted,
}
