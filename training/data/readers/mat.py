"""MATLAB 5 files, by scipy."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

from training.data.readers.sample import need

_HEADER = 128  # bytes
_ORDER = {b"IM": "<", b"MI": ">"}  # the last two bytes of the header
_COMPRESSED = 15  # type of an element


def load_mat(path: Path) -> dict[str, Any]:
    """A .mat file's variables, squeezed, with structs as objects.

    Raises:
        ValueError: the file cannot be read.
    """
    scipy_io = need("scipy.io")
    try:
        _check_intact(path.read_bytes())
        variables: dict[str, Any] = scipy_io.loadmat(path, struct_as_record=False, squeeze_me=True)
    except Exception as error:  # scipy raises a dozen kinds for a damaged file, and NotImplementedError for a 7.3 one
        raise ValueError(str(error)) from None
    return variables


def _check_intact(data: bytes) -> None:
    """Check the sizes and the checksums of the elements, because scipy crashes on some damaged files.

    Raises:
        ValueError: an element is cut off or damaged.
        zlib.error: the same.
    """
    order = _ORDER.get(data[_HEADER - 2 : _HEADER])
    if order is None:
        return  # an older format, which has no such header, or no .mat at all
    start = _HEADER
    while start + 8 <= len(data):
        kind, size = struct.unpack_from(f"{order}II", data, start)
        element = data[start + 8 : start + 8 + size]
        if len(element) < size:
            raise ValueError("cut off")
        if kind == _COMPRESSED:
            zlib.decompress(element)
        start += 8 + size
