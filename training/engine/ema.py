"""Exponential moving average of the weights."""

from __future__ import annotations

import torch
from torch import nn


@torch.no_grad()
def update_ema(model_ema: nn.Module, network: nn.Module, decay: float, step: int) -> None:
    """Move the averaged weights and batch statistics towards the network's, in place.

    The decay is at most (1 + step) / (10 + step), so that the average follows quickly at the start of a run.
    """
    decay = min(decay, (1 + step) / (10 + step))
    for average, current in zip(model_ema.state_dict().values(), network.state_dict().values(), strict=True):
        if average.is_floating_point():
            average.lerp_(current, 1 - decay)
        else:
            average.copy_(current)
