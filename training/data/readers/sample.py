"""One labelled image of a dataset, and what every reader shares."""

from __future__ import annotations

import codecs
import importlib
import os
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from gazeattack.angles import Gaze, to_angles
from gazeattack.capture.pixel_limit import PixelLimitError, decode_image
from gazeattack.files import regular_file
from training.errors import TrainingError

Row = TypeVar("Row")


@dataclass(frozen=True, eq=False)
class Sample:
    """An image from a real or normalised camera, never mirrored.

    image: uint8, grey [H, W] or BGR [H, W, 3].  gaze: in that camera's frame, radians.  head: direction of the face, or
    None.  right: whether an eye patch shows the subject's right eye; None for faces and unknown sides.  focal: the
    camera's focal length in pixels of the image, for faces; None is guessed.  place: the file and row of the label, for
    messages.
    """

    image: np.ndarray
    gaze: Gaze
    subject: str
    head: Gaze | None = None
    right: bool | None = None
    focal: float | None = None
    place: str = ""


Read = Callable[[Path, int | None], Iterator[Sample]]


def need(module: str) -> Any:
    """Import an optional package.

    Raises:
        TrainingError: it is missing; the message names the extra that installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        package = module.partition(".")[0]
        raise TrainingError(f"This dataset needs {package}: pip install 'gazeattack[train]'.") from None


def thin(rows: Sequence[Row], subject: Callable[[Row], Hashable], limit: int | None) -> list[Row]:
    """At most `limit` rows of each subject, evenly spread over that subject's rows; None keeps all rows."""
    if limit is None:
        return list(rows)
    of: dict[Hashable, list[int]] = {}
    for index, row in enumerate(rows):
        of.setdefault(subject(row), []).append(index)
    kept = [indices[i] for indices in of.values() for i in evenly(len(indices), limit)]
    return [rows[i] for i in sorted(kept)]


def evenly(count: int, limit: int | None) -> list[int]:
    """At most `limit` of the indices 0 to count - 1, evenly spread."""
    if limit is None or limit >= count:
        return list(range(count))
    indices: list[int] = np.linspace(0, count - 1, limit).round().astype(int).tolist()
    return indices


def folders(root: Path, pattern: str, expected: str) -> list[Path]:
    """The paths under root that match the pattern, sorted.

    Raises:
        TrainingError: there are none; the message names the expected layout.
    """
    found = sorted(root.glob(pattern))
    if not found:
        raise TrainingError(f"{root} holds no {pattern}: expected {expected}.")
    return found


def read_text(path: Path, expected: str) -> str:
    """A text file in UTF-8, or in UTF-16 with its byte-order mark; the mark is left out.

    Raises:
        TrainingError: it cannot be read, or is in another encoding; the message names the first odd line.
    """
    try:
        data = regular_file(path).read_bytes()
    except OSError as error:
        raise TrainingError(f"{path} cannot be read ({error.strerror or error}): expected {expected}.") from None
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TrainingError(f"{path}, line {line}, is not in UTF-8: save the file as UTF-8.") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise TrainingError(f"{path}, line {line}, has a NUL character: save the file again, as UTF-8.")
    return text


def named_file(root: Path, name: str) -> Path:
    """The path of a file that a list names; backslashes separate folders, as on Windows, unless the name has them."""
    path = root / name
    return path if "\\" not in name or os.path.lexists(path) else root / name.replace("\\", "/")


def read_image(path: Path, named_by: Path) -> np.ndarray:
    """An image, BGR uint8 [H, W, 3].

    Raises:
        TrainingError: it is missing or damaged; the message names it and the file that lists it.
    """
    try:
        image = decode_image(regular_file(path).read_bytes())
    except PixelLimitError as error:
        raise TrainingError(f"{path}, named by {named_by}, has {error}: leave it out.") from None
    except (OSError, ValueError):  # ValueError: a name with a NUL character
        image = None
    if image is None:
        name = str(path).replace("\0", "\\0")
        raise TrainingError(f"{name}, named by {named_by}, is missing or not an image: unpack the dataset again.")
    return image


def gaze_of(vector: Iterable[float]) -> Gaze:
    """The Gaze of a vector in the camera frame; nan stays nan, and a vector without a length has nan."""
    with np.errstate(invalid="ignore", divide="ignore"):
        pitch, yaw = to_angles(np.asarray(vector, dtype=np.float64))
    return Gaze(float(pitch), float(yaw))
