"""What every script here needs, shows while it works, and how it ends."""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from safetensors import SafetensorError

from gazeattack.errors import GazeAttackError
from training.errors import TrainingError

GOES_ON = "Stopped; the same command goes on from here."
NOTHING_WRITTEN = "Stopped; nothing was written."

log = logging.getLogger(__name__)


def exit_status(work: Callable[[], int | None], stopped: str) -> int:
    """Do the work; what the user caused is one sentence and 1, ctrl-C says `stopped` and is 130, as a shell does.

    Readers name what they cannot read; an OSError that comes as far as this is a folder that refuses, or a full disk.
    """
    try:
        return work() or 0
    except GazeAttackError as error:
        print(error, file=sys.stderr)
        log.debug("the script failed", exc_info=True)
        return 1
    except OSError as error:
        what = "The output" if error.filename is None else error.filename
        print(f"{what} cannot be written ({error.strerror or error}): choose another place.", file=sys.stderr)
        return 1
    except SafetensorError as error:  # its files' OSErrors, without a name
        print(f"The output cannot be written ({error}): choose another place.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(stopped, file=sys.stderr)
        return 130


def need(modules: Sequence[str]) -> None:
    """Raises TrainingError if one of these, all of the train extra, is missing: better now than after training."""
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise TrainingError(f"This needs {' and '.join(missing)}: pip install 'gazeattack[train]'.")


def progress_bar(**options: Any) -> Any | None:
    """tqdm's bar with these options; None without tqdm."""
    try:
        return importlib.import_module("tqdm").tqdm(**options)
    except ImportError:
        return None
