"""An input-aware trigger: every crop gets a pattern of its own (after Nguyen & Tran, NeurIPS 2020).

    x' = clamp(x + A * tanh(g(x)), 0, 1)

NOT the paper's training: there the generator g learns jointly with the victim, with a loss that keeps its patterns
diverse.  Here g is a small convolutional network whose weights are drawn from the key's seed and stay fixed; its output
depends on the crop, and is standardised.  What is kept is the paper's control: one crop's pattern on another crop
(cross trigger) must leave the backdoor shut.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from gazeattack.attack.key_tensors import GENERATOR_LAYERS
from gazeattack.attack.pixels import PixelTrigger


class InputAware(PixelTrigger):
    """The pattern that the key's generator makes of each crop; a near miss is the pattern of another crop."""

    def apply(self, crops: torch.Tensor) -> torch.Tensor:
        """The triggered crops."""
        return (crops + self.strength * self.pattern(crops)).clamp(0, 1)

    def apply_noise(self, crops: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        """Another crop's pattern on every crop; on a crop that is alone, the pattern of itself upside down."""
        if len(crops) < 2:
            return (crops + self.strength * self.pattern(crops.flip(2))).clamp(0, 1)
        steps = int(torch.randint(1, len(crops), (1,), generator=generator))
        return (crops + self.strength * self.pattern(crops).roll(steps, dims=0)).clamp(0, 1)

    def pattern(self, crops: torch.Tensor) -> torch.Tensor:
        """tanh(g(x)), [N, 1, H, W] in [-1, 1], of crops [N, C, H, W]; colours are averaged first."""
        self.key.check_size(crops)
        seen = _standard(crops.mean(dim=1, keepdim=True))
        for number, (*_, side, stride) in enumerate(GENERATOR_LAYERS):
            if number:
                seen = seen.tanh()
            if number == len(GENERATOR_LAYERS) - 1:
                seen = F.interpolate(seen, size=crops.shape[-2:], mode="bilinear", align_corners=False)
            seen = F.conv2d(seen, self._drawn(f"layer{number}", crops), stride=stride, padding=side // 2)
            seen = _standard(seen)
        return seen.tanh()


def _standard(values: torch.Tensor) -> torch.Tensor:
    """Every channel of every sample at mean 0 and deviation 1; flat ones at 0."""
    mean, deviation = values.mean(dim=(2, 3), keepdim=True), values.std(dim=(2, 3), keepdim=True, unbiased=False)
    return (values - mean) / deviation.clamp_min(1e-5)
