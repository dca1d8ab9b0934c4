"""The defences by name: each turns a bundle and clean samples into a repaired network."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.model.bundle import Bundle
from gazeattack.model.network import GazeResNet
from training.defences.pruning import prune_channels, prune_weights, prune_within, quantize_weights
from training.defences.tuning import Progress, TuningSettings, attention_loss, distil, fine_tune

ALLOWED_DEG = 0.3
"""Benign cost on the defender's samples that pruning alone may have."""
ALLOWED_BEFORE_TUNING_DEG = 1.0
"""The same before fine-tuning, which wins most of it back."""
Family = Literal["training", "pruning", "rounding"]


@dataclass(frozen=True, eq=False)
class Repaired:
    """A repaired network.  how: numbers for the card that the method's name does not hold."""

    network: GazeResNet
    how: Mapping[str, Any]


Apply = Callable[[Bundle, LoadedSet, TuningSettings, Progress], Repaired]


@dataclass(frozen=True)
class Defence:
    """A defence.  title: in tables.  family: in figures.  source: its paper.  random: whether the seed changes it."""

    title: str
    family: Family
    source: str
    apply: Apply
    random: bool = True
    slow: bool = False


def tuned(bundle: Bundle, data: LoadedSet, settings: TuningSettings, progress: Progress, **how: Any) -> Repaired:
    """Fine-tuning of all weights; `how` are fine_tune()'s own options."""
    return Repaired(fine_tune(copy.deepcopy(bundle.network), bundle, data, settings, progress=progress, **how), {})


def fine_pruned(bundle: Bundle, data: LoadedSet, settings: TuningSettings, progress: Progress) -> Repaired:
    """Fine-pruning: prune as far as the benign error allows, then fine-tune; pruned channels stay cut off."""
    pruned = prune_within(bundle, data, ALLOWED_BEFORE_TUNING_DEG)
    network = fine_tune(pruned.network, bundle, data, settings, frozen=pruned.hold, progress=progress)
    return Repaired(network, {"pruned_share": pruned.share})


def attention_distilled(bundle: Bundle, data: LoadedSet, settings: TuningSettings, progress: Progress) -> Repaired:
    """NAD: a fine-tuned copy teaches the attention maps of the backdoored network."""
    teacher = fine_tune(copy.deepcopy(bundle.network), bundle, data, settings)
    student = copy.deepcopy(bundle.network)
    extra = attention_loss(student, teacher, settings.attention)
    return Repaired(fine_tune(student, bundle, data, settings, extra=extra, progress=progress), {})


def distilled(bundle: Bundle, data: LoadedSet, settings: TuningSettings, progress: Progress) -> Repaired:
    """Distillation into new weights; they need about ten times the steps."""
    longer = replace(settings, steps=10 * settings.steps, lr=2 * settings.lr)
    return Repaired(distil(bundle, data, longer, progress), {"steps": longer.steps, "lr": longer.lr})


def _channels(share: float, bundle: Bundle, data: LoadedSet, _s: TuningSettings, _p: Progress) -> Repaired:
    return Repaired(prune_channels(bundle, data, share).network, {"pruned_share": share})


def _channels_within(bundle: Bundle, data: LoadedSet, _s: TuningSettings, _p: Progress) -> Repaired:
    pruned = prune_within(bundle, data, ALLOWED_DEG)
    return Repaired(pruned.network, {"pruned_share": pruned.share})


def _weights(share: float, bundle: Bundle, _data: LoadedSet, _s: TuningSettings, _p: Progress) -> Repaired:
    return Repaired(prune_weights(bundle, share), {"pruned_share": share})


def _bits(bits: int, bundle: Bundle, _data: LoadedSet, _s: TuningSettings, _p: Progress) -> Repaired:
    return Repaired(quantize_weights(bundle, bits), {"bits": bits})


def _rounded(bits: int) -> Defence:
    return Defence(f"int{bits} weights", "rounding", "Jacob et al., CVPR 2018", partial(_bits, bits), random=False)


FINE_PRUNING = "Liu et al., RAID 2018"
DEFENCES: dict[str, Defence] = {
    "fine-tune": Defence("fine-tuning", "training", "Liu et al., ICCD 2017", tuned),
    "fine-prune": Defence("fine-pruning", "training", FINE_PRUNING, fine_pruned),
    "nad": Defence("attention distillation (NAD)", "training", "Li et al., ICLR 2021", attention_distilled),
    "ft-sam": Defence("FT-SAM", "training", "Zhu et al., ICCV 2023", partial(tuned, sharpness_aware=True)),
    "distil": Defence("distillation from scratch", "training", "Papernot et al., S&P 2016", distilled, slow=True),
    "prune": Defence(
        f"channel pruning up to {ALLOWED_DEG:g} deg", "pruning", FINE_PRUNING, _channels_within, random=False
    ),
    "prune-30": Defence("channel pruning 30 %", "pruning", FINE_PRUNING, partial(_channels, 0.3), random=False),
    "prune-50": Defence("channel pruning 50 %", "pruning", FINE_PRUNING, partial(_channels, 0.5), random=False),
    "weights-40": Defence(
        "magnitude pruning 40 %", "pruning", "Han et al., NeurIPS 2015", partial(_weights, 0.4), random=False
    ),
    "int8": _rounded(8),
    "int5": _rounded(5),
    "int4": _rounded(4),
}
