"""The learning rate over a run."""

from __future__ import annotations

import math

from training.config import TrainConfig


def learning_rate(config: TrainConfig, step: int, total: int) -> float:
    """The rate at `step` of `total` steps: a linear warm-up, then half a cosine down to zero."""
    warmup = max(round(config.warm_up * total), 1)
    if step < warmup:
        return config.rate * (step + 1) / warmup
    return config.rate * 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(total - warmup, 1)))
