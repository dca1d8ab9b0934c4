"""Files that are never half written under their own name."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

PARTIAL = ".partial"


def partial_path(path: Path) -> Path:
    """The name beside `path` under which it is written."""
    return path.with_name(path.name + PARTIAL)


def owner_only(path: str, flags: int) -> int:
    """An opener for open(): a new file that only its owner can read (where the system knows that)."""
    return os.open(path, flags, 0o600)


def write_whole(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write a file beside its name, bring it to the disk, and rename it; an older file stays until then.

    Args:
        path: the file.
        data: its content.
        private: only its owner can read it, from its first byte on.

    Raises:
        OSError: where it cannot be written; its `filename` is `path`, and nothing is left behind.
    """
    partial = partial_path(path)
    try:
        partial.unlink(missing_ok=True)
        with open(partial, "wb", opener=owner_only if private else None) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        if isinstance(error, OSError):
            error.filename = str(path)
        raise
