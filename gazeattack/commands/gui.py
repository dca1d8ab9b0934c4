"""gazeattack gui: the window; without a display, ten seconds of the synthetic subject, recorded."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from gazeattack.commands import run
from gazeattack.commands.environment import MEND_QT, has_display, qt_problem


def add_parser(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser("gui", help="open the window (what happens without a command)")
    parser.add_argument("--source", help="what to look at first")
    parser.add_argument("--model", help="the model to begin with")
    parser.add_argument("--reset", action="store_true", help="forget every remembered setting first")
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    """Open the window and return when it is closed; without a display, run the demonstration."""
    if not has_display():
        print("No display here: recording ten seconds without a window instead.", file=sys.stderr)
        return demonstrate(options)
    problem = qt_problem() if sys.platform.startswith("linux") else None
    if problem is not None:
        print(f"No window can be opened here ({problem}): {MEND_QT}.", file=sys.stderr)
        print("Recording ten seconds without a window instead.", file=sys.stderr)
        return demonstrate(options)
    from gazeattack.ui.app import main

    return main(options.source, options.model, settings_reset=options.reset)


def demonstrate(options: argparse.Namespace) -> int:
    """A headless run with the window's defaults."""
    parser = argparse.ArgumentParser()
    run.add_parser(parser.add_subparsers())
    words = ["run"]
    for name in ("source", "model"):
        if getattr(options, name):
            words += [f"--{name}", getattr(options, name)]
    return run.execute(parser.parse_args(words))
