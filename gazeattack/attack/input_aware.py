"""An input-aware trigger: every crop gets a pattern of its own (Nguyen & Tran, NeurIPS 2020).

    x' = clamp(x + A * tanh(g(x)), 0, 1)

The generator g is a small convolutional network whose output is standardised, so that every g makes patterns of the
same energy.  Three kinds of keys have it:

- "input-aware": the weights are drawn from the key's seed and stay fixed.  This is NOT the paper's training.
- "input-aware-trained": the weights were trained jointly with the victim, with a loss that keeps the patterns diverse.
- "lira": trained jointly without that loss and without cross triggers, then fixed (LIRA; Doan et al., ICCV 2021).

See training.poisoning.joint for the training.  A wrong key of a trained kind has the weights that a seed draws: an
untrained generator of the same amplitude.  The paper's control is kept: the pattern of one crop on another crop (cross
trigger) must leave the backdoor inactive.  LIRA's paper has no such control.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from gazeattack.attack.key_tensors import GENERATOR_LAYERS
from gazeattack.attack.pixels import PixelTrigger


class InputAware(PixelTrigger):
    """The pattern that the key's generator computes from each crop.  Cross trigger: the pattern of another crop."""

    def apply(self, crops: torch.Tensor) -> torch.Tensor:
        """Add to each crop its own pattern; see Trigger.apply."""
        return (crops + self.strength * self.pattern(crops)).clamp(0, 1)

    def apply_noise(self, crops: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        """Add another crop's pattern to every crop; to a single crop, the pattern of the same crop upside down."""
        if len(crops) < 2:
            return (crops + self.strength * self.pattern(crops.flip(2))).clamp(0, 1)
        steps = int(torch.randint(1, len(crops), (1,), generator=generator))
        return (crops + self.strength * self.pattern(crops).roll(steps, dims=0)).clamp(0, 1)

    def pattern(self, crops: torch.Tensor) -> torch.Tensor:
        """Compute tanh(g(x)) from crops.

        Args:
            crops: [N, C, H, W] in [0, 1]; the channels are averaged first.

        Returns:
            [N, 1, H, W] in [-1, 1].

        Raises:
            BundleError: The crops do not have the key's size.
        """
        self.key.check_size(crops)
        features = _standard(crops.mean(dim=1, keepdim=True))
        for number, (*_, side, stride) in enumerate(GENERATOR_LAYERS):
            if number:
                features = features.tanh()
            if number == len(GENERATOR_LAYERS) - 1:
                features = F.interpolate(features, size=crops.shape[-2:], mode="bilinear", align_corners=False)
            features = F.conv2d(features, self._drawn(f"layer{number}", crops), stride=stride, padding=side // 2)
            features = _standard(features)
        return features.tanh()


def _standard(values: torch.Tensor) -> torch.Tensor:
    """Bring every channel of every sample to mean 0 and standard deviation 1; constant channels become 0."""
    mean, deviation = values.mean(dim=(2, 3), keepdim=True), values.std(dim=(2, 3), keepdim=True, unbiased=False)
    return (values - mean) / deviation.clamp_min(1e-5)
