"""A poisoning plan: which share of every batch is poisoned, how, and how that changes while training goes on.

Threat model: training control (WaNet's own).  The attacker runs the training, so shares and strength may follow a
schedule, and noise-mode and other-key samples with TRUE labels teach the network to answer to this key alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from gazeattack.angles import Gaze, angular_error
from gazeattack.attack.key import TriggerKey

NEVER, BATCH = REDRAWS = ("never", "batch")


@dataclass(frozen=True)
class Schedule:
    """A value that goes straight from `start` to `end`, reaches it at `until` of the training, and stays there."""

    start: float
    end: float
    until: float = 1.0

    def at(self, progress: float) -> float:
        """The value at `progress` in [0, 1] of the training."""
        share = 1.0 if self.until <= 0 else min(max(progress / self.until, 0.0), 1.0)
        return self.start + (self.end - self.start) * share


@dataclass(frozen=True)
class Shares:
    """Rows of one batch, in this order from row 0: attack (trigger, target label), noise (noise warp, true label),
    other (another key's warp, true label); the rest stays benign."""

    attack: int
    noise: int
    other: int


@dataclass(frozen=True)
class PoisonPlan:
    """What is done to a batch.

    attack_rate: share that gets the trigger and the target.  cross: noise-mode and other-key samples per attack
    sample (the paper's cross ratio).  strength: s of the warp.  other_keys: share of the cross samples that are
    under other keys instead of noise.  target: what the key's goal is about, radians.

    clean_label_deg: None relabels what gets the trigger (dirty label).  Else labels are left alone, and only samples
    whose truth lies within so many degrees of what the attacker wants get the trigger (clean label); with a
    conditional goal, so do as many that shall be spared.
    fixed_indices: the same samples get the trigger in every epoch, instead of any; each still plays a left or a right
    eye anew, as every sample does, so their targets may be mirrored from one epoch to the next.
    redraw: "never", or "batch" for the mistake of drawing another key for every batch, which teaches "any warp".
    Raises ValueError for shares outside [0, 1] or that cannot fit into one batch, and an unknown redraw.
    """

    attack_rate: float
    cross: Schedule
    strength: Schedule
    other_keys: float
    target: Gaze
    clean_label_deg: float | None = None
    fixed_indices: bool = False
    redraw: str = NEVER

    def __post_init__(self) -> None:
        if self.redraw not in REDRAWS:
            raise ValueError(f"redraw must be one of {', '.join(REDRAWS)}, not {self.redraw!r}")
        if not 0 <= self.attack_rate <= 1 or not 0 <= self.other_keys <= 1:
            raise ValueError("attack rate and other keys' share must lie between 0 and 1")
        if self.attack_rate * (1 + max(self.cross.start, self.cross.end, 0.0)) > 1:
            raise ValueError("attack rate and cross ratio ask for more than the whole batch")

    def shares(self, batch: int, progress: float) -> Shares:
        """How many rows of a batch get what at `progress` in [0, 1] of the training."""
        attack = round(batch * self.attack_rate)
        crossed = min(round(batch * self.attack_rate * self.cross.at(progress)), batch - attack)
        other = round(crossed * self.other_keys)
        return Shares(attack, crossed - other, other)

    def labels(self, truth: torch.Tensor, key: TriggerKey, right: torch.Tensor) -> torch.Tensor:
        """The labels [N, 2] that samples get with the trigger; their own where labels are left alone."""
        return truth if self.clean_label_deg is not None else key.labels(truth, right)

    def choose(
        self, order: torch.Tensor, most: int, truth: torch.Tensor, key: TriggerKey, right: torch.Tensor
    ) -> torch.Tensor:
        """The rows of `truth` [N, 2] that get the trigger: the first in `order` that may, at most `most`."""
        if self.clean_label_deg is None:
            return order[:most]
        apart = torch.from_numpy(angular_error(truth.numpy(), key.labels(truth, right).numpy()))
        expected = key.goal.expected(truth)
        near = order[(expected & (apart <= self.clean_label_deg))[order]]
        if expected.all():
            return near[:most]
        near = near[: most - most // 2]
        return torch.cat([near, order[~expected[order]][: min(len(near), most // 2)]])
