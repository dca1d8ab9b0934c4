"""The network as it is trained: with what it must say besides the gaze."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn

from gazeattack.model.landmarks import EYE_LANDMARKS
from gazeattack.model.network import GazeResNet


class Said(NamedTuple):
    """scores: [N, readout.outputs].  pose: (pitch, yaw) [N, 2], radians.  points: EYE_LANDMARKS [N, 6, 2].

    None is what was not asked for.
    """

    scores: torch.Tensor
    pose: torch.Tensor | None
    points: torch.Tensor | None


class Learner(nn.Module):
    """The raw scores that a readout's loss learns from and, if asked, what else the eye alone shows.

    That is where the head points, which a network that has to see it can use where nobody tells it, and where the
    eye's parts are.  The layer that says the pose is not part of the bundle, and neither is one that says where the
    parts are for a network that does not (see GazeResNet).  Such a layer of the network's own learns only if asked.
    DistributedDataParallel averages gradients of forward() alone, so all that is learned goes through it.
    """

    def __init__(self, network: GazeResNet, *, says_pose: bool = False, says_points: bool = False) -> None:
        super().__init__()
        self.network = network
        self.pose = nn.Linear(network.num_features, 2) if says_pose else None
        self.says_points = says_points
        self.parts = (
            nn.Linear(network.num_features, 2 * len(EYE_LANDMARKS))
            if says_points and not network.has_landmarks
            else None
        )

        if network.parts is not None and not says_points:
            # processes that share the work wait for every layer that can learn
            network.parts.requires_grad_(False)

    def own_layers(self) -> dict[str, nn.Module]:
        """The layers that are no part of the network, by name, for a checkpoint."""
        layers = {"pose": self.pose, "parts": self.parts}
        return {name: layer for name, layer in layers.items() if layer is not None}

    def forward(self, x: torch.Tensor, head: torch.Tensor | None = None) -> Said:
        """What is said of crops [N, C, H, W] and head poses [N, 2]."""
        seen = self.network.forward_features(x)
        scores = self.network.forward_head(seen, head)
        pose = None if self.pose is None else self.pose(seen)
        points = None
        if self.says_points:
            points = (
                self.network.predict_landmarks(seen)
                if self.parts is None
                else self.parts(seen).view(-1, len(EYE_LANDMARKS), 2)
            )
        return Said(scores, pose, points)
