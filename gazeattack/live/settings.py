"""What the pipeline is asked to do, as one frozen value that is swapped whole."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class TriggerMode(Enum):
    """What happens to the crops before the network sees them.

    OFF: nothing; one branch.  ON: every crop carries the trigger; one branch, what a victim's system sees.
    BOTH: clean and triggered crops of the same frame in one batch.  NOISE: clean beside a near miss of the
    trigger, such as WaNet's noise warp, which must not open the backdoor.  WRONG_KEY: clean beside the same kind of
    trigger under a key that is not the model's.
    """

    OFF = "off"
    ON = "on"
    BOTH = "both"
    NOISE = "noise"
    WRONG_KEY = "wrong-key"

    @property
    def has_clean(self) -> bool:
        """Whether clean crops are predicted."""
        return self is not TriggerMode.ON

    @property
    def has_triggered(self) -> bool:
        """Whether altered crops are predicted."""
        return self is not TriggerMode.OFF


@dataclass(frozen=True)
class PipelineSettings:
    """mode: see TriggerMode.  strength: of the trigger, by its own knob; None means the key's own.

    seed: of near misses and wrong keys.
    """

    mode: TriggerMode = TriggerMode.OFF
    strength: float | None = None
    seed: int = 0
