"""The blocks that backbones are made of."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from gazeattack.model.layout import LEAK, RELU

SAFE_CHANNELS = 8
"""Input channels from which on torch's gradient of a 1x1 convolution with a stride is right in every layout."""


def conv_bn(inputs: int, outputs: int, kernel: int, stride: int = 1, *, groups: int = 1) -> list[nn.Module]:
    """A convolution that keeps the size, but for its stride, and its batch normalisation."""
    return [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]


def make_activation(name: str) -> nn.Module:
    """The layer of a name in ACTIVATIONS; no layer has weights, so all networks have the same names of weights."""
    if name == RELU:
        return nn.ReLU(inplace=True)
    return nn.GELU() if name == "gelu" else nn.LeakyReLU(LEAK, inplace=True)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with batch normalisation and a shortcut (He et al., CVPR 2016).

    Args:
        inputs, outputs: channels.
        stride: of the first convolution.
        activation: a name in ACTIVATIONS.
    """

    def __init__(self, inputs: int, outputs: int, stride: int, activation: str = RELU) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *conv_bn(inputs, outputs, 3, stride), make_activation(activation), *conv_bn(outputs, outputs, 3)
        )
        self.shortcut = _shortcut(inputs, outputs, stride)
        self.activation = make_activation(activation)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[N, inputs, H, W] -> [N, outputs, H / stride, W / stride]."""
        activated: torch.Tensor = self.activation(self.body(x) + self.shortcut(x))
        return activated


class Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolutions with a shortcut (He et al., CVPR 2016), the stride at the 3x3 as is usual now."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        width = outputs // 4
        self.body = nn.Sequential(
            *conv_bn(inputs, width, 1),
            nn.ReLU(inplace=True),
            *conv_bn(width, width, 3, stride),
            nn.ReLU(inplace=True),
            *conv_bn(width, outputs, 1),
        )
        self.shortcut = _shortcut(inputs, outputs, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[N, inputs, H, W] -> [N, outputs, H / stride, W / stride]."""
        return torch.relu(self.body(x) + self.shortcut(x))


class InvertedResidual(nn.Module):
    """Expansion, depthwise 3x3 convolution and linear projection (Sandler et al., MobileNetV2, CVPR 2018).

    Args:
        inputs, outputs: channels; they are added where they agree and the stride is 1.
        stride: of the depthwise convolution.
        expansion: how many times as many channels there are in between.
    """

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        width = inputs * expansion
        first = [*conv_bn(inputs, width, 1), nn.ReLU6(inplace=True)] if expansion > 1 else []
        self.body = nn.Sequential(
            *first, *conv_bn(width, width, 3, stride, groups=width), nn.ReLU6(inplace=True), *conv_bn(width, outputs, 1)
        )
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[N, inputs, H, W] -> [N, outputs, H / stride, W / stride]."""
        changed: torch.Tensor = self.body(x)
        return x + changed if self.adds else changed


class ShortcutConv(nn.Conv2d):
    """A 1x1 convolution with a stride, whose gradient is safe for few channels.

    On processors with AVX2 alone, torch 2.13 writes outside its memory in the gradient of such a convolution in float32
    with 2 to 7 input channels in the channels_last layout, and the process dies.  Without a stride it does not.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[N, inputs, H, W] -> [N, outputs, H / stride, W / stride]."""
        if self.in_channels >= SAFE_CHANNELS or not torch.is_grad_enabled():
            return super().forward(x)
        rows, columns = self.stride
        return F.conv2d(x[:, :, ::rows, ::columns], self.weight, self.bias)


def _shortcut(inputs: int, outputs: int, stride: int) -> nn.Module:
    """The identity, or a 1x1 convolution where the size changes."""
    if stride == 1 and inputs == outputs:
        return nn.Identity()
    # without padding, whatever the stride
    return nn.Sequential(ShortcutConv(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
