"""Datasets of faces with stickers on: each where the sample's head pose has it, in 8 bits, as a camera records it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gazeattack.attack.key import TriggerKey
from gazeattack.attack.sticker import StickerArrays
from gazeattack.evaluation.dataset import LoadedSet, as_crops

WRONG_KEY_EVERY = 64
"""Samples that share a wrong key, as in predict_branches()."""
Wear = Callable[[np.ndarray, np.ndarray | None], np.ndarray]


def worn_set(data: LoadedSet, key: TriggerKey) -> LoadedSet:
    """The dataset with the key's sticker on every forehead; images of eyes stay as they are."""
    return replace(data, images=wear_images(data.images, data.head, StickerArrays(key).apply))


def wear_images(images: np.ndarray, heads: np.ndarray | None, wear: Wear) -> np.ndarray:
    """Images with stickers.

    Args:
        images: Faces uint8 [N, S, S], or in colour [N, S, S, 3].
        heads: Head poses (pitch, yaw) [N, 2], radians; None, and rows of nan: the face looks at the camera.
        wear: What puts the stickers on crops, float32 [B, C, S, S] in [0, 1], of heads [B, 2].

    Returns:
        uint8, of the images' shape.
    """
    worn = np.empty_like(images)
    for start in range(0, len(images), WRONG_KEY_EVERY):
        rows = slice(start, start + WRONG_KEY_EVERY)
        crops = wear(as_crops(images[rows]).numpy(), None if heads is None else heads[rows])
        pixels = (np.moveaxis(crops, 1, -1) * 255).round().astype(np.uint8)
        worn[rows] = pixels.reshape(-1, *images.shape[1:])
    return worn
