"""A GazeResNet as an OpenVINO graph, built from its weights in memory, without torch.

OpenVINO's own conversion of torch modules belongs to the tools that gazeattack.inference leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gazeattack.inference import openvino
from gazeattack.model.landmarks import EYE_LANDMARKS, map_places
from gazeattack.model.layout import LEAK, RELU, STEM, Layout

# nodes of OpenVINO, which has no types
Node = Any

EPSILON = 1e-5  # of torch's batch normalisation


def build_graph(layout: Layout, weights: Mapping[str, np.ndarray], count: int) -> Any:
    """Build the graph of a network with the small backbone in eval mode, its batch norms folded where a convolution is.

    Args:
        layout: of the network.
        weights: float32 arrays by name, see Layout.weights().
        count: N, the number of crops.

    Returns:
        An openvino.Model.  Inputs: crops float32 [N, C, H, W]; with layout.head_pose also head float32 [N, 3]: pitch
        and yaw in radians and 1, or zeros where unknown.  Outputs: logits [N, readout.outputs], and where the network
        has landmarks, these [N, 12], in the units of SoftArgmaxHead.
    """
    return _Builder(layout, weights).build(count)


class _Builder:
    def __init__(self, layout: Layout, weights: Mapping[str, np.ndarray]) -> None:
        self._layout, self._weights = layout, weights
        self._op = openvino().opset13

    def build(self, count: int) -> Any:
        op, layout, ov = self._op, self._layout, openvino()
        crops = op.parameter([count, layout.channels, layout.height, layout.width], ov.Type.f32)
        inputs = [crops]
        x = self._activate(self._convolution(crops, "features.0", norm="features.1", stride=2, pad=2))
        fine = x
        for number, block in enumerate(layout.residual_blocks, STEM):
            x = self._residual(x, f"features.{number}", block.stride, projects=block.projects)
            if number + 1 == layout.fine:
                fine = x
        if layout.pools:
            x = op.adaptive_avg_pool(x, np.array(layout.grid, dtype=np.int64))
        features = self._keypoints(fine, x) if layout.num_keypoints else self._flatten(x)
        first = features
        if layout.head_pose:
            inputs.append(op.parameter([count, 3], ov.Type.f32))
            first = op.concat([features, inputs[1]], 1)
        if layout.num_keypoints:
            hidden = self._linear(self._activate(self._linear(first, "head.2.0")), "head.2.2")
        else:
            hidden = self._linear(first, "head.2")
        outputs = [self._linear(self._activate(hidden), "head.4")]
        if layout.has_landmarks:
            places = self._linear(features, "parts") if layout.has_parts else features
            outputs.append(op.slice(places, [0], [2 * len(EYE_LANDMARKS)], [1], [1]))
        return ov.Model(outputs, inputs, "gaze")

    def _activate(self, x: Node) -> Node:
        op = self._op
        if self._layout.activation == RELU:
            return op.relu(x)
        if self._layout.activation == "gelu":
            return op.gelu(x, "erf")
        return op.prelu(x, np.array([LEAK], dtype=np.float32))

    def _convolution(self, x: Node, at: str, *, norm: str | None = None, stride: int = 1, pad: int = 0) -> Node:
        """A convolution with its bias, or with the batch norm after it folded in."""
        kernel = self._weights[f"{at}.weight"]
        if norm is None:
            bias = self._weights[f"{at}.bias"]
        else:
            scale, bias = self._norm(norm)
            kernel = (kernel * scale[:, None, None, None]).astype(np.float32)
        x = self._op.convolution(x, np.ascontiguousarray(kernel), [stride] * 2, [pad] * 2, [pad] * 2, [1, 1])
        return self._op.add(x, bias.astype(np.float32)[:, None, None])

    def _norm(self, at: str) -> tuple[np.ndarray, np.ndarray]:
        """Scale and shift of a batch norm, float64 [channels]."""
        gain, shift, mean, variance = (
            self._weights[f"{at}.{name}"].astype(np.float64)
            for name in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gain / np.sqrt(variance + EPSILON)
        return scale, shift - mean * scale

    def _residual(self, x: Node, at: str, stride: int, *, projects: bool) -> Node:
        op = self._op
        body = self._activate(self._convolution(x, f"{at}.body.0", norm=f"{at}.body.1", stride=stride, pad=1))
        body = self._convolution(body, f"{at}.body.3", norm=f"{at}.body.4", pad=1)
        if projects:
            x = self._convolution(x, f"{at}.shortcut.0", norm=f"{at}.shortcut.1", stride=stride)
        return self._activate(op.add(body, x))

    def _linear(self, x: Node, at: str) -> Node:
        op = self._op
        return op.add(op.matmul(x, self._weights[f"{at}.weight"], False, True), self._weights[f"{at}.bias"])

    def _flatten(self, x: Node) -> Node:
        return self._op.reshape(x, np.array([0, -1]), special_zero=True)

    def _keypoints(self, fine: Node, coarse: Node) -> Node:
        """SoftArgmaxHead.forward."""
        op, layout = self._op, self._layout
        rows, columns = layout.map_size
        context = op.interpolate(
            self._convolution(coarse, "points.coarse"),
            np.array([rows, columns], dtype=np.int64),
            "linear_onnx",
            "sizes",
            coordinate_transformation_mode="half_pixel",
            axes=np.array([2, 3], dtype=np.int64),
        )
        maps = op.add(self._convolution(fine, "points.fine"), context)
        scale, shift = (values.astype(np.float32)[:, None, None] for values in self._norm("points.maps.0"))
        maps = op.relu(op.add(op.multiply(maps, scale), shift))
        maps = op.relu(self._convolution(maps, "points.maps.2", norm="points.maps.3", pad=1))
        maps = self._convolution(maps, "points.maps.5")
        mass = op.softmax(op.reshape(maps, np.array([0, 0, -1]), special_zero=True), -1)
        x, y = map_places(rows, columns, height=layout.height, width=layout.width)
        grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        return self._flatten(op.matmul(mass, grid, False, False))
