"""Numbers on the command line, with sentences for the usual slips."""

from __future__ import annotations

import argparse
import math
import re


def decimal(text: str) -> float:
    """A finite number.  Raises ArgumentTypeError, which names a decimal comma."""
    if re.fullmatch(r"\s*[+-]?[0-9]*,[0-9]+\s*", text):
        raise argparse.ArgumentTypeError(f'"{text}" has a decimal comma: write {text.strip().replace(",", ".")}')
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{text}" is not a number: write one such as 0.5') from None
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f'"{text}" is not a finite number: write one such as 0.5')
    return value


def whole(text: str, least: int, most: int | None = None) -> int:
    """A whole number from `least` to `most`.  Raises ArgumentTypeError."""
    limits = f"of at least {least}" if most is None else f"from {least} to {most}"
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if value < least or (most is not None and value > most):
        raise argparse.ArgumentTypeError(f'"{text}" does not fit: give a whole number {limits}')
    return value


def seed(text: str) -> int:
    """A seed.  Raises ArgumentTypeError."""
    return whole(text, 0, 2**31 - 1)
