"""Files that are never half written under their own name."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

PARTIAL = ".partial"


def partial_path(path: Path) -> Path:
    """The name beside `path` under which it is written."""
    return path.with_name(path.name + PARTIAL)


def owner_only(path: str, flags: int) -> int:
    """An opener for open(): a new file that only its owner can read (where the system knows that)."""
    return os.open(path, flags, 0o600)


def write_whole(path: Path, data: str | bytes, *, private: bool = False) -> None:
    """Write a file with this content (text as UTF-8); see whole_file."""
    with whole_file(path, private=private) as file:
        file.write(data.encode() if isinstance(data, str) else data)


@contextlib.contextmanager
def whole_file(path: Path, *, private: bool = False) -> Iterator[BinaryIO]:
    """A file to write beside its name; then it is brought to the disk and renamed, and replaces an older one.

    Args:
        path: the file.
        private: only its owner can read it, from its first byte on.

    Raises:
        OSError: where it cannot be written; its `filename` is `path`, and nothing is left behind.
    """
    partial = partial_path(path)
    try:
        partial.unlink(missing_ok=True)
        with open(partial, "wb", opener=owner_only if private else None) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        if isinstance(error, OSError):
            error.filename = str(path)
        raise
