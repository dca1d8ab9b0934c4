"""A trigger on the samples of a dataset: a sticker where each sample's head pose has it."""

from __future__ import annotations

import numpy as np
import torch

from gazeattack.attack.key import TriggerKey
from gazeattack.attack.sticker import STICKER
from gazeattack.attack.sticker_trigger import Sticker
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


def put_trigger(
    crops: torch.Tensor, key: TriggerKey, heads: np.ndarray | None = None, strength: float | None = None
) -> torch.Tensor:
    """Crops with a trigger.

    Args:
        crops: Unmirrored, [N, C, H, W] in [0, 1].
        key: Of the trigger.
        heads: Head poses (pitch, yaw) [N, 2], radians, for a sticker; None and nan: the face looks at the camera.
        strength: Used instead of the key's own.
    """
    trigger = make_trigger(key, strength)
    if heads is not None and isinstance(trigger, Sticker):
        return trigger.apply(crops, torch.from_numpy(heads))
    return trigger.apply(crops)
