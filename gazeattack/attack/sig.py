"""SIG: a faint sinusoid added to the whole crop (Barni, Kallas & Tondi, ICIP 2019).

    x' = clamp(x + A * sin(2 pi f (u cos a + v sin a) / W + phase), 0, 1)       u, v: pixels right and down

The paper's waves run along one axis at one frequency.  Here frequency, orientation and phase are the key.
"""

from __future__ import annotations

import math

import torch

from gazeattack.attack.pixels import PixelTrigger


class SIG(PixelTrigger):
    """The key's wave at amplitude A.  Cross trigger: the same frequency, any orientation and phase."""

    def apply(self, crops: torch.Tensor) -> torch.Tensor:
        """Add the key's wave to crops; see Trigger.apply."""
        cycles, orientation, phase = self._drawn("wave", crops)
        return self._add(crops, cycles, orientation.view(1), phase.view(1))

    def apply_noise(self, crops: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        """Add a wave of the key's frequency, in a new direction and phase for every crop; see Trigger.apply_noise."""
        cycles = self._drawn("wave", crops)[0]
        drawn = torch.rand(2, len(crops), generator=generator).to(crops)
        return self._add(crops, cycles, math.pi * drawn[0], 2 * math.pi * drawn[1])

    def _add(
        self, crops: torch.Tensor, cycles: torch.Tensor, orientation: torch.Tensor, phase: torch.Tensor
    ) -> torch.Tensor:
        down = torch.arange(self.key.height).to(crops).view(1, -1, 1)
        along = torch.arange(self.key.width).to(crops).view(1, 1, -1)
        angle, start = orientation.view(-1, 1, 1), phase.view(-1, 1, 1)
        turns = cycles * (along * angle.cos() + down * angle.sin()) / self.key.width
        wave = (2 * math.pi * turns + start).sin()
        return (crops + self.strength * wave[:, None]).clamp(0, 1)
