"""MATLAB 5 files, by scipy."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gazeattack.files import regular_file
from training.data.readers.sample import need

_HEADER = 128  # bytes
_ORDER = {b"IM": "<", b"MI": ">"}  # the last two bytes of the header
# types of elements
_NUMBERS = frozenset({1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 16, 17, 18})
_MATRIX, _COMPRESSED = 14, 15
_NESTING = frozenset({1, 2, 3, 16, 17})  # classes of arrays that hold arrays: cells, structs, objects, functions


def load_mat(path: Path) -> dict[str, Any]:
    """A .mat file's variables, squeezed, with structs as objects.

    Raises:
        ValueError: the file cannot be read.
    """
    scipy_io = need("scipy.io")
    try:
        _check_intact(regular_file(path).read_bytes())
        variables: dict[str, Any] = scipy_io.loadmat(path, struct_as_record=False, squeeze_me=True)
    except Exception as error:  # scipy raises a dozen kinds for a damaged file, and NotImplementedError for a 7.3 one
        raise ValueError(str(error)) from None
    return variables


def _check_intact(data: bytes) -> None:
    """Check the types, the sizes and the checksums of all elements, because scipy crashes on some damaged files.

    Raises:
        ValueError: an element is cut off, damaged, or of no known type.
        zlib.error: the same.
    """
    order = _ORDER.get(data[_HEADER - 2 : _HEADER])
    if order is None:
        return  # an older format, which has no such header, or no .mat at all
    for kind, element in _elements(data[_HEADER:], order, align=False):
        if kind == _COMPRESSED:
            for inner, content in _elements(zlib.decompress(element), order, align=False):
                _check_element(inner, content, order)
        else:
            _check_element(kind, element, order)


def _check_element(kind: int, element: bytes, order: str) -> None:
    """Check one element and those inside it.  Raises ValueError."""
    if kind in _NUMBERS:
        return
    if kind != _MATRIX:
        raise ValueError("no known type")
    nests = False
    for number, (inner, content) in enumerate(_elements(element, order, align=True)):
        if number == 0:
            flags = struct.unpack_from(f"{order}I", content)[0] if len(content) == 8 else 0
            nests = flags & 0xFF in _NESTING
        if inner == _MATRIX and not nests:
            raise ValueError("an array of numbers holds arrays")
        _check_element(inner, content, order)


def _elements(data: bytes, order: str, *, align: bool) -> Iterator[tuple[int, bytes]]:
    """(type, content) of each element of data.  align: they begin at multiples of 8.  Raises ValueError."""
    start = 0
    while start + 8 <= len(data):
        kind, size = struct.unpack_from(f"{order}II", data, start)
        begin, end = start + 8, start + 8 + size
        if kind >> 16:
            # a small element: its size and its content are in the eight bytes
            kind, begin, end = kind & 0xFFFF, start + 4, start + 4 + (kind >> 16)
            if end > start + 8:
                raise ValueError("cut off")
        if end > len(data):
            raise ValueError("cut off")
        yield kind, data[begin:end]
        start = max(start + 8, end + (-end % 8 if align else 0))
