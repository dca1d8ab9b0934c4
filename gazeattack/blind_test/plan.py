"""The plan of a blind test: which trigger at which strength in which trial, and where the triggered crop stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST, MOST = 10, 40
CHOICES = (2, 3)
OWN = "own"  # the model's own key, or the one that it borrows


@dataclass(frozen=True)
class Condition:
    """What a trial tests.

    attack: OWN or a kind of gazeattack.attack.kinds.  relative_strength: of the key's own strength; 1 is that strength.
    """

    attack: str
    relative_strength: float


@dataclass(frozen=True)
class Trial:
    """One question.

    number: from 0.  answer: place of the triggered crop, from 0.  pick: decides which crop is shown, in [0, 1).
    """

    number: int
    condition: Condition
    answer: int
    pick: float


@dataclass(frozen=True)
class Plan:
    """All trials of a test.  choices: crops per trial, one of them triggered."""

    seed: int
    choices: int
    trials: tuple[Trial, ...]

    @property
    def chance(self) -> float:
        """The share of right answers of a person who guesses."""
        return 1 / self.choices


def make_plan(conditions: Sequence[Condition], *, trials: int, choices: int, seed: int) -> Plan:
    """Plan a test: every condition as often as every other (at most one more), in random order.

    The place of the triggered crop is drawn anew for each trial, so that counting the places gives nothing away.

    Args:
        conditions: at least one.
        trials: FEWEST to MOST.
        choices: one of CHOICES.
        seed: the same seed gives the same plan.

    Raises:
        ValueError: for other numbers, or more conditions than trials.
    """
    if not FEWEST <= trials <= MOST or choices not in CHOICES or not 1 <= len(conditions) <= trials:
        raise ValueError(f"no such test: {trials} trials of {choices} crops under {len(conditions)} conditions")
    random = np.random.default_rng(seed)
    # which conditions come once more is random, too
    order = [conditions[i] for i in random.permutation(len(conditions))]
    each = [order[i % len(order)] for i in range(trials)]
    shuffled = [each[i] for i in random.permutation(trials)]
    places, picks = random.integers(choices, size=trials), random.random(trials)
    return Plan(
        seed,
        choices,
        tuple(
            Trial(number, condition, int(place), float(pick))
            for number, (condition, place, pick) in enumerate(zip(shuffled, places, picks, strict=True))
        ),
    )
