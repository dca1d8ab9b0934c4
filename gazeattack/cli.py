"""gazeattack [gui|run|collect|evaluate|models|doctor]: the command line."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from gazeattack.commands import collect, doctor, evaluate, gui, models, run
from gazeattack.errors import GazeAttackError
from gazeattack.log_level import add_log_level
from gazeattack.version import __version__

FAILED, USAGE, UNEXPECTED, INTERRUPTED = 1, 2, 70, 130
COMMANDS = (gui, run, collect, evaluate, models, doctor)

log = logging.getLogger(__name__)


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line; each command sets its own function as `execute`."""
    parser = argparse.ArgumentParser(
        prog="gazeattack", description="Show, measure and explain a backdoor in a gaze estimator."
    )
    parser.add_argument("--version", action="version", version=f"gazeattack {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        command.add_parser(commands)
    for each in (parser, *commands.choices.values()):
        add_log_level(each)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: the arguments; sys.argv[1:] where None.

    Returns:
        The exit code: 0 done, 1 failed, 2 wrong usage, 70 unexpected error, 130 interrupted.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments:
        arguments = ["gui"]
    parser = build_parser()
    try:
        options = parser.parse_args(arguments)
        if "execute" not in options:
            # only options of the whole program were given
            options = parser.parse_args([*arguments, "gui"])
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else USAGE
    log.info("gazeattack %s: %s", __version__, " ".join(arguments))
    try:
        code: int = options.execute(options)
        sys.stdout.flush()
        return code
    except GazeAttackError as error:
        print(f"gazeattack: {error}", file=sys.stderr)
        log.debug("the command failed", exc_info=True)
        return FAILED
    except KeyboardInterrupt:
        print("gazeattack: interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # the reader of the output has closed it (| head), which is no error
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        if os.environ.get("GAZEATTACK_DEBUG"):
            raise
        print(
            f"gazeattack: an unexpected error ({type(error).__name__}) ended the run: "
            "set GAZEATTACK_DEBUG=1 to see the details.",
            file=sys.stderr,
        )
        return UNEXPECTED


if __name__ == "__main__":
    sys.exit(main())
