"""A lock on an output folder: a second writer would tear the files of the first."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from gazeattack.errors import OutputError
from gazeattack.live.output_folder import cannot_write
from gazeattack.parsing import parse_json

# Hidden, so that they count as nobody's files.  Windows lets no other process read a locked file, hence the note.
LOCK, NOTE = ".gazeattack.lock", ".gazeattack.writer"
_LONGEST_NOTE = 1000


@contextlib.contextmanager
def lock_folder(path: Path) -> Iterator[None]:
    """Hold a folder for this process; the lock ends with the process, however that ends.

    Args:
        path: an existing folder.

    Raises:
        OutputError: another process writes into it, or it cannot be written.
    """
    # held by the process, whichever thread asks
    lock = FileLock(path / LOCK, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise OutputError(
            f"{path} is in use by another run{_writer(path / NOTE)}: wait for its end, or choose another folder."
        ) from None
    except (OSError, NotImplementedError) as error:
        reason = error if isinstance(error, OSError) else OSError(str(error))
        raise OutputError(cannot_write(path, reason)) from None
    try:
        note = {"process": os.getpid(), "started": datetime.now().isoformat(" ", "seconds")}
        # the note is a courtesy: the lock holds without it
        with contextlib.suppress(OSError):
            (path / NOTE).write_text(json.dumps(note), encoding="utf-8")
        yield
    finally:
        with contextlib.suppress(OSError):
            (path / NOTE).unlink(missing_ok=True)
        # before the release: afterwards it may be the next writer's; Windows keeps an open file, which stays, empty
        with contextlib.suppress(OSError):
            (path / LOCK).unlink(missing_ok=True)
        lock.release()


def _writer(note: Path) -> str:
    """Who writes, as the end of a clause; empty where the note cannot be read."""
    try:
        with note.open("rb") as file:
            told = parse_json(file.read(_LONGEST_NOTE))
        return f" (process {int(told['process'])}, started {datetime.fromisoformat(told['started'])})"
    except (OSError, ValueError, TypeError, KeyError):
        return ""
