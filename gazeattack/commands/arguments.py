"""Arguments that several commands take, and the checks of their values."""

from __future__ import annotations

import argparse
import math

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


def strength(text: str) -> float:
    """The strength of a trigger."""
    value = float(text)
    if not (math.isfinite(value) and 0 <= value <= 20):
        raise argparse.ArgumentTypeError("give a number from 0 to 20")
    return value


def seed(text: str) -> int:
    """A seed."""
    value = int(text)
    if not 0 <= value < 2**31:
        raise argparse.ArgumentTypeError("give a whole number from 0 to 2147483647")
    return value


def count(text: str) -> int:
    """A number of frames."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("give a whole number of at least 1")
    return value
