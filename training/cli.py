"""What every training script shares: exit status, optional packages and progress bar."""

from __future__ import annotations

import errno
import importlib
import logging
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from gazeattack.errors import GazeAttackError
from gazeattack.interrupt import exit_code, stoppable
from gazeattack.terminal import on_one_line
from training.errors import TrainingError

CONTINUES = "Stopped; the same command continues from here."
NOTHING_WRITTEN = "Stopped; nothing was written."

log = logging.getLogger(__name__)


def exit_status(work: Callable[[], int | None], stopped: str) -> int:
    """Run a script, and print its error as one sentence.

    An OSError that arrives here comes from writing, such as a full disk: errors of reading have sentences of their own.

    Args:
        work: the script; it returns its exit status, or None for 0.
        stopped: printed after ctrl-C.

    Returns:
        The exit status: 1 after an error, 130 after ctrl-C and 143 after SIGTERM, as in a shell.
    """
    try:
        with stoppable():
            return work() or 0
    except GazeAttackError as error:
        print(on_one_line(str(error)), file=sys.stderr)
        log.debug("the script failed", exc_info=True)
        return 1
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            print("A name is too long for a file or folder: give a shorter one.", file=sys.stderr)
            return 1
        what = "The output" if error.filename is None else on_one_line(str(error.filename))
        print(f"{what} cannot be written ({error.strerror or error}): choose another place.", file=sys.stderr)
        return 1
    except MemoryError:
        print("There is not enough memory: use fewer subjects, images, or a smaller batch.", file=sys.stderr)
        return 1
    except KeyboardInterrupt as stop:
        print(stopped, file=sys.stderr)
        return exit_code(stop)


def need(modules: Sequence[str]) -> None:
    """Check that these modules of the train extra are installed.

    Raises:
        TrainingError: one is missing; the sentence names it.
    """
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise TrainingError(f"This needs {' and '.join(missing)}: pip install 'gazeattack[train]'.")


def progress_bar(**options: Any) -> Any | None:
    """A tqdm bar with these options; None without tqdm."""
    try:
        return importlib.import_module("tqdm").tqdm(**options)
    except ImportError:
        return None
