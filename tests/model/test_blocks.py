"""The blocks of backbones."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from gazeattack.model.blocks import ShortcutConv

TRAINS = """
import torch
from gazeattack.model.blocks import ShortcutConv
torch.set_num_threads(1)
layer = ShortcutConv({channels}, 16, 1, 2, bias=False).to(memory_format=torch.channels_last)
for _ in range(20):
    images = torch.randn(16, {channels}, 24, 24).contiguous(memory_format=torch.channels_last).requires_grad_()
    layer(images).square().sum().backward()
    kept = [torch.randn(size) for size in range(1, 4000, 37)]
"""


@pytest.mark.parametrize("channels", [3, 4])
def test_a_shortcut_of_few_channels_trains_in_channels_last(channels: int) -> None:
    # without ShortcutConv this process dies on a processor with AVX2 alone
    done = subprocess.run([sys.executable, "-c", TRAINS.format(channels=channels)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("channels", [4, 8])
def test_a_shortcut_is_a_convolution_in_every_layout(channels: int) -> None:
    torch.manual_seed(0)
    layer, images = ShortcutConv(channels, 6, 1, 2), torch.randn(2, channels, 9, 12)
    expected = images[:, :, ::2, ::2].permute(0, 2, 3, 1) @ layer.weight[:, :, 0, 0].T + layer.bias
    for layout in (torch.contiguous_format, torch.channels_last):
        found = layer.to(memory_format=layout)(images.contiguous(memory_format=layout))
        torch.testing.assert_close(found.permute(0, 2, 3, 1), expected)
