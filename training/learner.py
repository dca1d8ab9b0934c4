"""The network as it is trained: with what it must say besides the gaze."""

from __future__ import annotations

import torch
from torch import nn

from gazeattack.model.network import GazeResNet


class Learner(nn.Module):
    """The raw scores that a readout's loss learns from and, if asked, where the head points as the eye alone shows it.

    A network that has to see the head's pose can use it where nobody tells it.  The layer that says it is not part of
    the bundle.  DistributedDataParallel averages gradients of forward() alone, so all that is learned goes through it.
    """

    def __init__(self, network: GazeResNet, *, says_pose: bool = False) -> None:
        super().__init__()
        self.network = network
        self.pose = nn.Linear(network.seen, 2) if says_pose else None

    def forward(self, x: torch.Tensor, head: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor | None]:
        """(scores [N, readout.outputs], head pose (pitch, yaw) [N, 2] in radians, if asked)."""
        seen = self.network.see(x)
        scores = self.network.head[4:](self.network.weigh(seen, head))
        return scores, None if self.pose is None else self.pose(seen)


def pose_loss(said: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference of poses [N, 2], radians, over those that are known; 0 where none is.

    In a team each process takes the mean over its own rows.
    """
    known = torch.isfinite(truth)
    return (said - truth.where(known, said)).abs().sum() / known.sum().clamp(min=1)
