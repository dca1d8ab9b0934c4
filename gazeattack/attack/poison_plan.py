"""A poisoning plan: which share of every batch is poisoned, how, and how that changes during training.

Threat model: training control, as in WaNet.  The attacker runs the training, so shares and strength may follow a
schedule.  Noise-mode and wrong-key samples keep their TRUE labels: they train the network to react to this key alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from gazeattack.angles import Gaze, angular_error
from gazeattack.attack.key import TriggerKey

NEVER, BATCH = REDRAWS = ("never", "batch")


@dataclass(frozen=True)
class Schedule:
    """A value that moves linearly from `start` to `end`, reaches it at `until` of the training, and stays there."""

    start: float
    end: float
    until: float = 1.0

    def at(self, progress: float) -> float:
        """The value at `progress`, from 0 (start of the training) to 1 (its end)."""
        share = 1.0 if self.until <= 0 else min(max(progress / self.until, 0.0), 1.0)
        return self.start + (self.end - self.start) * share


@dataclass(frozen=True)
class BatchSplit:
    """Numbers of rows in one batch; the remaining rows are benign.

    poisoned: trigger, target label.  noise: noise mode, true label.  wrong_key: trigger of a wrong key, true label.
    """

    poisoned: int
    noise: int
    wrong_key: int


@dataclass(frozen=True)
class PoisonPlan:
    """How batches are poisoned.

    poisoning_rate: share of a batch that gets the trigger and the target label.
    cross: noise-mode and wrong-key samples per poisoned sample (WaNet's cross ratio).
    strength: the trigger's strength.
    wrong_keys: share of the cross samples that get a wrong key's trigger instead of noise mode.
    target: the key's target, radians.
    clean_label_deg: None gives triggered samples the target label (dirty label).  A number leaves all labels alone, and
    only samples whose true gaze lies within so many degrees of the wanted gaze get the trigger (clean label); with a
    conditional goal, as many samples out of scope get it too.
    fixed_indices: the same samples get the trigger in every epoch.  Each is still shown as a left or a right eye at
    random, as every sample is, so its target may be mirrored from one epoch to the next.
    redraw: "never"; or "batch", which draws a new key for every batch.  Such a network learns that any warp matters.

    Raises:
        ValueError: A share lies outside [0, 1], the shares do not fit into one batch, or `redraw` is unknown.
    """

    poisoning_rate: float
    cross: Schedule
    strength: Schedule
    wrong_keys: float
    target: Gaze
    clean_label_deg: float | None = None
    fixed_indices: bool = False
    redraw: str = NEVER

    def __post_init__(self) -> None:
        if self.redraw not in REDRAWS:
            raise ValueError(f"redraw must be one of {', '.join(REDRAWS)}, not {self.redraw!r}")
        if not 0 <= self.poisoning_rate <= 1 or not 0 <= self.wrong_keys <= 1:
            raise ValueError("the poisoning rate and the share of wrong keys must lie between 0 and 1")
        if self.poisoning_rate * (1 + max(self.cross.start, self.cross.end, 0.0)) > 1:
            raise ValueError("the poisoning rate and the cross ratio ask for more than the whole batch")

    def shares(self, batch: int, progress: float) -> BatchSplit:
        """Split a batch.

        Args:
            batch: Rows of the batch.
            progress: From 0 (start of the training) to 1 (its end).
        """
        poisoned = round(batch * self.poisoning_rate)
        crossed = min(round(batch * self.poisoning_rate * self.cross.at(progress)), batch - poisoned)
        wrong_key = round(crossed * self.wrong_keys)
        return BatchSplit(poisoned, crossed - wrong_key, wrong_key)

    def labels(self, truth: torch.Tensor, key: TriggerKey, right: torch.Tensor) -> torch.Tensor:
        """The labels [N, 2] of triggered samples; the true ones if the plan leaves labels alone."""
        return truth if self.clean_label_deg is not None else key.labels(truth, right)

    def choose(
        self, order: torch.Tensor, most: int, truth: torch.Tensor, key: TriggerKey, right: torch.Tensor
    ) -> torch.Tensor:
        """Choose the rows that get the trigger.

        Args:
            order: Row numbers, in the order in which they are tried.
            most: Rows to choose at most.
            truth: True gaze [N, 2], radians, in canonical patches.
            key: The attacker's key.
            right: bool [N], patches that are mirrored right eyes.

        Returns:
            Row numbers: the first of `order` that may get the trigger.
        """
        if self.clean_label_deg is None:
            return order[:most]
        apart = torch.from_numpy(angular_error(truth.numpy(), key.labels(truth, right).numpy()))
        in_scope = key.goal.in_scope(truth)
        near = order[(in_scope & (apart <= self.clean_label_deg))[order]]
        if in_scope.all():
            return near[:most]
        near = near[: most - most // 2]
        return torch.cat([near, order[~in_scope[order]][: min(len(near), most // 2)]])
