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
    searched, measured = (_samples(bundle, part, how.samples) for part in (data, test))
    usual = searched.features.amax(dim=(0, 2, 3)).median()
    size = how.budget * usual * searched.features[0, 0].numel()
    logits = torch.zeros(searched.features.shape[1:], requires_grad=True)
    optimizer = torch.optim.Adam([logits], lr=how.lr)

    def rise() -> torch.Tensor:
        return size * logits.flatten().softmax(0).view_as(logits)

    for step in range(how.steps):
        loss = _variances(searched.predict(rise()), searched.without).mean()
        (logits.grad,) = torch.autograd.grad(loss, logits)
        optimizer.step()
        progress((step + 1) / how.steps)
    with torch.no_grad():
        found, without = measured.predict(rise()), measured.without
        pitch, yaw = _variances(found, without).tolist()
        moved = ((found - without).mean(dim=0) / without.std(dim=0)).norm()
    return FeatureInversion(pitch, yaw, float(moved))


@dataclass(frozen=True, eq=False)
class _Samples:
    """features: of the last residual block [N, C, h, w].  head: pose [N, 2] or None.  without: predictions [N, 2]."""

    network: GazeResNet
    features: torch.Tensor
    head: torch.Tensor | None
    without: torch.Tensor

    def predict(self, rise: torch.Tensor) -> torch.Tensor:
        """The predictions [N, 2] with a rise [C, h, w] of the features."""
        return _after(self.network, self.features + rise, self.head)


@torch.no_grad()
def _samples(bundle: Bundle, data: LoadedSet, most: int) -> _Samples:
    """Samples that are spread evenly; what lies before the rise is computed once."""
    rows = np.linspace(0, len(data.images) - 1, min(most, len(data.images))).round().astype(int)
    head = None if data.head is None else torch.from_numpy(data.head[rows]).float()
    crops = PREPROCESS[bundle.preprocess](as_crops(data.images[rows]))
    features = bundle.network.features[: _end(bundle.network)](crops)
    return _Samples(bundle.network, features, head, _after(bundle.network, features, head))


def _end(network: GazeResNet) -> int:
    """The number of layers up to the last residual block."""
    return list(network.features).index(stage_ends(network)[-1]) + 1


def _after(network: GazeResNet, features: torch.Tensor, head: torch.Tensor | None) -> torch.Tensor:
    """The predictions from the last residual block's features."""
    flat = network.head[:2](network.features[_end(network) :](features))
    return network.readout.decode(network.forward_head(flat, head))


def _variances(found: torch.Tensor, without: torch.Tensor) -> torch.Tensor:
    """Variance of each output, divided by that without the rise, [2]."""
    return found.var(dim=0) / (without.var(dim=0) + 1e-12)
