"""The stages of a residual network."""

from __future__ import annotations

from gazeattack.model.blocks import ResidualBlock
from gazeattack.model.layout import STAGES
from gazeattack.model.network import GazeResNet
from training.errors import NotApplicableError


def stage_ends(network: GazeResNet) -> list[ResidualBlock]:
    """The last residual block of each stage, from the input on.

    Raises:
        NotApplicableError: the network is not made of such blocks.
    """
    blocks = [layer for layer in network.features if isinstance(layer, ResidualBlock)]
    if len(blocks) < STAGES:
        raise NotApplicableError("It needs residual blocks, which this network does not have.")
    each = len(blocks) // STAGES
    return blocks[each - 1 :: each]
