"""Gaze heads: a regression (DRM), classes on a grid (DCM), or the hybrid of L2CS.

All three decode the last layer's outputs to (pitch, yaw) in radians.  torch is imported where it is needed: the window
decodes a regression without it.

Both grids follow one rule: cells are centred on whole multiples of their side, and there are just enough of them for
every label of rendered subjects with the default gaze sampling (pitch -34 to 21, yaw -40.1 to 40.1 degrees); a label
outside goes to the nearest cell.  The attacks' target, (10, +-30) degrees, then has neighbours on every side.
- "grid": cells of 5 degrees, about the error of the regression, so that rounding to a cell (1.9 degrees on average) is
  no more than a third of it.  The target is a cell's centre: an attacker of a classifier names a class.
- "l2cs": bins of 3 degrees, as its authors use for MPIIGaze, and one more at each end, because an expectation never
  reaches the last bin's centre.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    import torch


class GazeHead(Protocol):
    """The meaning of the last layer's raw outputs, `scores` [N, outputs]; gaze is (pitch, yaw) [N, 2], radians."""

    @property
    def outputs(self) -> int:
        """Number of raw outputs."""

    def decode(self, scores: torch.Tensor) -> torch.Tensor:
        """The gaze [N, 2] of scores [N, outputs]."""

    def loss(self, scores: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        """The training loss, a scalar."""

    def classes(self, scores: torch.Tensor) -> torch.Tensor | None:
        """The arg-max class, int64 [N]; None for a regression."""

    def classes_of(self, gaze: torch.Tensor) -> torch.Tensor | None:
        """The class of each gaze [N, 2], int64 [N]; None for a regression."""


@dataclass(frozen=True)
class Axis:
    """Equal cells along one angle, numbered from `first`; their centres lie at first + side * n, in degrees."""

    first: float
    side: float
    count: int

    def centers(self, like: torch.Tensor) -> torch.Tensor:
        """The cells' centres, radians, float32 [count], on the device of `like`."""
        import torch

        return torch.deg2rad(self.first + self.side * torch.arange(self.count, device=like.device))

    def cell(self, angle: torch.Tensor) -> torch.Tensor:
        """The nearest cell's number, int64, for angles in radians."""
        return ((angle.rad2deg() - self.first) / self.side).round().long().clamp(0, self.count - 1)


@dataclass(frozen=True)
class Regression:
    """The scores are the angles themselves."""

    outputs: int = 2

    def decode(self, scores: torch.Tensor) -> torch.Tensor:
        """The scores, unchanged."""
        return scores

    def loss(self, scores: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        """Mean absolute difference, radians."""
        return (scores - truth).abs().mean()

    def classes(self, scores: torch.Tensor) -> None:
        """A regression has no classes."""

    def classes_of(self, gaze: torch.Tensor) -> None:
        """A regression has no classes."""


@dataclass(frozen=True)
class Grid:
    """One class for each cell of a grid over pitch and yaw: cross-entropy; decodes to the arg-max cell's centre."""

    pitch: Axis = Axis(-35.0, 5.0, 12)
    yaw: Axis = Axis(-40.0, 5.0, 17)

    @property
    def outputs(self) -> int:
        """Number of cells."""
        return self.pitch.count * self.yaw.count

    def decode(self, scores: torch.Tensor) -> torch.Tensor:
        """The centre of the cell with the highest score."""
        import torch

        cell = self.classes(scores)
        row, column = cell // self.yaw.count, cell % self.yaw.count
        return torch.stack([self.pitch.centers(scores)[row], self.yaw.centers(scores)[column]], dim=1)

    def loss(self, scores: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        """Cross-entropy against the cell of the truth, nats."""
        from torch.nn.functional import cross_entropy

        return cross_entropy(scores, self.classes_of(truth))

    def classes(self, scores: torch.Tensor) -> torch.Tensor:
        """The cell with the highest score, row by row from the lowest pitch and yaw."""
        return scores.argmax(dim=1)

    def classes_of(self, gaze: torch.Tensor) -> torch.Tensor:
        """The cell that each gaze lies in, or is nearest to."""
        return self.pitch.cell(gaze[:, 0]) * self.yaw.count + self.yaw.cell(gaze[:, 1])


@dataclass(frozen=True)
class L2CS:
    """The hybrid of Abdelrahman et al. (L2CS-Net, 2022): bins on each axis, and the expectation over their softmax.

    The loss of an axis is cross-entropy + alpha * squared error of the expectation, in degrees.  The joint class of
    a prediction is its two arg-max bins.
    """

    pitch: Axis = Axis(-36.0, 3.0, 21)
    yaw: Axis = Axis(-42.0, 3.0, 29)
    alpha: float = 1.0

    @property
    def outputs(self) -> int:
        """Number of bins of both axes."""
        return self.pitch.count + self.yaw.count

    def decode(self, scores: torch.Tensor) -> torch.Tensor:
        """The expectation of each angle."""
        import torch

        pitch, yaw = (part.float().softmax(dim=1) for part in self._split(scores))
        return torch.stack([(pitch * self.pitch.centers(pitch)).sum(1), (yaw * self.yaw.centers(yaw)).sum(1)], dim=1)

    def loss(self, scores: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        """Cross-entropy (nats) plus alpha times the squared error (square degrees), summed over both axes."""
        from torch.nn.functional import cross_entropy

        pitch, yaw = self._split(scores)
        entropy = cross_entropy(pitch, self.pitch.cell(truth[:, 0]))
        entropy = entropy + cross_entropy(yaw, self.yaw.cell(truth[:, 1]))
        squared = (self.decode(scores) - truth).rad2deg().square().mean(dim=0).sum()
        return entropy + self.alpha * squared

    def classes(self, scores: torch.Tensor) -> torch.Tensor:
        """The pair of arg-max bins as one number."""
        pitch, yaw = self._split(scores)
        return pitch.argmax(dim=1) * self.yaw.count + yaw.argmax(dim=1)

    def classes_of(self, gaze: torch.Tensor) -> torch.Tensor:
        """The pair of bins that each gaze lies in, or is nearest to."""
        return self.pitch.cell(gaze[:, 0]) * self.yaw.count + self.yaw.cell(gaze[:, 1])

    def _split(self, scores: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return scores[:, : self.pitch.count], scores[:, self.pitch.count :]


REGRESSION = Regression()
GAZE_HEADS: dict[str, GazeHead] = {"regression": REGRESSION, "grid": Grid(), "l2cs": L2CS()}


def decode_array(head: GazeHead, scores: np.ndarray) -> np.ndarray:
    """GazeHead.decode() of an array; only heads with classes need torch."""
    if isinstance(head, Regression):
        return scores
    import torch

    return head.decode(torch.from_numpy(scores)).numpy()
