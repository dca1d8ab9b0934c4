"""Features against the last layer's weights: the angle and norm ratios of DRMGuard."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from gazeattack.model.network import GazeResNet


@dataclass(frozen=True)
class FeatureRatios:
    """Variances of triggered samples divided by those of benign ones.

    angle_pitch, angle_yaw: of the angle between the penultimate features and the weights of that output.  norm: of the
    features' length.  output: of the predictions, summed over pitch and yaw.
    """

    angle_pitch: float
    angle_yaw: float
    norm: float
    output: float

    def as_dict(self) -> dict[str, float]:
        """Rounded, by name."""
        return {f"{name}_ratio": round(value, 4) for name, value in vars(self).items()}


def feature_angles(network: GazeResNet, features: torch.Tensor) -> torch.Tensor:
    """Angles between features [N, hidden] and the last layer's weights of each output, radians [N, outputs].

    An output is |w| |h| cos(angle) + b, so features of equal angle and length give equal outputs.
    """
    last = network.head[4]
    assert isinstance(last, nn.Linear)
    cosine = F.cosine_similarity(features[:, None], last.weight[None], dim=2, eps=1e-6)
    return torch.acos(cosine.clamp(-1 + 1e-6, 1 - 1e-6))


def variance_ratios(
    network: GazeResNet, triggered: torch.Tensor, benign: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(angle ratios [outputs], norm ratio, output ratio) of penultimate features [N, hidden]; differentiable.

    Ratio of angle variance and ratio of norm variance of Du, Liu, Jia and Lan, "Defending Deep Regression Models
    against Backdoor Attacks" (arXiv:2411.04811).  In their backdoored models the angle ratio is far below 1.
    """
    angle = feature_angles(network, triggered).var(dim=0) / (feature_angles(network, benign).var(dim=0) + 1e-9)
    norm = triggered.norm(dim=1).var() / (benign.norm(dim=1).var() + 1e-9)
    outputs = [network.readout.decode(network.head[4:](part)).var(dim=0).sum() for part in (triggered, benign)]
    return angle, norm, outputs[0] / (outputs[1] + 1e-12)


@torch.no_grad()
def feature_ratios(network: GazeResNet, triggered: torch.Tensor, benign: torch.Tensor) -> FeatureRatios:
    """The ratios of a network with a regression head; features as in variance_ratios()."""
    angle, norm, output = variance_ratios(network, triggered, benign)
    return FeatureRatios(float(angle[0]), float(angle[1]), float(norm), float(output))
