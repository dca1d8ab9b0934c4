"""Offline training and evaluation scripts; they import gazeattack, never the other way."""

import sys

from gazeattack.interrupt import exit_at_once

# python -m training.SCRIPT imports this first, and with this name of the program: its imports take seconds
if sys.argv[:1] == ["-m"]:
    exit_at_once()
