"""Images inside a report: PNG data URIs, magnified crops, and residuals in signed colours."""

from __future__ import annotations

import base64

import cv2
import numpy as np

RESIDUAL_GAIN = 10.0
# BGR ends of the signed colour map, as in the window: orange for darker pixels, purple for brighter ones
_DARKER, _BRIGHTER = np.array([6, 88, 179.0]), np.array([136, 39, 84.0])


def data_uri(image: np.ndarray) -> str:
    """A BGR or grey uint8 image as a PNG data URI."""
    _, data = cv2.imencode(".png", image)
    return "data:image/png;base64," + base64.b64encode(data.tobytes()).decode("ascii")


def crop_picture(crop: np.ndarray, *, zoom: int) -> np.ndarray:
    """A crop float32 [C, H, W] in [0, 1] (grey or RGB), magnified without smoothing: uint8 BGR."""
    grey = np.repeat(crop, 3, axis=0) if crop.shape[0] == 1 else crop[::-1]
    return _enlarge((grey.clip(0, 1) * 255).round().astype(np.uint8).transpose(1, 2, 0), zoom)


def residual_picture(residual: np.ndarray, *, zoom: int, gain: float = RESIDUAL_GAIN) -> np.ndarray:
    """A residual float32 [C, H, W], signed, times `gain`: white 0, orange darker, purple brighter; uint8 BGR."""
    value = (residual.mean(axis=0) * gain).clip(-1, 1)[..., None]
    towards = np.where(value < 0, _DARKER, _BRIGHTER)
    return _enlarge((255 + np.abs(value) * (towards - 255)).round().astype(np.uint8), zoom)


def _enlarge(image: np.ndarray, zoom: int) -> np.ndarray:
    return np.ascontiguousarray(image.repeat(zoom, axis=0).repeat(zoom, axis=1))
