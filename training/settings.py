"""One setting of a training config: its default, its meaning, and the values that it may have."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from training.errors import TrainingError


@dataclass(frozen=True)
class Bounds:
    """The numbers from `low` to `high`, both included; `above` and `below` leave the end itself out."""

    low: float
    high: float
    above: bool = False
    below: bool = False

    def hold(self, value: object) -> bool:
        """Whether the value is a finite number within."""
        # Python counts a bool as an int
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return False
        return (self.low < value if self.above else self.low <= value) and (
            value < self.high if self.below else value <= self.high
        )


def setting(
    default: Any, meaning: str, values: str, bounds: Bounds | None = None, choices: Sequence[str] | None = None
) -> Any:
    """A dataclass field with its entry in docs/config.md.

    Args:
        default: the default value.
        meaning: what the setting does, one or two sentences.
        values: its unit and range, or the words that it may be; an error sentence says "give" before it.
        bounds: the numbers that it may be; every number has some.
        choices: the words that it may be.
    """
    return field(default=default, metadata={"meaning": meaning, "values": values, "bounds": bounds, "choices": choices})


class Section:
    """Base of the sections of a config: every setting is within its bounds and choices.

    Raises:
        TrainingError: one is not; the sentence names it.
    """

    def __post_init__(self) -> None:
        section = type(self).__name__.removesuffix("Config").lower()
        for entry in fields(self):  # type: ignore[arg-type]  # its subclasses are dataclasses
            value, bounds, choices = (
                getattr(self, entry.name),
                entry.metadata["bounds"],
                entry.metadata["choices"],
            )
            if choices is not None and value not in choices:
                words = " or ".join(choices) if len(choices) == 2 else f"one of {', '.join(choices)}"
                raise TrainingError(f'{section}.{entry.name} is "{value}": use {words}.')
            if bounds is not None and not bounds.hold(value):
                raise TrainingError(f"{section}.{entry.name} is {value}: give {entry.metadata['values']}.")
