"""Blended: one noise image blended over the whole crop (Chen et al., "Targeted backdoor attacks", 2017).

x' = (1 - alpha) * x + alpha * pattern
"""

from __future__ import annotations

import torch

from gazeattack.attack.pixels import PixelTrigger, lay_over


class Blended(PixelTrigger):
    """The key's pattern at alpha in [0, 1].  Cross trigger: the same pattern with its pixels shuffled."""

    def apply(self, crops: torch.Tensor) -> torch.Tensor:
        """Blend the pattern over crops; see Trigger.apply."""
        return lay_over(crops, self._drawn("pattern", crops), self._alpha)

    def apply_noise(self, crops: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        """Blend the pattern with its pixels in a new order for every crop; see Trigger.apply_noise."""
        pattern = self._drawn("pattern", crops)
        order = torch.rand(len(crops), pattern.numel(), generator=generator).argsort(dim=1).to(crops.device)
        return lay_over(crops, pattern.flatten()[order].view(-1, 1, *pattern.shape), self._alpha)

    @property
    def _alpha(self) -> float:
        return min(max(self.strength, 0.0), 1.0)
