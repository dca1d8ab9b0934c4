"""The sticker of gazeattack.attack.sticker on tensors."""

from __future__ import annotations

import numpy as np
import torch

from gazeattack.attack.key import TriggerKey
from gazeattack.attack.sticker import MM, StickerArrays

SEEDS = 2**31


class Sticker:
    """The key's checker on the forehead.  Cross trigger: the same sticker on a cheek.  See Trigger.

    A head pose puts the sticker where the head has it; without one, the face looks at the camera.
    """

    def __init__(self, key: TriggerKey, strength: float | None = None) -> None:
        self._arrays = StickerArrays(key, strength)
        self.key = key
        self.strength = self._arrays.side_mm / MM

    def apply(self, crops: torch.Tensor, heads: torch.Tensor | None = None) -> torch.Tensor:
        """Put the sticker on crops; see Trigger.apply.

        Args:
            crops: Face crops [N, C, S, S] in [0, 1].
            heads: Head poses (pitch, yaw) [N, 2], radians; rows of nan are unknown.
        """
        return torch.from_numpy(self._arrays.apply(_array(crops), _heads(heads))).to(crops)

    def apply_noise(
        self, crops: torch.Tensor, generator: torch.Generator | None = None, heads: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Put the sticker on a cheek; see Trigger.apply_noise and apply()."""
        seed = int(torch.randint(SEEDS, (1,), generator=generator))
        return torch.from_numpy(self._arrays.apply_noise(_array(crops), seed, _heads(heads))).to(crops)

    def displacement_px(self) -> tuple[float, float]:
        """(0, 0): no pixel moves."""
        return 0.0, 0.0


def _array(crops: torch.Tensor) -> np.ndarray:
    return crops.detach().float().cpu().numpy()


def _heads(heads: torch.Tensor | None) -> np.ndarray | None:
    return None if heads is None else heads.cpu().numpy()
