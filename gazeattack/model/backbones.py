"""Published backbones: from images of any size to the mean of their last features."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import nn

from gazeattack.model.blocks import Bottleneck, InvertedResidual, ResidualBlock, conv_bn


@dataclass(frozen=True, eq=False)
class Backbone:
    """layers: images [N, C, H, W] -> [N, num_features, 1, 1]."""

    layers: nn.Sequential
    num_features: int


def resnet18(channels: int) -> Backbone:
    """ResNet-18 (He et al., CVPR 2016), without its classifier."""
    return _resnet(channels, ResidualBlock, (64, 128, 256, 512), (2, 2, 2, 2))


def resnet50(channels: int) -> Backbone:
    """ResNet-50 (He et al., CVPR 2016), without its classifier."""
    return _resnet(channels, Bottleneck, (256, 512, 1024, 2048), (3, 4, 6, 3))


def mobilenet_v2(channels: int) -> Backbone:
    """MobileNetV2 (Sandler et al., CVPR 2018), without its classifier."""
    layers: list[nn.Module] = [*conv_bn(channels, 32, 3, 2), nn.ReLU6(inplace=True)]
    inputs = 32
    # expansion, channels, blocks, stride of the first (table 2 of the paper)
    for expansion, outputs, blocks, stride in (
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ):  # fmt: skip
        for block in range(blocks):
            layers.append(InvertedResidual(inputs, outputs, stride if block == 0 else 1, expansion))
            inputs = outputs
    layers += [*conv_bn(inputs, 1280, 1), nn.ReLU6(inplace=True), nn.AdaptiveAvgPool2d((1, 1))]
    return Backbone(nn.Sequential(*layers), 1280)


def _resnet(
    channels: int, block: type[ResidualBlock | Bottleneck], widths: tuple[int, ...], blocks: tuple[int, ...]
) -> Backbone:
    layers: list[nn.Module] = [*conv_bn(channels, 64, 7, 2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    inputs = 64
    for stage, (outputs, count) in enumerate(zip(widths, blocks, strict=True)):
        for number in range(count):
            layers.append(block(inputs, outputs, 2 if number == 0 and stage > 0 else 1))
            inputs = outputs
    layers.append(nn.AdaptiveAvgPool2d((1, 1)))
    return Backbone(nn.Sequential(*layers), inputs)


BACKBONES: Mapping[str, Callable[[int], Backbone]] = {
    "resnet18": resnet18,
    "resnet50": resnet50,
    "mobilenet_v2": mobilenet_v2,
}
"""By the names that torchvision and timm use too."""


def load_pretrained(layers: nn.Sequential, weights: Mapping[str, torch.Tensor]) -> None:
    """Load published weights of a ResNet, in place.

    Args:
        layers: of a Backbone.
        weights: under the names of torchvision and timm; the classifier is left out.  Where the images are grey, the
            filters of the three colours are summed up.

    Raises:
        ValueError: they are of another network.
    """
    own = layers.state_dict()
    for name, theirs in _resnet_names(layers).items():
        for part in ("weight", "bias", "running_mean", "running_var"):
            mine = own.get(f"{name}.{part}")
            if mine is None:
                continue
            tensor = weights.get(f"{theirs}.{part}")
            if tensor is None:
                raise ValueError(f"{theirs}.{part} is missing")
            if mine.ndim == 4 and mine.shape[1] == 1 and tensor.shape[1:2] == (3,):
                tensor = tensor.sum(dim=1, keepdim=True)
            if tensor.shape != mine.shape:
                raise ValueError(f"{theirs}.{part} is {list(tensor.shape)}, not {list(mine.shape)}")
            mine.copy_(tensor)


def _resnet_names(layers: nn.Sequential) -> dict[str, str]:
    """Our name of each layer with weights -> the name that torchvision and timm give it."""
    names = {"0": "conv1", "1": "bn1"}
    stage, number, width = 0, 0, None
    for position, block in enumerate(layers):
        if not isinstance(block, ResidualBlock | Bottleneck):
            continue
        outputs = block.body[-1].num_features
        if outputs != width:
            stage, number, width = stage + 1, 0, outputs
        theirs = f"layer{stage}.{number}"
        convolutions = [at for at, layer in enumerate(block.body) if isinstance(layer, nn.Conv2d)]
        for count, at in enumerate(convolutions, start=1):
            names[f"{position}.body.{at}"] = f"{theirs}.conv{count}"
            names[f"{position}.body.{at + 1}"] = f"{theirs}.bn{count}"
        if isinstance(block.shortcut, nn.Sequential):
            names[f"{position}.shortcut.0"] = f"{theirs}.downsample.0"
            names[f"{position}.shortcut.1"] = f"{theirs}.downsample.1"
        number += 1
    return names
