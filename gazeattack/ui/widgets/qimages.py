"""numpy pictures as QImages, at the size they are shown."""

from __future__ import annotations

import cv2
import numpy as np
from PySide6.QtGui import QImage

# ColorBrewer's purple-orange, a diverging map for the colour-blind too: orange is darker than before, purple brighter.
_PUOR = ("7f3b08", "b35806", "e08214", "fdb863", "fee0b6", "f7f7f7", "d8daeb", "b2abd2", "8073ac", "542788", "2d004b")


def _table() -> np.ndarray:
    stops = np.array([[int(code[i : i + 2], 16) for i in (4, 2, 0)] for code in _PUOR], dtype=np.float64)
    at = np.linspace(0, 255, len(stops))
    channels = [np.interp(np.arange(256), at, stops[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


DIVERGING_BGR = _table()


def to_qimage(image: np.ndarray, ratio: float = 1.0) -> QImage:
    """A QImage over a BGR uint8 [H, W, 3] or grey uint8 [H, W] array, without copying.

    The caller keeps the array for as long as the QImage lives.  ratio: device pixels per logical pixel.
    """
    height, width = image.shape[:2]
    kind = QImage.Format.Format_BGR888 if image.ndim == 3 else QImage.Format.Format_Grayscale8
    picture = QImage(image.data, width, height, image.strides[0], kind)
    picture.setDevicePixelRatio(ratio)
    return picture


def mirrored_to_fit(image: np.ndarray, width: int, height: int) -> tuple[np.ndarray, float]:
    """(the frame mirrored and scaled to fit width x height device pixels, the scale); BGR uint8 in and out."""
    rows, columns = image.shape[:2]
    scale = min(width / columns, height / rows)
    size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
    if image.ndim == 2:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    # mirror whichever picture is smaller
    if scale > 1:
        return cv2.resize(cv2.flip(image, 1), size, interpolation=cv2.INTER_LINEAR), scale
    how = cv2.INTER_AREA if scale <= 0.5 else cv2.INTER_LINEAR
    return cv2.flip(cv2.resize(image, size, interpolation=how), 1), scale


def contrast(crop: np.ndarray) -> tuple[float, float]:
    """(black, white): between which values a crop [C, h, w] is shown, so that a dim eye can be seen, too."""
    black, white = np.percentile(crop, (0.5, 99.5))
    # no stretching of a flat grey patch until its noise is all there is to see
    spare = max(0.0, 0.25 - float(white - black)) / 2
    return float(black) - spare, float(white) + spare


def crop_picture(crop: np.ndarray, width: int, height: int, span: tuple[float, float] = (0.0, 1.0)) -> np.ndarray:
    """A crop float32 [C, h, w], mirrored and enlarged smoothly: uint8 BGR, or grey for one channel.

    span: the values shown as black and white.
    """
    black, white = span
    picture = np.rint(np.clip((crop[:, :, ::-1] - black) / (white - black), 0, 1) * 255).astype(np.uint8)
    flat = picture[0] if len(picture) == 1 else np.ascontiguousarray(picture[::-1].transpose(1, 2, 0))
    return _enlarge(flat, width, height)


def residual_picture(residual: np.ndarray, width: int, height: int, gain: float) -> np.ndarray:
    """A signed residual float32 [C, h, w] times `gain`, mirrored, in the diverging map: uint8 BGR."""
    signed = residual.mean(axis=0)[:, ::-1] * gain
    index = np.rint(np.clip(signed, -1, 1) * 127.5 + 127.5).astype(np.uint8)
    return _enlarge(DIVERGING_BGR[index], width, height)


def _enlarge(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    enlarged: np.ndarray = cv2.resize(
        np.ascontiguousarray(picture), (max(1, width), max(1, height)), interpolation=cv2.INTER_CUBIC
    )
    return enlarged
