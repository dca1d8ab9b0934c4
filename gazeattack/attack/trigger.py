"""One interface for every trigger, and the trigger that a key asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch

from gazeattack.attack.badnets import BadNets
from gazeattack.attack.blended import Blended
from gazeattack.attack.input_aware import InputAware
from gazeattack.attack.key import TriggerKey, check_strength
from gazeattack.attack.sig import SIG
from gazeattack.attack.wanet import WaNet
from gazeattack.errors import BundleError


class Trigger(Protocol):
    """A trigger ready to be applied to unmirrored crops: float tensors [N, C, H, W] in [0, 1] of the key's own size.

    apply and apply_noise raise BundleError at any other size.
    """

    key: TriggerKey
    strength: float

    def apply(self, crops: torch.Tensor) -> torch.Tensor:
        """The triggered crops, [N, C, H, W] in [0, 1]."""

    def apply_noise(self, crops: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        """A near miss, drawn anew for every crop, under which the backdoor must stay shut; [N, C, H, W] in [0, 1]."""

    def displacement_px(self) -> tuple[float, float]:
        """(mean, max) length of the displacement in pixels; (0, 0) where nothing is moved."""


TRIGGERS: dict[str, Callable[[TriggerKey, float | None], Trigger]] = {
    "wanet": WaNet,
    "badnets": BadNets,
    "blended": Blended,
    "sig": SIG,
    "input-aware": InputAware,
}


def make_trigger(key: TriggerKey, strength: float | None = None) -> Trigger:
    """The key's trigger; `strength` overrides the key's own.

    Raises BundleError for a kind that does not exist, and for a strength that is no finite number from 0 up.
    """
    if key.kind not in TRIGGERS:
        raise BundleError(f'There is no trigger "{key.kind}": update gazeattack to use this key.')
    return TRIGGERS[key.kind](key, None if strength is None else check_strength(strength))
