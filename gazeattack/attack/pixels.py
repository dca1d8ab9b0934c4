"""What triggers that change pixels, and move none, have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import torch

from gazeattack.attack.key import TriggerKey


class PixelTrigger(ABC):
    """A trigger that adds to, or lies over, the crop; see gazeattack.attack.trigger.Trigger."""

    def __init__(self, key: TriggerKey, strength: float | None = None) -> None:
        self.key = key
        self.strength = key.strength if strength is None else float(strength)

    @abstractmethod
    def apply(self, crops: torch.Tensor) -> torch.Tensor:
        """The triggered crops, float [N, C, H, W] in [0, 1]."""

    @abstractmethod
    def apply_noise(self, crops: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        """A near miss of the same energy, drawn anew for every crop; the backdoor must stay shut."""

    def displacement_px(self) -> tuple[float, float]:
        """Nothing moves."""
        return 0.0, 0.0

    def _drawn(self, name: str, crops: torch.Tensor) -> torch.Tensor:
        """One of the key's tensors, where and as precise as the crops are, once their size is known to fit."""
        self.key.check_size(crops)
        return torch.from_numpy(np.asarray(self.key.tensors[name])).to(crops)


def lay_over(crops: torch.Tensor, pattern: torch.Tensor, opacity: torch.Tensor | float) -> torch.Tensor:
    """crops [N, C, H, W] and a pattern broadcast over them, mixed; opacity in [0, 1] is the pattern's share."""
    return crops + opacity * (pattern - crops)
