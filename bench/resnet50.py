"""A ResNet-50 (He et al., CVPR 2016) with random weights, in torch and in OpenVINO: L2CS-Net's shape at 448 pixels.

Its batch norms count as folded into the convolutions, so that both engines compute the same as in a finished product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from gazeattack.inference import Network, openvino

SIZE = 448  # pixels
STAGES = ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2))  # width, blocks, stride of the first
EXPANSION = 4
BINS = 2 * 90


@dataclass(frozen=True)
class Convolution:
    """One convolution: its kernel float32 [out, in, side, side], its bias [out], and its stride."""

    kernel: np.ndarray
    bias: np.ndarray
    stride: int

    @property
    def pad(self) -> int:
        """Pixels on each side."""
        return int(self.kernel.shape[-1]) // 2


@dataclass(frozen=True)
class Bottleneck:
    """Three convolutions, and the shortcut's where it has one."""

    body: tuple[Convolution, Convolution, Convolution]
    shortcut: Convolution | None


def make_weights(seed: int = 0) -> tuple[Convolution, list[Bottleneck], np.ndarray]:
    """Random weights: the stem, the blocks, and the last layer [2048, 180]."""
    random = np.random.default_rng(seed)

    def convolution(inputs: int, outputs: int, side: int, stride: int = 1) -> Convolution:
        scale = (2 / (inputs * side * side)) ** 0.5
        kernel = random.normal(0, scale, (outputs, inputs, side, side)).astype(np.float32)
        return Convolution(kernel, np.zeros(outputs, np.float32), stride)

    stem, inputs, blocks = convolution(3, 64, 7, 2), 64, []
    for width, count, first in STAGES:
        for number in range(count):
            stride, outputs = first if number == 0 else 1, width * EXPANSION
            body = (
                convolution(inputs, width, 1),
                convolution(width, width, 3, stride),
                convolution(width, outputs, 1),
            )
            blocks.append(Bottleneck(body, convolution(inputs, outputs, 1, stride) if number == 0 else None))
            inputs = outputs
    return stem, blocks, random.normal(0, 0.01, (inputs, BINS)).astype(np.float32)


def in_torch(seed: int = 0) -> Callable[[np.ndarray], np.ndarray]:
    """The network as a function of images float32 [1, 3, 448, 448]."""
    stem, blocks, last = make_weights(seed)

    def tensors(layer: Convolution) -> tuple[Any, ...]:
        kernel = torch.from_numpy(layer.kernel).contiguous(memory_format=torch.channels_last)
        return kernel, torch.from_numpy(layer.bias), layer.stride, layer.pad

    first = tensors(stem)
    rest = [
        ([tensors(layer) for layer in block.body], None if block.shortcut is None else tensors(block.shortcut))
        for block in blocks
    ]
    head = torch.from_numpy(last)

    @torch.inference_mode()
    def run(images: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(images).contiguous(memory_format=torch.channels_last)
        x = F.max_pool2d(F.conv2d(x, *first).relu_(), 3, 2, 1)
        for body, shortcut in rest:
            y = x
            for number, layer in enumerate(body):
                y = F.conv2d(y, *layer)
                y = y.relu_() if number < len(body) - 1 else y
            x = (y + (x if shortcut is None else F.conv2d(x, *shortcut))).relu_()
        scores: np.ndarray = (x.mean(dim=(2, 3)) @ head).numpy()
        return scores

    return run


def in_openvino(seed: int = 0) -> Network:
    """The same network in OpenVINO."""
    stem, blocks, last = make_weights(seed)
    ov = openvino()
    op = ov.opset13

    def convolution(x: Any, layer: Convolution) -> Any:
        pads = [layer.pad] * 2
        return op.convolution(x, layer.kernel, [layer.stride] * 2, pads, pads, [1, 1])

    def body(x: Any, layers: Iterator[Convolution]) -> Any:
        for number, layer in enumerate(layers):
            x = convolution(op.relu(x) if number else x, layer)
        return x

    images = op.parameter([1, 3, SIZE, SIZE], ov.Type.f32)
    x = op.relu(convolution(images, stem))
    x = op.max_pool(x, [2, 2], [1, 1], [1, 1], [1, 1], [3, 3]).output(0)
    for block in blocks:
        side = x if block.shortcut is None else convolution(x, block.shortcut)
        x = op.relu(op.add(body(x, iter(block.body)), side))
    pooled = op.reduce_mean(x, np.array([2, 3]), False)
    return Network(ov.Model([op.matmul(pooled, last, False, False)], [images], "resnet50"))
