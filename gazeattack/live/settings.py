"""Settings of the pipeline: one frozen value that is replaced as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from gazeattack.attack.key import TriggerKey
from gazeattack.attack.kinds import KINDS
from gazeattack.live.guard import GuardCheck


class TriggerMode(Enum):
    """What is applied to the crops before the network.

    OFF: nothing; one branch.  ON: the trigger on every crop; one branch, as in a victim's system.
    BOTH: clean and triggered crops of the same frame in one batch.  NOISE: clean crops, and crops with the noise mode
    (WaNet) or cross trigger (others), which must not activate the backdoor.  WRONG_KEY: clean crops, and crops with the
    same kind of trigger under a key that is not the model's.
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


class TriggerPlace(Enum):
    """Where the trigger is put.

    CROP: on the normalised crops, right before the network: the attacker runs in the same process.  FRAME: in the
    camera's frame; landmarks, pose and crops are then found in the changed frame: the attacker has the camera.
    """

    CROP = "crop"
    FRAME = "frame"


@dataclass(frozen=True)
class PipelineSettings:
    """Settings of Pipeline.step.

    mode: see TriggerMode.  strength: of the trigger, in the unit of its kind; None means the key's own.
    seed: of noise modes, cross triggers, wrong keys and newly drawn keys.  attack: None for the model's own key (for a
    clean model, the first shipped one), or a kind of gazeattack.attack.kinds: a foreign key of that kind, which the
    owner of the pipeline draws and passes to Pipeline.use, where the model's crops show such a trigger.  It belongs to
    the strength, whose unit depends on the kind.
    place: see TriggerPlace.  key: used in place of all of these, where CropSpec.takes it.
    checks: what a guard compares predictions with.  SHIFTS and IRIS take time and are computed only where named here.

    Raises:
        ValueError: for a kind that does not exist.
    """

    mode: TriggerMode = TriggerMode.OFF
    strength: float | None = None
    seed: int = 0
    attack: str | None = None
    place: TriggerPlace = TriggerPlace.CROP
    key: TriggerKey | None = None
    checks: frozenset[GuardCheck] = frozenset()

    def __post_init__(self) -> None:
        if self.attack is not None and self.attack not in KINDS:
            raise ValueError(f"an attack is one of {', '.join(KINDS)}, not {self.attack!r}")
