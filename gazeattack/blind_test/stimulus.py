"""What a trial shows: one crop without trigger, and the same crop with it, as grey or colour pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gazeattack.attack.arrays import make_array_trigger
from gazeattack.attack.key import TriggerKey
from gazeattack.attack.kinds import KINDS
from gazeattack.blind_test.plan import OWN, Condition, Plan, Trial


@dataclass(frozen=True, eq=False)
class Stimulus:
    """clean, triggered: float32 [C, H, W] in [0, 1].  strength: of the trigger, in the unit of its kind.  pixel_change:
    mean absolute difference, as a share of the range."""

    clean: np.ndarray
    triggered: np.ndarray
    strength: float
    pixel_change: float

    def pictures(self, plan: Plan, trial: Trial) -> list[np.ndarray]:
        """The crops in the order that they are shown; all but the answer are the same clean crop."""
        return [self.triggered if place == trial.answer else self.clean for place in range(plan.choices)]


def make_stimulus(crops: np.ndarray, keys: Mapping[str, TriggerKey], trial: Trial) -> Stimulus:
    """Put the trigger of a trial on one of several crops.

    Args:
        crops: to pick from, float32 [N, C, H, W] in [0, 1].
        keys: the trigger key of every attack of the plan.
        trial: names the attack, the strength and the pick.

    Raises:
        BundleError: where the key was made for crops of another size.
    """
    one = int(trial.pick * len(crops))
    key, strength = keys[trial.condition.attack], strength_of(keys, trial.condition)
    # all at once: some triggers of one eye depend on the other
    triggered = make_array_trigger(key, strength).apply(np.ascontiguousarray(crops))[one]
    clean = crops[one]
    return Stimulus(clean, triggered, strength, float(np.abs(triggered - clean).mean()))


def strength_of(keys: Mapping[str, TriggerKey], condition: Condition) -> float:
    """The strength in the unit of the attack's kind."""
    return keys[condition.attack].strength * condition.relative_strength


def possible_conditions(conditions: Sequence[Condition], keys: Mapping[str, TriggerKey]) -> tuple[Condition, ...]:
    """The conditions whose strength the kind of trigger can have: BadNets' contrast, for one, ends at 1."""
    return tuple(
        one
        for one in conditions
        if strength_of(keys, one) <= max(KINDS[keys[one.attack].kind].largest, keys[one.attack].strength)
    )


def attack_name(attack: str, key: TriggerKey) -> str:
    """The attack as a results file names it: the model's own trigger by its kind, too."""
    return f"{key.kind} ({OWN} key)" if attack == OWN else attack
