"""Whether an image file holds several pictures, of which readers of images decode the first alone."""

from __future__ import annotations

import struct

_HEAD = 4096


def has_several_pictures(data: bytes) -> bool:
    """Whether a file is an animated PNG, WebP or AVIF, or a TIFF of several pages.  data: the whole file."""
    if data.startswith(b"\x89PNG"):
        # the animation control chunk stands before the pixels
        return b"acTL" in data[:_HEAD].split(b"IDAT")[0]
    if data.startswith(b"RIFF") and data[8:16] == b"WEBPVP8X":
        return bool(data[20] & 2) if len(data) > 20 else False
    if data[4:12] == b"ftypavis":
        return True
    if data[:4] in (b"II*\0", b"MM\0*"):
        return _next_page(data, "<" if data.startswith(b"II") else ">") != 0
    return False


def _next_page(data: bytes, order: str) -> int:
    """Where the second page of a TIFF begins; 0 for none."""
    try:
        (first,) = struct.unpack_from(f"{order}I", data, 4)
        (entries,) = struct.unpack_from(f"{order}H", data, first)
        (second,) = struct.unpack_from(f"{order}I", data, first + 2 + 12 * entries)
    except struct.error:
        return 0
    return int(second)
