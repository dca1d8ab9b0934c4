"""How every script here ends."""

from __future__ import annotations

import sys
from collections.abc import Callable

from gazeattack.errors import GazeAttackError

GOES_ON = "Stopped; the same command goes on from here."
NOTHING_WRITTEN = "Stopped; nothing was written."


def exit_status(work: Callable[[], int | None], stopped: str) -> int:
    """Do the work; what the user caused is one sentence and 1, ctrl-C says `stopped` and is 130, as a shell does."""
    try:
        return work() or 0
    except GazeAttackError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(stopped, file=sys.stderr)
        return 130
