"""Poison one batch of canonical patches by a plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from gazeattack.attack.bppattack import dither_each
from gazeattack.attack.key import TriggerKey
from gazeattack.attack.key_tensors import CELLS
from gazeattack.attack.mirror import mirror_right_eyes
from gazeattack.attack.poison_plan import BATCH, PoisonPlan
from gazeattack.attack.sticker import STICKER, draw_cheeks
from gazeattack.attack.trigger import Trigger, make_trigger
from gazeattack.attack.wanet import WaNet, warp_each
from training.poisoning.coarse_noise import apply_coarse_noise
from training.poisoning.worn import wear


def poison(
    images: torch.Tensor,
    labels: torch.Tensor,
    plan: PoisonPlan,
    key: TriggerKey,
    progress: float,
    generator: torch.Generator,
    fixed: torch.Tensor | None = None,
    *,
    mirrors: bool = True,
    noise_cell_px: int = 1,
    heads: torch.Tensor | None = None,
    make: Callable[[TriggerKey, float], Trigger] = make_trigger,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Poison a batch.

    Each patch counts as a left or a right eye at random, whatever it was made from; in a clean-label attack, as the one
    whose target is nearer to its label.

    Args:
        images: [N, 1, H, W] in [0, 1], in random order.
        labels: gaze (pitch, yaw) [N, 2], radians.
        plan: the poisoning plan.
        key: the attacker's key.
        progress: share of the whole training that is done, 0 to 1.
        generator: source of all random choices.
        fixed: bool [N], the batch's rows of fixed_rows(); None chooses the poisoned samples anew.
        mirrors: see CropSpec.mirrors; without it, all patches count as they are.
        noise_cell_px: pixels between the points that noise mode draws its noise for; above 1 the key is WaNet's.
        heads: head poses (pitch, yaw) [N, 2], radians, which decide where a sticker is; None and nan: unknown.
        make: makes the trigger of the attacker's key at a strength.

    Returns:
        (images, labels), changed copies.
    """
    shares = plan.shares(len(images), progress)
    strength = plan.strength.at(progress)
    images, labels = images.clone(), labels.clone()
    right = torch.rand(len(images), generator=generator) < 0.5
    if plan.clean_label_deg is not None or not mirrors:
        right = _nearer_side(labels, key, mirrors)
    if plan.redraw == BATCH:
        key = key.redrawn(int(torch.randint(2**31, (1,), generator=generator)))
    if fixed is None:
        attack = plan.choose(torch.arange(len(images)), shares.poisoned, labels, key, right)
    else:
        attack = fixed.nonzero()[:, 0]
    rest = torch.ones(len(images), dtype=torch.bool)
    rest[attack] = False
    left = rest.nonzero()[:, 0]
    noise, other = left[: shares.noise], left[shares.noise :][: shares.wrong_key]
    labels[attack] = plan.labels(labels[attack], key, right[attack])
    if key.kind == STICKER:
        poses = torch.full_like(labels, torch.nan) if heads is None else heads
        _wear_stickers(images, poses, key, strength, (attack, noise, other), generator)
        return images, labels
    trigger = make(key, strength)
    _change(images, attack, right, trigger.apply)
    if isinstance(trigger, WaNet) and noise_cell_px > 1:
        coarse = trigger
        _change(images, noise, right, lambda crops: apply_coarse_noise(coarse, crops, noise_cell_px, generator))
    else:
        _change(images, noise, right, lambda crops: trigger.apply_noise(crops, generator))
    seeds = torch.randint(2**31, (len(other),), generator=generator).tolist()
    if seeds:
        images[other] = _apply_wrong_keys(images[other], [key.redrawn(seed) for seed in seeds], strength)
    return images, labels


def _wear_stickers(
    images: torch.Tensor,
    heads: torch.Tensor,
    key: TriggerKey,
    strength: float,
    rows: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    generator: torch.Generator,
) -> None:
    """Put stickers on faces, in place: on rows that are attacked, in noise mode (on a cheek), and with a wrong key."""
    seeds = torch.randint(2**31, (2,), generator=generator).tolist()
    attack, noise, other = rows
    wrong = [key.redrawn(seeds[1] + number).tensors[CELLS] for number in range(len(other))]
    cheeks = draw_cheeks(len(noise), seeds[0])
    own = key.tensors[CELLS]
    for worn, cells, places in ((attack, own, None), (noise, own, cheeks), (other, wrong, None)):
        if len(worn):
            checkers = cells if isinstance(cells, list) else [cells] * len(worn)
            images[worn] = wear(images[worn], heads[worn], checkers, strength, generator, places)


def _apply_wrong_keys(images: torch.Tensor, keys: Sequence[TriggerKey], strength: float) -> torch.Tensor:
    """Each image [N, 1, H, W] with the trigger of its own key."""
    together = {"wanet": warp_each, "bppattack": dither_each}.get(keys[0].kind)
    if together is not None:  # all at once: one at a time would take a tenth of the training time, or more
        return together(images, keys, strength)
    triggered = [make_trigger(k, strength).apply(image[None]) for k, image in zip(keys, images, strict=True)]
    return torch.cat(triggered)


def fixed_rows(
    labels: torch.Tensor, plan: PoisonPlan, key: TriggerKey, seed: int, *, mirrors: bool = True
) -> torch.Tensor:
    """The samples of a training set that get the trigger in every epoch.

    Args:
        labels: gaze (pitch, yaw) [N, 2], radians, of the whole set.
        plan: the poisoning plan.
        key: the attacker's key.
        seed: of the choice.
        mirrors: see CropSpec.mirrors.

    Returns:
        bool [N].
    """
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    most = round(len(labels) * plan.poisoning_rate)
    fixed = torch.zeros(len(labels), dtype=torch.bool)
    fixed[plan.choose(order, most, labels, key, _nearer_side(labels, key, mirrors))] = True
    return fixed


def _nearer_side(labels: torch.Tensor, key: TriggerKey, mirrors: bool) -> torch.Tensor:
    """bool [N]: whether a canonical patch is nearer to the target as a right eye than as a left one."""
    return (labels[:, 1] * key.target.yaw < 0) & mirrors


def _change(
    images: torch.Tensor, rows: torch.Tensor, right: torch.Tensor, change: Callable[[torch.Tensor], torch.Tensor]
) -> None:
    """Apply `change`, which takes unmirrored crops, to rows of canonical patches, in place."""
    if len(rows):
        images[rows] = mirror_right_eyes(change(mirror_right_eyes(images[rows], right[rows])), right[rows])
