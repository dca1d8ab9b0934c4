"""gazeattack [gui|run|collect|evaluate|abx|models|export|import|doctor]: the command line."""

from __future__ import annotations

import argparse
import errno
import logging
import os
import sys
from collections.abc import Sequence

from gazeattack.commands import abx, collect, doctor, evaluate, export, gui, import_model, models, run
from gazeattack.errors import GazeAttackError
from gazeattack.interrupt import exit_code, stoppable
from gazeattack.log_level import LEVELS, add_log_level
from gazeattack.terminal import drop_output, on_one_line, prepare_terminal
from gazeattack.version import __version__

FAILED, USAGE, UNEXPECTED = 1, 2, 70
COMMANDS = (gui, run, collect, evaluate, abx, models, export, import_model, doctor)

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
        The exit code: 0 done, 1 failed, 2 wrong usage, 70 unexpected error, 130 interrupted, 143 terminated.
    """
    prepare_terminal()
    arguments = with_command(sys.argv[1:] if argv is None else argv)
    try:
        options = build_parser().parse_args(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else USAGE
    log.info("gazeattack %s: %s", __version__, " ".join(arguments))
    try:
        with stoppable():
            code: int = options.execute(options)
            sys.stdout.flush()
            return code
    except GazeAttackError as error:
        print(f"gazeattack: {on_one_line(str(error))}", file=sys.stderr)
        log.debug("the command failed", exc_info=True)
        return FAILED
    except KeyboardInterrupt as stop:
        print("gazeattack: interrupted.", file=sys.stderr)
        return exit_code(stop)
    except BrokenPipeError:
        # the reader of the output has closed it (| head), which is no error
        drop_output()
        return FAILED
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            print("gazeattack: a name is too long for a file or folder: give a shorter one.", file=sys.stderr)
            return FAILED
        if not _about_output(error):
            return _unexpected(error)
        drop_output()
        print(f"gazeattack: the output cannot be printed ({error.strerror}): free some space.", file=sys.stderr)
        return FAILED
    except Exception as error:
        return _unexpected(error)


def with_command(arguments: Sequence[str]) -> list[str]:
    """The arguments with "gui" in front of the first option that is not the whole program's, where none is named."""
    words = list(arguments)
    place = 0
    while place < len(words) and words[place].startswith("--log-level"):
        place += 1 if "=" in words[place] or words[place + 1 : place + 2] not in ([level] for level in LEVELS) else 2
    own = ("-h", "--help", "--version")
    if place == len(words) or (words[place].startswith("-") and words[place] not in own):
        words.insert(place, "gui")
    return words


def _about_output(error: OSError) -> bool:
    """Whether printing failed: the stream is full, or its terminal is gone; writing a file gives the file's name."""
    return error.filename is None and error.errno in (errno.ENOSPC, errno.EIO, errno.EBADF, errno.EDQUOT, errno.EFBIG)


def _unexpected(error: Exception) -> int:
    """Print one sentence for an error that nobody expected; with GAZEATTACK_DEBUG its traceback."""
    if os.environ.get("GAZEATTACK_DEBUG"):
        raise error
    print(
        f"gazeattack: an unexpected error ({type(error).__name__}) ended the run: "
        "set GAZEATTACK_DEBUG=1 to see the details.",
        file=sys.stderr,
    )
    return UNEXPECTED


if __name__ == "__main__":
    sys.exit(main())
