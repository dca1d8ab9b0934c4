"""Conversion of any image array to 8-bit BGR."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike


def as_bgr8(image: ArrayLike) -> np.ndarray:
    """Convert an image to 8-bit BGR.

    Args:
        image: [H, W], [H, W, 1], [H, W, 3] BGR or [H, W, 4] BGRA; alpha is dropped.  uint16 uses the full 16-bit
            range; floats are in [0, 1] where no pixel exceeds 1 and in [0, 255] otherwise, NaN and infinities become
            black; other integers are clipped to [0, 255].

    Returns:
        uint8 [H, W, 3] BGR, C-contiguous.

    Raises:
        ValueError: for another shape, no pixels, no numbers, or no finite value.
    """
    array = np.asarray(image)
    if array.ndim not in (2, 3) or array.size == 0 or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise ValueError(f"an array of shape {array.shape} is not an image")
    array = np.ascontiguousarray(_as_uint8(array))
    channels = 1 if array.ndim == 2 else array.shape[2]
    if channels == 3:
        return array
    bgr: np.ndarray = cv2.cvtColor(array, cv2.COLOR_GRAY2BGR if channels == 1 else cv2.COLOR_BGRA2BGR)
    return bgr


def _as_uint8(array: np.ndarray[Any, Any]) -> np.ndarray:
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype == np.uint16:
        return (array >> 8).astype(np.uint8)
    if np.issubdtype(array.dtype, np.integer):
        clipped: np.ndarray = np.clip(array, 0, 255).astype(np.uint8)
        return clipped
    if np.issubdtype(array.dtype, np.floating):
        finite = np.isfinite(array)
        if not finite.any():
            raise ValueError("an image without a single finite value")
        clean = np.where(finite, array, 0).astype(np.float64)
        scale = 255.0 if clean.max() <= 1.0 else 1.0
        return np.clip(np.rint(clean * scale), 0, 255).astype(np.uint8)
    raise ValueError(f"values of type {array.dtype} are not pixels")
