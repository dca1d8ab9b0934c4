"""The places of the images in a sequence of JPEG images.

The file is read, not mapped: a mapped file that shrinks, or whose disk is pulled out, would end the program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

_BEGIN, _END, _FRAME_HEADER = b"\xff\xd8\xff", b"\xff\xd9", b"\xff\xc0\x00\x11"
_SEAM = re.compile(rb"\xff\xd9(?=\xff\xd8\xff)")
_HALF_SEAM = re.compile(rb"\xff\xd9|\xff\xd8\xff")
_LONGEST = 5  # bytes of a seam
CHUNK = 2**22


class JpegStream:
    """An open file of JPEG images.

    Raises:
        OSError: where it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._size = path.stat().st_size

    def read(self, begin: int, end: int) -> bytes:
        """The bytes from begin to end; fewer, or none, where the file has shrunk or cannot be read any more."""
        try:
            self._file.seek(begin)
            return self._file.read(end - begin)
        except OSError:
            return b""

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def images(self) -> list[tuple[int, int]]:
        """(begin, end) of every complete JPEG image."""
        if self.read(0, len(_BEGIN)) != _BEGIN:
            return []
        begins = [0, *(match + len(_END) for match, _ in self._find(_SEAM))]
        parts = list(pairwise(begins))
        if self.read(max(self._size - len(_END), 0), self._size) == _END:
            parts.append((begins[-1], self._size))
        return parts

    def images_despite_damage(self) -> list[tuple[int, int]]:
        """(begin, end) of every image between two seams, also where one half of a seam is damaged.

        No marker occurs inside a JPEG that cv2 wrote, so a damaged image keeps its place among the others.  Images
        between which the whole seam is lost are told by their frame headers, and given up.
        """
        seams = {0} | {end if end - begin == len(_END) else begin for begin, end in self._find(_HALF_SEAM)}
        parts: list[tuple[int, int]] = []
        # what follows the last seam is incomplete
        for begin, end in pairwise(sorted(seams)):
            merged = self.read(begin, end).count(_FRAME_HEADER)
            parts += [(begin, end)] if merged <= 1 else [(begin, begin)] * merged
        return parts

    def _find(self, pattern: re.Pattern[bytes]) -> Iterator[tuple[int, int]]:
        """(begin, end) of every match, as in the whole file at once."""
        position = 0
        while data := self.read(position, position + CHUNK):
            last = position + len(data) >= self._size or len(data) < CHUNK
            sure = len(data) if last else len(data) - _LONGEST
            following = sure
            for match in pattern.finditer(data):
                if match.start() >= sure:
                    break
                yield position + match.start(), position + match.end()
                following = max(sure, match.end())
            if last:
                return
            position += following
