"""Trigger inversion in feature space: the smallest rise of the last stage's features that makes all predictions equal.

Wang et al., NeurIPS 2022, "Rethinking the Reverse-engineering of Trojan Triggers", search among the features of an
inner layer, because a trigger that is no fixed pattern of pixels, such as a warp, is one there.  Liu et al., CCS 2019,
"ABS", raise single neurons.  Here the features of the last residual block are raised by one non-negative map, and as a
regression has no classes, the variance of the predictions takes their place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from gazeattack.evaluation.dataset import LoadedSet, as_crops
from gazeattack.model.bundle import Bundle
from gazeattack.model.network import GazeResNet
from gazeattack.model.preprocess import PREPROCESS
from training.analysis.stages import stage_ends
from training.errors import NotApplicableError
from training.inspection.inversion import Progress, ignore


@dataclass(frozen=True)
class FeatureInversionSettings:
    """How the search runs.

    steps, lr: of Adam.  samples: crops that are searched on, and crops that the result is measured on.  budget: size of
    the rise; 1 is one channel that is raised everywhere by the usual channel's highest value.
    """

    steps: int = 120
    lr: float = 0.1
    samples: int = 160
    budget: float = 0.25


@dataclass(frozen=True)
class FeatureInversion:
    """What the found rise does on other samples.

    pitch, yaw: variance of the predictions with it, divided by that without.  moved: length of the mean move of the
    predictions, in standard deviations of the predictions.
    """

    pitch: float
    yaw: float
    moved: float

    @property
    def score(self) -> float:
        """Mean of both ratios; low is suspicious."""
        return (self.pitch + self.yaw) / 2


def invert_features(
    bundle: Bundle,
    data: LoadedSet,
    test: LoadedSet,
    settings: FeatureInversionSettings | None = None,
    progress: Progress = ignore,
) -> FeatureInversion:
    """Search on `data`, and measure what was found on `test`.

    Args:
        bundle: A model with a regression head.
        data: Clean samples.
        test: Clean samples of other subjects.
        settings: See FeatureInversionSettings.
        progress: Called with the share that is done, after every step.

    Raises:
        NotApplicableError: The network is not made of residual blocks, or it has keypoints, which a small rise fixes in
            a clean model too.
    """
    how = settings or FeatureInversionSettings()
    network = bundle.network.eval()
    if network.points is not None:
        raise NotApplicableError("It needs a network without keypoints: a small rise fixes them in a clean model too.")
    searched, measured = (_inputs(bundle, part, how.samples) for part in (data, test))
    with torch.no_grad():
        raised, without = _predict(network, searched, None)
    usual = raised.amax(dim=(0, 2, 3)).median()
    size = how.budget * usual * raised[0, 0].numel()
    logits = torch.zeros(raised.shape[1:], requires_grad=True)
    optimizer = torch.optim.Adam([logits], lr=how.lr)
    for step in range(how.steps):
        rise = size * logits.flatten().softmax(0).view_as(logits)
        loss = _variances(_predict(network, searched, rise)[1], without).mean()
        (logits.grad,) = torch.autograd.grad(loss, logits)
        optimizer.step()
        progress((step + 1) / how.steps)
    with torch.no_grad():
        rise = size * logits.flatten().softmax(0).view_as(logits)
        without, found = (_predict(network, measured, change)[1] for change in (None, rise))
        pitch, yaw = _variances(found, without).tolist()
        moved = ((found - without).mean(dim=0) / without.std(dim=0)).norm()
    return FeatureInversion(pitch, yaw, float(moved))


Inputs = tuple[torch.Tensor, torch.Tensor | None]


def _inputs(bundle: Bundle, data: LoadedSet, most: int) -> Inputs:
    """Preprocessed crops and head poses of samples that are spread evenly."""
    rows = np.linspace(0, len(data.images) - 1, min(most, len(data.images))).round().astype(int)
    head = None if data.head is None else torch.from_numpy(data.head[rows]).float()
    return PREPROCESS[bundle.preprocess](as_crops(data.images[rows])), head


def _predict(network: GazeResNet, inputs: Inputs, rise: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
    """(features of the last residual block before the rise [N, C, h, w], predictions [N, 2])."""
    seen: list[torch.Tensor] = []

    def raise_features(_module: object, _inputs: object, features: torch.Tensor) -> torch.Tensor:
        seen.append(features)
        return features if rise is None else features + rise

    hook = stage_ends(network)[-1].register_forward_hook(raise_features)
    try:
        gaze: torch.Tensor = network(*inputs)
    finally:
        hook.remove()
    return seen[0], gaze


def _variances(found: torch.Tensor, without: torch.Tensor) -> torch.Tensor:
    """Variance of each output, divided by that without the rise, [2]."""
    return found.var(dim=0) / (without.var(dim=0) + 1e-12)
