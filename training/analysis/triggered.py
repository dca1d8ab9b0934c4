"""A dataset with a trigger, for what takes samples and a change of their crops."""

from __future__ import annotations

from gazeattack.attack.key import TriggerKey
from gazeattack.attack.sticker import STICKER
from gazeattack.attack.trigger import make_trigger
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.evaluation.predict import Change
from gazeattack.evaluation.worn import worn_set
from training.analysis.shift_check import unchanged


def with_trigger(data: LoadedSet, key: TriggerKey) -> tuple[LoadedSet, Change]:
    """Samples, and the change of their unmirrored crops, that together give triggered crops.

    A sticker is in the samples already, because each head pose has it elsewhere.
    """
    return (worn_set(data, key), unchanged) if key.kind == STICKER else (data, make_trigger(key).apply)
