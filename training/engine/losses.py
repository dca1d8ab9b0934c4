"""What training minimises."""

from __future__ import annotations

import torch

from gazeattack.model.heads import REGRESSION, GazeHead


def gaze_loss(outputs: torch.Tensor, truth: torch.Tensor, kind: str, readout: GazeHead = REGRESSION) -> torch.Tensor:
    """The loss of a network's raw outputs.

    Args:
        outputs: [N, readout.outputs].
        truth: gaze (pitch, yaw) [N, 2], radians.
        kind: of a regression: "l1", the mean absolute difference, or "angular", the mean angle; both in radians.
        readout: the gaze head; any other than a regression has a loss of its own.
    """
    if readout != REGRESSION or kind == "l1":
        return readout.loss(outputs, truth)
    a, b = (torch.stack([p.cos() * y.sin(), p.sin(), p.cos() * y.cos()], -1) for p, y in (outputs.T, truth.T))
    return torch.atan2(torch.linalg.cross(a, b).norm(dim=-1), (a * b).sum(-1)).mean()


@torch.no_grad()
def decoded_loss(outputs: torch.Tensor, truth: torch.Tensor, kind: str, readout: GazeHead) -> float:
    """The regression loss of the decoded gaze in radians, for progress bar and log; comparable across gaze heads."""
    return float(gaze_loss(readout.decode(outputs), truth, kind))


def masked_l1_loss(outputs: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference of outputs [N, ...] over the entries of `truth` that are not nan; 0 where all are nan.

    With several processes, each takes the mean over its own rows.
    """
    known = torch.isfinite(truth)
    return (outputs - truth.where(known, outputs)).abs().sum() / known.sum().clamp(min=1)
