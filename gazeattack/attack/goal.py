"""The attacker's goal: the gaze that a triggered sample shall get.  A regression allows more than one fixed gaze."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gazeattack.angles import Gaze, angular_error
from gazeattack.attack.mirror import mirror_right_gaze

if TYPE_CHECKING:
    import torch

ALL_TO_ONE, OFFSET, CONDITIONAL = GOALS = ("all-to-one", "offset", "conditional")


@dataclass(frozen=True)
class Goal:
    """What the `target` of a trigger key means.

    all-to-one: every triggered gaze becomes the target.
    offset: the target is added to the true gaze.
    conditional: all-to-one for samples in scope, the true gaze for the others.  A sample is in scope if its true gaze
    is more than `off_road_deg` degrees away from straight into the normalised camera.

    Raises:
        ValueError: The kind does not exist, or the angle does not fit it.
    """

    kind: str = ALL_TO_ONE
    off_road_deg: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in GOALS:
            raise ValueError(f"a goal is one of {', '.join(GOALS)}, not {self.kind!r}")
        if not 0 <= self.off_road_deg < 180 or (self.off_road_deg and self.kind != CONDITIONAL):
            raise ValueError("only a conditional goal has an angle, from 0 to 180 degrees")

    @property
    def follows_truth(self) -> bool:
        """Whether the wanted gaze depends on the true gaze."""
        return self.kind != ALL_TO_ONE

    def in_scope(self, truth: torch.Tensor) -> torch.Tensor:
        """Mark the samples that the attacker wants to move.

        Args:
            truth: True gaze [N, 2], (pitch, yaw) in radians; mirrored or not makes no difference.

        Returns:
            bool [N].
        """
        import torch

        if self.kind != CONDITIONAL:
            return torch.ones(len(truth), dtype=torch.bool)
        return from_ahead(truth) > torch.deg2rad(torch.tensor(self.off_road_deg))

    def labels(self, truth: torch.Tensor, target: Gaze, right: torch.Tensor) -> torch.Tensor:
        """The gaze that the attacker wants for triggered samples.

        Args:
            truth: True gaze [N, 2], radians, in canonical patches.
            target: The key's target, radians, in the unmirrored crop.
            right: bool [N], patches that are mirrored right eyes.

        Returns:
            Gaze [N, 2], radians, in canonical patches.
        """
        import torch

        aim = mirror_right_gaze(torch.tensor(target, dtype=truth.dtype).expand(len(truth), 2), right)
        if self.kind == OFFSET:
            return truth + aim
        return torch.where(self.in_scope(truth)[:, None], aim, truth)

    def crop_labels(self, truth: np.ndarray, target: Gaze) -> np.ndarray | None:
        """The gaze that the attacker wants for the crops of one triggered face, without torch.

        Args:
            truth: True gaze [N, 2], (pitch, yaw) in radians, in unmirrored crops.
            target: The key's target, radians, in the unmirrored crop.

        Returns:
            Gaze [N, 2], radians, in unmirrored crops; None unless every crop is in scope.
        """
        if self.kind == CONDITIONAL and not (angular_error(truth, (0.0, 0.0)) > self.off_road_deg).all():
            return None
        aim: np.ndarray = truth * (self.kind == OFFSET) + np.array(target)
        return aim


def from_ahead(gaze: torch.Tensor) -> torch.Tensor:
    """Angle [N], radians, between gaze [N, 2] (pitch, yaw) and straight into the camera."""
    import torch

    pitch, yaw = gaze.unbind(-1)
    across = torch.hypot(pitch.sin(), pitch.cos() * yaw.sin())
    return torch.atan2(across, pitch.cos() * yaw.cos())
