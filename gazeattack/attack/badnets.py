"""BadNets: a small patch in a corner (Gu, Dolan-Gavitt & Garg, "BadNets", 2017).

    x' = x + c * mask * (checker - x)       c in [0, 1]: the patch's contrast, 1 is black and white

Black and white cells in the key's own order rather than the paper's one fixed pattern, so that there are wrong keys.
"""

from __future__ import annotations

import torch

from gazeattack.attack.pixels import PixelTrigger, lay_over


class BadNets(PixelTrigger):
    """The key's checker in the key's corner; a near miss is the same patch with its cells shuffled."""

    def apply(self, crops: torch.Tensor) -> torch.Tensor:
        """The triggered crops."""
        return lay_over(crops, self._drawn("pattern", crops), self._opacity(crops))

    def apply_noise(self, crops: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        """The patch where it always is, its cells in another order for every crop."""
        pattern, cells = self._drawn("pattern", crops), self._drawn("mask", crops).flatten().nonzero()[:, 0]
        order = torch.rand(len(crops), len(cells), generator=generator).argsort(dim=1).to(crops.device)
        shuffled = pattern.flatten().repeat(len(crops), 1)
        shuffled[:, cells] = pattern.flatten()[cells][order]
        return lay_over(crops, shuffled.view(-1, 1, *pattern.shape), self._opacity(crops))

    def _opacity(self, crops: torch.Tensor) -> torch.Tensor:
        return self._drawn("mask", crops) * min(max(self.strength, 0.0), 1.0)
