"""Arguments that several commands take, and the checks of their values."""

from __future__ import annotations

import argparse
import math
import re

# as in gazeattack.face.tracker, which takes time to import
LANDMARKS = ("openvino", "mediapipe")


def add_landmarks(parser: argparse.ArgumentParser) -> None:
    """Add --landmarks to a parser."""
    parser.add_argument(
        "--landmarks",
        choices=LANDMARKS,
        default=LANDMARKS[0],
        help="what computes the landmarks: openvino runs MediaPipe's networks in half the time; mediapipe is the "
        "reference (default: %(default)s)",
    )


def decimal(text: str) -> float:
    """A finite number; the sentence about another one names a decimal comma."""
    if re.fullmatch(r"\s*[+-]?[0-9]*,[0-9]+\s*", text):
        raise argparse.ArgumentTypeError(f'"{text}" has a decimal comma: write {text.strip().replace(",", ".")}')
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{text}" is not a number: give one such as 0.5') from None
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f'"{text}" is not a finite number: give one such as 0.5')
    return value


def strength(text: str) -> float:
    """The strength of a trigger."""
    value = decimal(text)
    if not 0 <= value <= 20:
        raise argparse.ArgumentTypeError("give a number from 0 to 20")
    return value


def seed(text: str) -> int:
    """A seed."""
    value = _whole(text)
    if value is None or not 0 <= value < 2**31:
        raise argparse.ArgumentTypeError("give a whole number from 0 to 2147483647")
    return value


def count(text: str) -> int:
    """A number of frames."""
    value = _whole(text)
    if value is None or value < 1:
        raise argparse.ArgumentTypeError("give a whole number of at least 1")
    return value


def _whole(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None
