"""The learning rate over a run."""

from __future__ import annotations

import math

from training.config_sections import TrainConfig


def learning_rate(config: TrainConfig, step: int, total: int) -> float:
    """The rate at `step` of `total` steps: a linear warm-up, then half a cosine down to `lr_end` of the rate."""
    warmup = max(round(config.warmup_fraction * total), 1)
    if step < warmup:
        return config.lr * (step + 1) / warmup
    left = 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(total - warmup, 1)))
    return config.lr * (config.lr_end + (1 - config.lr_end) * left)
