"""Conversion of any image array to 8-bit BGR."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike

# A float image whose largest value is at least this and at most 255 holds 8-bit levels.
_LEAST_8_BIT = 100


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


def scaled_bgr8(image: ArrayLike) -> tuple[np.ndarray, str | None]:
    """Convert an image file's pixels to 8-bit BGR, scaled by the range that they use.

    Args:
        image: as in as_bgr8.  uint16 that fits in 8, 10, 12 or 14 bits is scaled from these bits; floats and other
            integers outside the usual ranges ([0, 1] and [0, 255]) are scaled from their least and largest value.

    Returns:
        uint8 [H, W, 3] BGR, and what was scaled in a few words, or None.

    Raises:
        ValueError: as as_bgr8.
    """
    array = np.asarray(image)
    if array.size == 0 or array.dtype in (np.uint8, np.bool_) or not np.issubdtype(array.dtype, np.number):
        return as_bgr8(array), None
    if array.dtype == np.uint16:
        bits = next(bits for bits in (8, 10, 12, 14, 16) if int(array.max()) < 2**bits)
        # multiples of 257 are 8-bit levels that fill the 16 bits, however dark
        if bits == 16 or not (array % 257).any():
            return as_bgr8(array), None
        return as_bgr8(np.rint(array * (255 / (2**bits - 1)))), f"{bits}-bit values in a 16-bit file were scaled"
    values = array.astype(np.float64)
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        raise ValueError("an image without a single finite value")
    low, high = float(finite.min()), float(finite.max())
    floating = np.issubdtype(array.dtype, np.floating)
    if low >= 0 and (high <= 1 or _LEAST_8_BIT <= high <= 255 or (high <= 255 and not floating)):
        return as_bgr8(array), None
    spread = np.nan_to_num((values - low) / max(high - low, 1e-12), nan=0.0, posinf=0.0, neginf=0.0)
    return as_bgr8(np.rint(spread * 255).astype(np.uint8)), f"values from {low:g} to {high:g} were scaled"


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
