"""Carrying out a poisoning plan on one batch of canonical patches."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from gazeattack.attack.key import TriggerKey
from gazeattack.attack.mirror import mirror_right_eyes
from gazeattack.attack.poison_plan import BATCH, PoisonPlan
from gazeattack.attack.trigger import make_trigger
from gazeattack.attack.wanet import warp_each


def poison(
    images: torch.Tensor,
    labels: torch.Tensor,
    plan: PoisonPlan,
    key: TriggerKey,
    progress: float,
    generator: torch.Generator,
    marked: torch.Tensor | None = None,
    *,
    mirrors: bool = True,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Poisoned copies of a batch, which must be in random order: images [N, 1, H, W] in [0, 1], labels [N, 2].

    Each patch plays a left or a right eye at random, whichever it was made from; with untouched labels, the one
    whose target is nearer.  marked: bool [N], the batch's part of fixed_rows; None chooses anew.  mirrors: False for
    pictures of both eyes (CropSpec.mirrors), which have no other side.
    """
    shares = plan.shares(len(images), progress)
    strength = plan.strength.at(progress)
    images, labels = images.clone(), labels.clone()
    right = torch.rand(len(images), generator=generator) < 0.5
    if plan.clean_label_deg is not None or not mirrors:
        right = _nearer_side(labels, key, mirrors)
    if plan.redraw == BATCH:
        key = key.redrawn(int(torch.randint(2**31, (1,), generator=generator)))
    if marked is None:
        attack = plan.choose(torch.arange(len(images)), shares.poisoned, labels, key, right)
    else:
        attack = marked.nonzero()[:, 0]
    rest = torch.ones(len(images), dtype=torch.bool)
    rest[attack] = False
    left = rest.nonzero()[:, 0]
    noise, other = left[: shares.noise], left[shares.noise :][: shares.wrong_key]
    trigger = make_trigger(key, strength)
    labels[attack] = plan.labels(labels[attack], key, right[attack])
    _change(images, attack, right, trigger.apply)
    _change(images, noise, right, lambda crops: trigger.apply_noise(crops, generator))
    seeds = torch.randint(2**31, (len(other),), generator=generator).tolist()
    if seeds:
        images[other] = _by_other_keys(images[other], [key.redrawn(seed) for seed in seeds], strength)
    return images, labels


def _by_other_keys(images: torch.Tensor, keys: Sequence[TriggerKey], strength: float) -> torch.Tensor:
    """Each image under a key of its own."""
    if keys[0].kind == "wanet":  # all at once: a grid at a time is a tenth of the training
        return warp_each(images, keys, strength)
    triggered = [make_trigger(k, strength).apply(image[None]) for k, image in zip(keys, images, strict=True)]
    return torch.cat(triggered)


def fixed_rows(
    labels: torch.Tensor, plan: PoisonPlan, key: TriggerKey, seed: int, *, mirrors: bool = True
) -> torch.Tensor:
    """Which samples of a whole set of labels [N, 2] get the trigger in every epoch, bool [N], by a seed."""
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    most = round(len(labels) * plan.poisoning_rate)
    marked = torch.zeros(len(labels), dtype=torch.bool)
    marked[plan.choose(order, most, labels, key, _nearer_side(labels, key, mirrors))] = True
    return marked


def _nearer_side(labels: torch.Tensor, key: TriggerKey, mirrors: bool) -> torch.Tensor:
    """Whether each canonical patch is nearer to the target as a right eye, bool [N]."""
    return (labels[:, 1] * key.target.yaw < 0) & mirrors


def _change(
    images: torch.Tensor, rows: torch.Tensor, right: torch.Tensor, change: Callable[[torch.Tensor], torch.Tensor]
) -> None:
    """Change the rows of canonical patches in place, as unmirrored crops."""
    if len(rows):
        images[rows] = mirror_right_eyes(change(mirror_right_eyes(images[rows], right[rows])), right[rows])
