"""Files that are never half written under their own name, and files whose reading ends."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

PARTIAL = ".partial"


def partial_path(path: Path) -> Path:
    """The name beside `path` under which it is written."""
    return path.with_name(path.name + PARTIAL)


def regular_file(path: Path) -> Path:
    """`path` again, to be read: a pipe would wait for its writer, and a device would never end.

    Raises:
        OSError: it is missing, or something else than a file or a folder (which the reader refuses itself).
    """
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.EINVAL, "it is a pipe or a device", str(path))
    return path


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
