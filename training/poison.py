"""Carrying out a poisoning plan on one batch of canonical patches."""

from __future__ import annotations

import torch

from gazeattack.attack.key import TriggerKey
from gazeattack.attack.mirror import as_seen, target_labels
from gazeattack.attack.plan import PoisonPlan
from gazeattack.attack.wanet import WaNet


def poison(
    images: torch.Tensor,
    labels: torch.Tensor,
    plan: PoisonPlan,
    key: TriggerKey,
    progress: float,
    generator: torch.Generator,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Poisoned copies of a batch, which must be in random order: images [N, 1, H, W] in [0, 1], labels [N, 2].

    Each patch plays a left or a right eye at random, whichever it was made from.
    """
    shares = plan.shares(len(images), progress)
    strength = plan.strength.at(progress)
    images, labels = images.clone(), labels.clone()
    right = torch.rand(len(images), generator=generator) < 0.5
    attack, noise = slice(0, shares.attack), slice(shares.attack, shares.attack + shares.noise)
    first_other = shares.attack + shares.noise
    other = slice(first_other, first_other + shares.other)
    trigger = WaNet(key, strength)
    images[attack] = as_seen(trigger.apply(as_seen(images[attack], right[attack])), right[attack])
    labels[attack] = target_labels(key, right[attack])
    images[noise] = as_seen(trigger.apply_noise(as_seen(images[noise], right[noise]), generator), right[noise])
    seeds = torch.randint(2**31, (shares.other,), generator=generator).tolist()
    for row, seed in zip(range(other.start, other.stop), seeds, strict=True):
        images[row : row + 1] = WaNet(key.redrawn(seed), strength).apply(images[row : row + 1])
    return images, labels
