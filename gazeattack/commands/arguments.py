"""Arguments that several commands take, and the checks of their values."""

from __future__ import annotations

import argparse
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gazeattack.face.camera_file import CameraFile

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


def add_camera(parser: argparse.ArgumentParser) -> None:
    """Add --focal and --camera-matrix to a parser."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--focal",
        type=focal,
        metavar="PIXELS",
        help="focal length of the camera in pixels of its frames (default: the frames' width, a common webcam)",
    )
    group.add_argument(
        "--camera-matrix",
        type=Path,
        metavar="FILE.yml",
        help="a chessboard calibration of the camera in OpenCV's format; scaled to the frames, without lens distortion",
    )


def camera_of(options: argparse.Namespace) -> CameraFile | None:
    """The camera that --focal or --camera-matrix describes; None: guess it.  Raises CalibrationError."""
    from gazeattack.face.camera_file import CameraFile, read_camera_file
    from gazeattack.face.intrinsics import CameraIntrinsics

    if options.camera_matrix is not None:
        return read_camera_file(options.camera_matrix)
    return None if options.focal is None else CameraFile(CameraIntrinsics(options.focal))


def focal(text: str) -> float:
    """A focal length in pixels."""
    value = decimal(text)
    if not 50 <= value <= 20000:
        raise argparse.ArgumentTypeError("give 50 to 20000 pixels; it is about the width of a webcam's frames")
    return value


def decimal(text: str, wanted: str = "give one such as 0.5") -> float:
    """A finite number; the sentence about another one names a decimal comma, or ends with what is `wanted`."""
    if re.fullmatch(r"\s*[+-]?[0-9]*,[0-9]+\s*", text):
        raise argparse.ArgumentTypeError(f'"{text}" has a decimal comma: write {text.strip().replace(",", ".")}')
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{text}" is not a number: {wanted}') from None
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f'"{text}" is not a finite number: {wanted}')
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
