"""--log-level: one option, the same for the command line and for every training script.

Modules log through `logging.getLogger(__name__)`.  Without the option Python's own default holds: warnings and errors
go to standard error.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from typing import Any

LEVELS = ("debug", "info", "warning", "error")
PACKAGES = ("gazeattack", "training")


def add_log_level(parser: argparse.ArgumentParser) -> None:
    """Add --log-level to a parser; it takes effect while the arguments are parsed."""
    parser.add_argument(
        "--log-level",
        action=_SetLevel,
        choices=LEVELS,
        default=argparse.SUPPRESS,
        help="print messages of this level and above to standard error (warning)",
    )


def set_log_level(level: str) -> None:
    """Send the packages' messages of `level` (one of LEVELS) and above to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    for name in PACKAGES:
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.setLevel(level.upper())
        # a library may have given the root logger a handler of its own
        logger.propagate = False


class _SetLevel(argparse.Action):
    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        set_log_level(str(values))
