"""One limit for every picture that is decoded: files, HEIC, frames of videos and recordings, datasets.

A header of a few bytes can ask for gigabytes, so the size it names is checked before memory is taken for the pixels.
"""

from __future__ import annotations

import warnings
from io import BytesIO

import cv2
import numpy as np

MOST_PIXELS = 150_000_000
TOO_LARGE = f"more than {MOST_PIXELS // 10**6} megapixels"


class PixelLimitError(ValueError):
    """A picture has more than MOST_PIXELS; the text is TOO_LARGE."""


def check_size(width: int, height: int) -> None:
    """Raises PixelLimitError for more than MOST_PIXELS."""
    if width * height > MOST_PIXELS:
        raise PixelLimitError(TOO_LARGE)


def check_header(data: bytes) -> None:
    """Check the size in the header of a picture of any format that Pillow knows.  Raises PixelLimitError."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            # Pillow warns of large images, and refuses larger ones
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(data)) as picture:
                size = picture.size
    except Image.DecompressionBombError:
        raise PixelLimitError(TOO_LARGE) from None
    except Exception:  # what Pillow cannot read, OpenCV may, up to a limit of its own (see gazeattack/__init__.py)
        return
    check_size(*size)


def decode_image(data: bytes, flags: int = cv2.IMREAD_COLOR) -> np.ndarray | None:
    """Decode a picture with OpenCV.

    Args:
        data: the file's bytes.
        flags: of cv2.imdecode.

    Returns:
        The pixels, BGR or as the flags ask; None where it is no picture, or damaged.

    Raises:
        PixelLimitError: it has more than MOST_PIXELS.
    """
    check_header(data)
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), flags) if data else None
    except cv2.error:
        return None
