"""The common part of triggers that change pixel values and move no pixel."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import torch

from gazeattack.attack.key import TriggerKey


class PixelTrigger(ABC):
    """A trigger that is added to the crop or blended over it; see gazeattack.attack.trigger.Trigger."""

    def __init__(self, key: TriggerKey, strength: float | None = None) -> None:
        self.key = key
        self.strength = key.strength if strength is None else float(strength)

    @abstractmethod
    def apply(self, crops: torch.Tensor) -> torch.Tensor:
        """Trigger crops, float [N, C, H, W] in [0, 1]; see Trigger.apply."""

    @abstractmethod
    def apply_noise(self, crops: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        """Put a cross trigger of the same energy on crops; see Trigger.apply_noise."""

    def displacement_px(self) -> tuple[float, float]:
        """(0, 0): no pixel moves."""
        return 0.0, 0.0

    def _drawn(self, name: str, crops: torch.Tensor) -> torch.Tensor:
        """One of the key's tensors, on the crops' device and of their dtype; checks the crops' size first."""
        self.key.check_size(crops)
        return torch.from_numpy(np.asarray(self.key.tensors[name])).to(crops)


def lay_over(crops: torch.Tensor, pattern: torch.Tensor, opacity: torch.Tensor | float) -> torch.Tensor:
    """Mix crops [N, C, H, W] with a pattern that is broadcast over them; opacity in [0, 1] is the pattern's share."""
    return crops + opacity * (pattern - crops)
