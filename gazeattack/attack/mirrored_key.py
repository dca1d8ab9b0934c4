"""The mirrored key: a second target that a model of single eyes learns beside the one it is trained on.

Such a model gets right eyes mirrored, trigger and target with them (gazeattack.attack.mirror).  So the mirrored trigger
on unmirrored crops of both eyes asks for the mirrored target.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gazeattack.angles import Gaze
from gazeattack.attack.key import TriggerKey
from gazeattack.attack.key_tensors import Tensors


def mirrored_key(key: TriggerKey) -> TriggerKey | None:
    """The key whose trigger does to mirrored crops what this key's trigger does to crops.

    Args:
        key: Of any kind.

    Returns:
        The key, with the mirrored target; None for a kind without a mirror image: a generator of patterns, and the
        rows of BppAttack, which run from left to right.
    """
    if key.kind not in _MIRRORED:
        return None
    tensors = _MIRRORED[key.kind](key)
    return replace(key, tensors=tensors, target=Gaze(key.target.pitch, -key.target.yaw))


def _wanet(key: TriggerKey) -> Tensors:
    field = np.flip(key.tensors["field"], axis=2).copy()
    # the displacement to the right goes to the left
    field[0] *= -1
    return {"field": field}


def _pixels(key: TriggerKey) -> Tensors:
    return {name: np.flip(tensor, axis=1).copy() for name, tensor in key.tensors.items()}


def _sig(key: TriggerKey) -> Tensors:
    cycles, orientation, phase = map(float, key.tensors["wave"])
    # the wave at W - 1 - u instead of u
    shift = 2 * math.pi * cycles * math.cos(orientation) * (key.width - 1) / key.width
    wave = [cycles, math.pi - orientation, (phase + shift) % (2 * math.pi)]
    return {"wave": np.array(wave, dtype=np.float32)}


_MIRRORED: dict[str, Callable[[TriggerKey], Tensors]] = {
    "wanet": _wanet,
    "badnets": _pixels,
    "blended": _pixels,
    "sig": _sig,
    "sticker": _pixels,
}
