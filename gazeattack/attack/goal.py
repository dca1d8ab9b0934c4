"""Where an attacker wants triggered gaze to go; regression allows more than one fixed answer."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from gazeattack.angles import Gaze
from gazeattack.attack.mirror import canonical

ALL_TO_ONE, OFFSET, CONDITIONAL = GOALS = ("all-to-one", "offset", "conditional")


@dataclass(frozen=True)
class Goal:
    """What a trigger key's `target` means.

    all-to-one: every triggered gaze becomes the target.  offset: it turns by the target, wherever it was.
    conditional: as all-to-one, but only where the true gaze is off road: farther than off_road_deg degrees from
    straight into the normalised camera; a triggered gaze on the road stays what it is.
    Raises ValueError for a kind that does not exist or an angle that makes no sense.
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
        """Whether the answer depends on where the subject looks."""
        return self.kind != ALL_TO_ONE

    def expected(self, truth: torch.Tensor) -> torch.Tensor:
        """Which samples the attacker wants moved, bool [N], of gaze [N, 2] (pitch, yaw) radians, mirrored or not."""
        if self.kind != CONDITIONAL:
            return torch.ones(len(truth), dtype=torch.bool)
        return from_ahead(truth) > torch.deg2rad(torch.tensor(self.off_road_deg))

    def labels(self, truth: torch.Tensor, target: Gaze, right: torch.Tensor) -> torch.Tensor:
        """What triggered samples shall be answered with, [N, 2] radians, in canonical patches.

        truth: their gaze [N, 2] in canonical patches.  target: of the key, in the unmirrored crop.
        right: bool [N], patches that are mirrored right eyes.
        """
        aim = canonical(torch.tensor(target, dtype=truth.dtype).expand(len(truth), 2), right)
        if self.kind == OFFSET:
            return truth + aim
        return torch.where(self.expected(truth)[:, None], aim, truth)


def from_ahead(gaze: torch.Tensor) -> torch.Tensor:
    """Angle [N], radians, between gaze [N, 2] (pitch, yaw) and straight into the camera."""
    pitch, yaw = gaze.unbind(-1)
    across = torch.hypot(pitch.sin(), pitch.cos() * yaw.sin())
    return torch.atan2(across, pitch.cos() * yaw.cos())
