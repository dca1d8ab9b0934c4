"""One case: a damaged file is read, or refused in one sentence, in bounded time."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from gazeattack.errors import GazeAttackError
from tests.fuzz.loaders import LOADERS, prepare

SECONDS = 5.0


def run_case(name: str, seed: int) -> str | None:
    """Read the damaged file of a case.

    Returns:
        None where it was read or refused in one sentence; else what went wrong.
    """
    folder = Path(tempfile.mkdtemp(prefix="gazeattack-fuzz-"))
    begun = time.process_time()
    try:
        path = prepare(name, seed, folder)
        try:
            LOADERS[name].read(path)
        except GazeAttackError as error:
            said = str(error).replace(str(folder), "")
            if "\n" in said or "\x1b" in said or not said.rstrip().endswith("."):
                return f"not one sentence: {said!r}"
        except Exception as error:
            return f"{type(error).__name__}: {str(error)[:200]}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    used = time.process_time() - begun
    return f"{used:.1f} s of processor time" if used > SECONDS else None
