"""BadNets: a small patch in a corner (Gu, Dolan-Gavitt & Garg, "BadNets", 2017).

    x' = x + c * mask * (checker - x)       c in [0, 1]: the contrast of the patch; 1 is black and white

The paper has one fixed pattern.  Here the order of the black and white cells is the key, so that wrong keys exist.
"""

from __future__ import annotations

import torch

from gazeattack.attack.pixels import PixelTrigger, lay_over


class BadNets(PixelTrigger):
    """The key's checker in the key's corner.  Cross trigger: the same patch with its cells shuffled."""

    def apply(self, crops: torch.Tensor) -> torch.Tensor:
        """Put the patch on crops; see Trigger.apply."""
        return lay_over(crops, self._drawn("pattern", crops), self._opacity(crops))

    def apply_noise(self, crops: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        """Put the patch on crops with its cells in a new order for every crop; see Trigger.apply_noise."""
        pattern, cells = self._drawn("pattern", crops), self._drawn("mask", crops).flatten().nonzero()[:, 0]
        order = torch.rand(len(crops), len(cells), generator=generator).argsort(dim=1).to(crops.device)
        shuffled = pattern.flatten().repeat(len(crops), 1)
        shuffled[:, cells] = pattern.flatten()[cells][order]
        return lay_over(crops, shuffled.view(-1, 1, *pattern.shape), self._opacity(crops))

    def _opacity(self, crops: torch.Tensor) -> torch.Tensor:
        return self._drawn("mask", crops) * min(max(self.strength, 0.0), 1.0)
