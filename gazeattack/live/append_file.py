"""A file that grows by complete pieces, such as the rows of a table."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path

from gazeattack.files import owner_only


class AppendFile:
    """A new file; a piece that does not fit is removed, so that what is in it is always whole.

    Args:
        path: the file.
        private: only its owner can read it.

    Raises:
        OSError: where it exists or cannot be written.
    """

    def __init__(self, path: Path, *, private: bool = False) -> None:
        self._file = io.FileIO(path, "xb", opener=owner_only if private else None)
        self._size = 0

    def append(self, data: bytes) -> None:
        """Write one piece.  Raises OSError, after removing an incomplete piece."""
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError:
            with contextlib.suppress(OSError):
                self._file.truncate(self._size)
            raise
        self._size += len(data)

    @property
    def empty(self) -> bool:
        """Whether nothing was written."""
        return self._size == 0

    def sync(self) -> None:
        """Flush the file to the disk."""
        with contextlib.suppress(io.UnsupportedOperation):
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        with contextlib.suppress(OSError):
            self._file.close()
