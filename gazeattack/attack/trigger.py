"""The interface of every trigger, and the trigger of a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch

from gazeattack.attack.badnets import BadNets
from gazeattack.attack.blended import Blended
from gazeattack.attack.bppattack import BppAttack
from gazeattack.attack.input_aware import InputAware
from gazeattack.attack.key import TriggerKey, check_strength
from gazeattack.attack.sig import SIG
from gazeattack.attack.sticker_trigger import Sticker
from gazeattack.attack.wanet import WaNet
from gazeattack.errors import BundleError


class Trigger(Protocol):
    """A trigger that is ready to be applied to unmirrored crops."""

    key: TriggerKey
    strength: float

    def apply(self, crops: torch.Tensor) -> torch.Tensor:
        """Put the trigger on crops.

        Args:
            crops: Unmirrored crops, float [N, C, H, W] in [0, 1].

        Returns:
            The triggered crops, of the same shape and range.

        Raises:
            BundleError: The crops do not have the key's size.
        """

    def apply_noise(self, crops: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        """Put a control on crops that differs for every crop: WaNet's noise mode, a cross trigger of other kinds.

        The backdoor must stay inactive under it.

        Args:
            crops: As for apply.
            generator: The source of randomness; None uses torch's own.

        Returns:
            The changed crops, of the same shape and range.

        Raises:
            BundleError: The crops do not have the key's size.
        """

    def displacement_px(self) -> tuple[float, float]:
        """(mean, max) length of the displacement in pixels; (0, 0) for triggers that move no pixel."""


TRIGGERS: dict[str, Callable[[TriggerKey, float | None], Trigger]] = {
    "wanet": WaNet,
    "badnets": BadNets,
    "blended": Blended,
    "sig": SIG,
    "input-aware": InputAware,
    "bppattack": BppAttack,
    "sticker": Sticker,
    "input-aware-trained": InputAware,
    "lira": InputAware,
}


def make_trigger(key: TriggerKey, strength: float | None = None) -> Trigger:
    """Make the trigger of a key.

    Args:
        key: The trigger key.
        strength: Used instead of the key's own strength.

    Returns:
        The trigger; apply() takes and returns unmirrored crops, float [N, C, H, W] in [0, 1].

    Raises:
        BundleError: The key's kind does not exist, or the strength is not a finite number of at least 0.
    """
    if key.kind not in TRIGGERS:
        raise BundleError(f'There is no trigger "{key.kind}": update gazeattack to use this key.')
    return TRIGGERS[key.kind](key, None if strength is None else check_strength(strength))
