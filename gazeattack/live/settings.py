"""What the pipeline is asked to do, as one frozen value that is swapped whole."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from gazeattack.attack.kinds import KINDS


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

    seed: of near misses, wrong keys and fresh ones.  attack: None for the model's own key (a clean model's lent one),
    or one of gazeattack.attack.kinds: another attacker's key of that kind, which whoever owns the pipeline draws and
    hands to it.  It stands beside the strength because a strength means nothing to another kind.
    Raises ValueError for a kind that does not exist.
    """

    mode: TriggerMode = TriggerMode.OFF
    strength: float | None = None
    seed: int = 0
    attack: str | None = None

    def __post_init__(self) -> None:
        if self.attack is not None and self.attack not in KINDS:
            raise ValueError(f"an attack is one of {', '.join(KINDS)}, not {self.attack!r}")
