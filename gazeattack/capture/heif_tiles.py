"""Rotation of a HEIC image that is made of tiles.

ISO/IEC 23008-12 gives an image its rotation (irot) and mirror (imir) as properties, applied in their order.  Some
phones give them to the tiles, and not or not only to the picture; libheif then turns each tile in its place.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

_TURNS = frozenset({b"irot", b"imir"})
_CODED = frozenset({b"hvcC", b"av1C", b"jpgC"})
Box = tuple[bytes, int, int]
Turn = tuple[bytes, int]


def untangle_tiles(data: bytes) -> tuple[bytes, list[Turn]]:
    """Take the rotations and mirrors from the tiles.

    Returns:
        The file with those of its primary image alone, and what apply_turns must do to the decoded picture: the turns
        of the tiles, where a picture made of tiles has none itself.
    """
    meta = _find(data, b"meta", 0, len(data))
    # meta, pitm and ipma begin with a version and flags, 4 bytes
    primary_box = None if meta is None else _find(data, b"pitm", meta[1] + 4, meta[2])
    properties = None if meta is None else _find(data, b"iprp", meta[1] + 4, meta[2])
    container = None if properties is None else _find(data, b"ipco", *properties[1:])
    if primary_box is None or properties is None or container is None:
        return data, []
    wide = data[primary_box[1]] > 0
    primary = int.from_bytes(data[primary_box[1] + 4 : primary_box[1] + (8 if wide else 6)], "big")
    known = dict(enumerate(_boxes(data, *container[1:]), start=1))
    edited = bytearray(data)
    own: set[bytes] = set()
    by_tile: dict[int, list[Turn]] = {}
    for box, begin, end in _boxes(data, *properties[1:]):
        for item, place, size, number in _associations(data, begin, end) if box == b"ipma" else ():
            kind, value, _ = known.get(number, (b"", 0, 0))
            if item == primary:
                own.add(kind)
            elif kind in _TURNS:
                by_tile.setdefault(item, []).append((kind, data[value]))
                # number 0 is "no property"
                edited[place : place + size] = bytes(size)
    of_tiles = next(iter(by_tile.values()), [])
    return bytes(edited), [] if own & (_TURNS | _CODED) else of_tiles


def apply_turns(image: np.ndarray, turns: list[Turn]) -> np.ndarray:
    """Turn and mirror a picture, [H, W, ...]."""
    for kind, value in turns:
        if kind == b"irot":
            # quarter turns anticlockwise
            image = np.rot90(image, value & 3)
            continue
        image = image[:, ::-1] if value & 1 else image[::-1]
    return image


def _boxes(data: bytes, begin: int, end: int) -> Iterator[Box]:
    """(kind, begin, end) of the content of each box between two places."""
    while begin + 8 <= end:
        size, head = int.from_bytes(data[begin : begin + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(data[begin + 8 : begin + 16], "big"), 16
        size = end - begin if size == 0 else size
        if size < head or begin + size > end:
            return
        yield data[begin + 4 : begin + 8], begin + head, begin + size
        begin += size


def _find(data: bytes, kind: bytes, begin: int, end: int) -> Box | None:
    return next((box for box in _boxes(data, begin, end) if box[0] == kind), None)


def _associations(data: bytes, begin: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """(item, place, size in bytes, property number) of every entry of an ipma box."""
    version, flags = data[begin], data[begin + 3]
    item_size, entry_size = (4 if version else 2), (2 if flags & 1 else 1)
    place = begin + 8
    for _ in range(int.from_bytes(data[begin + 4 : begin + 8], "big")):
        if place + item_size >= end:
            return
        item = int.from_bytes(data[place : place + item_size], "big")
        count = data[place + item_size]
        place += item_size + 1
        for _ in range(count):
            # the highest bit says whether a reader must know the property
            number = int.from_bytes(data[place : place + entry_size], "big") & ((1 << (8 * entry_size - 1)) - 1)
            yield item, place, entry_size, number
            place += entry_size
