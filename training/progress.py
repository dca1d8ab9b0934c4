"""How far a script is, as lines on stderr that the window reads: "step 37 of 100: shift check"."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping

STEPS = 100
_EVERY_S = 0.5  # between two lines of one phase


def add_progress(parser: argparse.ArgumentParser) -> None:
    """Add --progress to a script."""
    parser.add_argument("--progress", action="store_true", help='print lines such as "step 37 of 100: ..." on stderr')


class PhasePrinter:
    """Prints the progress of phases that follow each other.

    Args:
        phases: in their order, with how long each takes beside the others.
        shown: whether anything is printed.
    """

    def __init__(self, phases: Mapping[str, float], *, shown: bool) -> None:
        self._phases, self._shown = dict(phases), shown
        self._name, self._printed = "", 0.0
        self._line = ""

    def begin(self, name: str) -> None:
        """The phase of this name begins; the phases before it are done."""
        self._name = name
        self._print(0.0)

    def within(self, share: float) -> None:
        """This share of the phase is done, from 0 to 1."""
        if time.monotonic() - self._printed >= _EVERY_S:
            self._print(share)

    def _print(self, share: float) -> None:
        before = 0.0
        for name, weight in self._phases.items():
            if name == self._name:
                before += weight * min(max(share, 0.0), 1.0)
                break
            before += weight
        step = int(STEPS * before / sum(self._phases.values()))
        line = f"step {step} of {STEPS}: {self._name}"
        if self._shown and line != self._line:
            print(line, file=sys.stderr, flush=True)
        self._line, self._printed = line, time.monotonic()
