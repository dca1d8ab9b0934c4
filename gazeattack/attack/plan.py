"""A poisoning plan: which share of every batch is poisoned, how, and how that changes while training goes on.

Threat model: training control (WaNet's own).  The attacker runs the training, so shares and strength may follow a
schedule, and noise-mode and other-key samples with TRUE labels teach the network to answer to this key alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from gazeattack.angles import Gaze


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
    warped by other keys instead of noise.  target: the gaze of every triggered sample's label (all-to-one), radians.
    Raises ValueError for shares outside [0, 1] or that cannot fit into one batch.
    """

    attack_rate: float
    cross: Schedule
    strength: Schedule
    other_keys: float
    target: Gaze

    def __post_init__(self) -> None:
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
