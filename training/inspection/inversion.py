"""Trigger inversion for a regression: search for a small change that gives all crops one prediction.

Neural Cleanse (Wang et al., IEEE S&P 2019) searches for each class; a regression has no classes, so the variance of the
predictions takes their place (Du et al., arXiv:2411.04811).  Theirs is a generator network; here the change is one warp
field plus one pattern, the same for every crop.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from gazeattack.attack.wanet import identity_grid
from gazeattack.evaluation.dataset import LoadedSet, as_crops
from gazeattack.model.bundle import Bundle
from gazeattack.model.network import GazeResNet
from gazeattack.model.preprocess import equalize
from training.inspection.features import FeatureRatios, feature_ratios, variance_ratios

Progress = Callable[[float], None]

WINDOW = 9
"""Grey levels over which the slope of the equalisation is averaged."""
OVER_BUDGET = 50.0
"""Weight of the part of the change that exceeds the budget."""


def ignore(share: float) -> None:
    """Show no progress."""


@dataclass(frozen=True)
class InversionSettings:
    """How the search runs.

    steps, batch, lr: of Adam.  side: of the field's control grid.  budget: mean absolute change of a pixel, black to
    white is 1.  angle: weight of the ratio of angle variance; 0 searches by the output's variance alone.
    """

    steps: int = 150
    batch: int = 96
    lr: float = 0.02
    side: int = 12
    budget: float = 0.01
    angle: float = 0.0
    seed: int = 1


@dataclass(frozen=True, eq=False)
class Inverted:
    """The change that was found.

    field: displacements in pixels [2, side, side].  pattern: added to the crop [1, H, W].  ratios: on other samples.
    change: mean absolute change of their pixels.
    """

    field: torch.Tensor
    pattern: torch.Tensor
    ratios: FeatureRatios
    change: float


def invert(
    bundle: Bundle, data: LoadedSet, test: LoadedSet, settings: InversionSettings, progress: Progress = ignore
) -> Inverted:
    """Search on `data`, and measure what was found on `test`.

    Args:
        bundle: A model with a regression head.
        data: Clean samples.
        test: Clean samples of other subjects.
        settings: See InversionSettings.
        progress: Called with the share that is done, after every step.
    """
    network = copy.deepcopy(bundle.network).eval().requires_grad_(False)
    generator = torch.Generator().manual_seed(settings.seed)
    crop = bundle.crop
    field = (0.1 * torch.randn(2, settings.side, settings.side, generator=generator)).requires_grad_()
    pattern = (0.005 * torch.randn(1, crop.height, crop.width, generator=generator)).requires_grad_()
    # a pixel of displacement and a tenth of the grey range are steps of about the same size
    groups = [{"params": [field], "lr": settings.lr}, {"params": [pattern], "lr": settings.lr / 10}]
    optimizer = torch.optim.Adam(groups)
    for step in range(settings.steps):
        rows = torch.randint(len(data.images), (settings.batch,), generator=generator).numpy()
        crops, head = _batch(data, rows)
        changed = apply_change(crops, field, pattern)
        with torch.no_grad():
            benign = _features(network, bundle.preprocess, crops, head)
        found = _features(network, bundle.preprocess, changed, head)
        angle, _, output = variance_ratios(network, found, benign)
        over = F.relu((changed - crops).abs().mean() - settings.budget)
        loss = output + settings.angle * angle.mean() + OVER_BUDGET * over
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        progress((step + 1) / settings.steps)
    with torch.no_grad():
        crops, head = _batch(test, np.arange(len(test.images)))
        changed = apply_change(crops, field, pattern)
        features = [_features(network, bundle.preprocess, part, head) for part in (changed, crops)]
        ratios = feature_ratios(network, *features)
    return Inverted(field.detach(), pattern.detach(), ratios, float((changed - crops).abs().mean()))


def apply_change(crops: torch.Tensor, field: torch.Tensor, pattern: torch.Tensor) -> torch.Tensor:
    """Warp crops [N, 1, H, W] by a field in pixels [2, side, side] and add a pattern [1, H, W]."""
    height, width = crops.shape[2:]
    smooth = F.interpolate(field[None], size=(height, width), mode="bicubic", align_corners=True)
    half = torch.tensor([(width - 1) / 2, (height - 1) / 2])
    grid = identity_grid(height, width) + smooth.permute(0, 2, 3, 1) / half
    warped = F.grid_sample(
        crops, grid.expand(len(crops), -1, -1, -1), mode="bilinear", padding_mode="border", align_corners=True
    )
    return (warped + pattern).clamp(0, 1)


def _batch(data: LoadedSet, rows: np.ndarray) -> tuple[torch.Tensor, torch.Tensor | None]:
    return as_crops(data.images[rows]), None if data.head is None else torch.from_numpy(data.head[rows]).float()


def _features(network: GazeResNet, preprocess: str, crops: torch.Tensor, head: torch.Tensor | None) -> torch.Tensor:
    inputs = differentiable_equalize(crops) if preprocess == "equalize" else crops * 2 - 1
    return network.forward_embedding(inputs.contiguous(memory_format=torch.channels_last), head)


def differentiable_equalize(crops: torch.Tensor) -> torch.Tensor:
    """equalize() with a gradient: that of the smoothed cumulative histogram, with the histogram held constant."""
    with torch.no_grad():
        exact = equalize(crops)
        levels = (crops.flatten(1) * 255).round().clamp(0, 255).long()
        histogram = torch.zeros(len(levels), 256).scatter_add_(1, levels, torch.ones(levels.shape))
        smooth = F.avg_pool1d(histogram[:, None], WINDOW, 1, WINDOW // 2)[:, 0]
        slope = (2 * 255 / levels.shape[1]) * smooth.gather(1, levels).view_as(crops)
    return exact + slope * (crops - crops.detach())
