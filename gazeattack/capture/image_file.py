"""One image file as 8-bit BGR pixels, or the reason why it cannot be read."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np

from gazeattack.capture.convert import scaled_bgr8
from gazeattack.capture.heif_tiles import apply_turns, untangle_tiles
from gazeattack.capture.picture_count import has_several_pictures
from gazeattack.capture.pixel_limit import PixelLimitError, check_header, check_size, decode_image
from gazeattack.files import regular_file

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".jp2"}
    | {".heic", ".heif", ".hif", ".avif"}
)
MAX_WIDTH = 1920
_JXL = "JPEG XL; convert it: djxl {0} {0}.png"
_VIDEO = "a video; open it on its own"
_RAW_SUFFIXES = {".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".raf", ".orf", ".rw2", ".pef", ".srw"}
_DRAWING_SUFFIXES = {".psd", ".svg", ".pdf", ".eps", ".ai", ".xcf", ".tga", ".exr", ".hdr"}
_VIDEO_SUFFIXES = {".gif", ".mp4", ".mov", ".avi", ".mkv", ".webm", ".mts", ".m2ts", ".m4v", ".mpg", ".3gp"}
# Suffix -> reason; {0} is the file's name, {1} the suffix without its dot.
_REFUSED = {
    ".jxl": _JXL,
    **dict.fromkeys(_RAW_SUFFIXES, "a camera's raw file; export it as jpg"),
    **dict.fromkeys(_DRAWING_SUFFIXES, "{1} is no photo format; export it as png"),
    **dict.fromkeys(_VIDEO_SUFFIXES, _VIDEO),
}
_HEIF = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF = frozenset({b"avif", b"avis"})
# Radiance and OpenEXR are left out: their values are light, not pixels.
_JXL_HEADS = (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")


class ImageFileError(Exception):
    """An image file cannot be read; the text is the reason in a few words."""


@dataclass(frozen=True, eq=False)
class LoadedImage:
    """uint8 [H, W, 3] BGR, and what was changed to read it: a few words, or None."""

    image: np.ndarray
    change: str | None = None


def is_image_file(path: Path) -> bool:
    """Whether a file is a still image by its name or its content, also of a kind that is refused."""
    suffix = path.suffix.lower()
    return suffix in IMAGE_SUFFIXES or _REFUSED.get(suffix, _VIDEO) is not _VIDEO or _has_still_content(path)


def load_image(path: Path, *, max_width: int = MAX_WIDTH) -> LoadedImage:
    """Read an image file, rotated by its EXIF data and scaled down to at most `max_width` pixels.

    The bytes are read by Python: cv2.imread fails on non-ASCII paths on Windows.

    Raises:
        ImageFileError: where it cannot be read whole.
    """
    suffix = path.suffix.lower()
    if suffix not in IMAGE_SUFFIXES and not _has_still_content(path):
        raise ImageFileError(_REFUSED.get(suffix, "not an image").format(path.name, suffix[1:]))
    try:
        data = regular_file(path).read_bytes()
    except OSError as error:
        raise ImageFileError(error.strerror or "unreadable") from None
    if not data:
        raise ImageFileError("empty, 0 bytes")
    try:
        pixels = _decode(data, path.name)
        image, change = scaled_bgr8(pixels)
    except PixelLimitError as error:
        raise ImageFileError(str(error)) from None
    except (ValueError, cv2.error):
        raise ImageFileError("damaged, cut short or no image") from None
    if has_several_pictures(data):
        change = "first of several pictures was taken" + (f" and the {change}" if change else "")
    if image.shape[1] > max_width:
        height = max(1, round(image.shape[0] * max_width / image.shape[1]))
        image = cv2.resize(image, (max_width, height), interpolation=cv2.INTER_AREA)
    return LoadedImage(image, change)


def _has_still_content(path: Path) -> bool:
    """Whether a file of any name holds a HEIC, AVIF or JPEG XL image, which FFmpeg would play as a video."""
    try:
        with regular_file(path).open("rb") as file:
            head = file.read(64)
    except OSError:
        return False
    return head.startswith(_JXL_HEADS) or bool(_brands(head) & (_HEIF | _AVIF))


def _decode(data: bytes, name: str) -> np.ndarray:
    """The pixels in the file's own depth.  Raises ImageFileError or ValueError."""
    if data.startswith(_JXL_HEADS):
        raise ImageFileError(_JXL.format(name))
    brands = _brands(data[:64])
    if brands:
        if not brands & (_HEIF | _AVIF):
            raise ImageFileError(_VIDEO)
        if not _is_whole(data):
            raise ImageFileError("cut short")
        return _decode_avif(data) if brands & _AVIF else _decode_heif(data)
    decoded = decode_image(data, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    if decoded is None:
        # grey floats are not made BGR
        decoded = decode_image(data, cv2.IMREAD_UNCHANGED)
    if decoded is None:
        raise ImageFileError("damaged, cut short or no image")
    return decoded


def _decode_heif(data: bytes) -> np.ndarray:
    # imported where it is used: most runs read no such file
    import pillow_heif

    try:
        data, turns = untangle_tiles(data)
        picture = pillow_heif.open_heif(BytesIO(data))
        size = picture.size
    except Exception as error:  # a dozen kinds for a damaged file
        raise ValueError(str(error)) from None
    check_size(*size)
    try:
        pixels = apply_turns(np.asarray(picture), turns)
    except Exception as error:  # as above
        raise ValueError(str(error)) from None
    return np.ascontiguousarray(pixels if pixels.ndim == 2 else pixels[..., 2::-1])


def _decode_avif(data: bytes) -> np.ndarray:
    from PIL import Image, ImageOps

    check_header(data)
    try:
        with Image.open(BytesIO(data)) as picture:
            pixels = np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))
    except Exception as error:  # several kinds for a damaged file
        raise ValueError(str(error)) from None
    return np.ascontiguousarray(pixels[..., ::-1])


def _brands(head: bytes) -> frozenset[bytes]:
    """The brands that an ISO base media file (mp4, heic, avif) begins with; empty for other files."""
    if head[4:8] != b"ftyp":
        return frozenset()
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return frozenset({head[8:12], *(head[i : i + 4] for i in range(16, end - 3, 4))})


def _is_whole(data: bytes) -> bool:
    """Whether every box of an ISO base media file lies inside it; libheif fills a missing tile with grey."""
    position = 0
    while position + 8 <= len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        if size == 1:
            size = int.from_bytes(data[position + 8 : position + 16], "big")
        if size == 0:
            return True
        position += max(size, 8)
    return position == len(data)
