"""Prune a network: the least active channels of its last stage, or its smallest weights."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from gazeattack.angles import angular_error
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.evaluation.predict import predict
from gazeattack.model.bundle import Bundle
from gazeattack.model.network import GazeResNet
from training.analysis.stages import stage_ends

SHARES = tuple(n / 10 for n in range(1, 10))
ACTIVITY_SAMPLES = 512


@dataclass(frozen=True, eq=False)
class PrunedNetwork:
    """A pruned copy.  share: of the channels.  hold: sets the pruned channels to zero again, after training steps."""

    network: GazeResNet
    share: float
    hold: Callable[[], None]


def channel_activity(bundle: Bundle, data: LoadedSet) -> np.ndarray:
    """Mean absolute activation of each channel of the last stage's last block on clean samples, [channels]."""
    sums: list[torch.Tensor] = []
    hook = stage_ends(bundle.network)[-1].register_forward_hook(
        lambda _module, _inputs, out: sums.append(out.float().abs().mean((0, 2, 3)))
    )
    try:
        rows = np.linspace(0, len(data.images) - 1, min(ACTIVITY_SAMPLES, len(data.images))).round().astype(int)
        some = data.take(rows)
        predict(bundle.network, bundle.preprocess, some.images, some.head, batch=len(rows))
    finally:
        hook.remove()
    activity: np.ndarray = torch.stack(sums).mean(0).numpy()
    return activity


def prune_channels(bundle: Bundle, data: LoadedSet, share: float) -> PrunedNetwork:
    """Remove the least active channels of the last stage, as in fine-pruning.

    Liu et al., RAID 2018, "Fine-Pruning": neurons that sleep on clean samples may serve the backdoor alone.  Here a
    pruned channel of the last residual block is cut off from everything that takes it, so it no longer counts.

    Args:
        bundle: The model.
        data: The defender's clean samples.
        share: Of the channels, 0 to 1.
    """
    order = np.argsort(channel_activity(bundle, data), kind="stable")
    pruned = torch.from_numpy(order[: round(share * len(order))].copy())
    network = copy.deepcopy(bundle.network)

    @torch.no_grad()
    def hold() -> None:
        for weights in _inputs_of_last_stage(network, len(order)):
            weights[:, pruned] = 0.0

    hold()
    return PrunedNetwork(network, share, hold)


def _inputs_of_last_stage(network: GazeResNet, channels: int) -> list[torch.Tensor]:
    """Views of the weights that take the last stage's channels, with those along the second axis."""
    if network.points is not None:
        return [network.points.coarse.weight]
    first = network.head[2]
    assert isinstance(first, nn.Linear)
    places = network.num_features // channels
    views = [first.weight[:, : network.num_features].view(-1, channels, places)]
    if network.parts is not None:
        views.append(network.parts.weight.view(-1, channels, places))
    return views


def prune_within(bundle: Bundle, data: LoadedSet, allowed_deg: float) -> PrunedNetwork:
    """Prune as many channels as the defender's own benign error allows.

    Args:
        bundle: The model.
        data: The defender's clean samples.
        allowed_deg: Largest rise of the benign error on them, degrees.

    Returns:
        The network with the largest of SHARES before the first that costs more; share 0 if the first does.
    """
    before = _benign_deg(bundle.network, bundle, data)
    kept = prune_channels(bundle, data, 0.0)
    for share in SHARES:
        tried = prune_channels(bundle, data, share)
        if _benign_deg(tried.network, bundle, data) > before + allowed_deg:
            break
        kept = tried
    return kept


def _benign_deg(network: GazeResNet, bundle: Bundle, data: LoadedSet) -> float:
    rows = np.linspace(0, len(data.images) - 1, min(ACTIVITY_SAMPLES, len(data.images))).round().astype(int)
    some = data.take(rows)
    return float(angular_error(predict(network, bundle.preprocess, some.images, some.head), some.gaze).mean())


@torch.no_grad()
def prune_weights(bundle: Bundle, share: float) -> GazeResNet:
    """Set the smallest weights of all convolutions and linear layers to zero (Han et al., NeurIPS 2015).

    Args:
        bundle: The model.
        share: Of all those weights together, 0 to 1.
    """
    network = copy.deepcopy(bundle.network)
    layers = [module.weight for module in network.modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    sizes = torch.cat([weights.abs().flatten() for weights in layers])
    limit = sizes.sort().values[min(round(share * len(sizes)), len(sizes) - 1)]
    for weights in layers:
        weights.masked_fill_(weights.abs() < limit, 0.0)
    return network


@torch.no_grad()
def quantize_weights(bundle: Bundle, bits: int) -> GazeResNet:
    """Round the weights of all convolutions and linear layers to whole multiples of one step for each output.

    Symmetric, per output channel, after training: w -> step * round(w / step) with step = max|w| / (2^(bits-1) - 1)
    (Jacob et al., CVPR 2018).  The network computes in float32 with the rounded weights.
    """
    network = copy.deepcopy(bundle.network)
    most = 2 ** (bits - 1) - 1
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            rows = module.weight.flatten(1)
            step = rows.abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / most
            module.weight.copy_(((rows / step).round() * step).view_as(module.weight))
    return network
