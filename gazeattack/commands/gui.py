"""gazeattack gui: opens the window; without a display it records ten seconds of the synthetic subject."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from gazeattack.commands import run
from gazeattack.commands.arguments import add_camera, add_landmarks, camera_of
from gazeattack.commands.environment import FIX_QT, has_display, qt_problem
from gazeattack.face.tracker import DEFAULT_ENGINE
from gazeattack.interrupt import exit_at_once
from gazeattack.live.warm_up import start_warm_up


def add_parser(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser("gui", help="open the window (the default command)")
    parser.add_argument("--source", help="the source to open, as in gazeattack run")
    parser.add_argument("--model", help="the model to load, as in gazeattack run")
    add_landmarks(parser)
    add_camera(parser)
    parser.add_argument("--reset", action="store_true", help="reset all remembered settings")
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    """Open the window and return once it is closed; without a display, run the demonstration."""
    given = camera_of(options)
    camera = None if given is None else given.camera
    if not has_display():
        print("There is no display: ten seconds are recorded without a window instead.", file=sys.stderr)
        return demonstrate(options)
    # the check waits for another process, and the landmarker's networks are compiled meanwhile
    if options.landmarks == DEFAULT_ENGINE:
        start_warm_up()
    problem = qt_problem() if sys.platform.startswith("linux") else None
    if problem is not None:
        print(f"No window can be opened ({problem}): {FIX_QT}.", file=sys.stderr)
        print("Ten seconds are recorded without a window instead.", file=sys.stderr)
        return demonstrate(options)
    for notice in () if given is None else given.notices:
        print(f"gazeattack: {notice}", file=sys.stderr)
    # the imports of Qt print an exception in place of raising it
    exit_at_once()
    from gazeattack.ui.app import main

    return main(options.source, options.model, settings_reset=options.reset, landmarks=options.landmarks, camera=camera)


def demonstrate(options: argparse.Namespace) -> int:
    """A headless run with the defaults of the window."""
    parser = argparse.ArgumentParser()
    run.add_parser(parser.add_subparsers())
    words = ["run", "--overwrite"]
    for name in ("source", "model", "landmarks", "focal", "camera_matrix"):
        if getattr(options, name):
            words += [f"--{name.replace('_', '-')}", str(getattr(options, name))]
    return run.execute(parser.parse_args(words))
