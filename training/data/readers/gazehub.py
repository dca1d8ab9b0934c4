"""MPIIFaceGaze and Gaze360 as processed by GazeHub (Cheng, Wang, Bao, Lu, "Appearance-based gaze estimation with deep
learning: a review and benchmark", PAMI 2024).

Layout: Label/*.label with a header line of column names and space-separated rows, and the images they name under
Image/:

    MPIIFaceGaze: Label/p00.label ..      Face Left Right Origin WhichEye 3DGaze 3DHead 2DGaze 2DHead ...
    Gaze360:      Label/{train,val,test,unused}.label      Face Left Right Origin 3DGaze 2DGaze

Vectors are comma-separated.  2DGaze is (YAW, PITCH), radians, with this project's signs, in both, so it is swapped; a
3DGaze column is used to check that order.  Rows whose WhichEye is "right" have a mirrored image and gaze, and are
mirrored back.  2DHead is not read: GazeHub's mirroring of heads leaves yaw near zero.  Subjects: the label file for
MPIIFaceGaze; the recording and person in Origin for Gaze360.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np

from gazeattack.angles import Gaze, to_angles
from training.data.readers import gaze360
from training.data.readers.sample import Sample, folders, named_file, read_image, read_text, thin
from training.errors import TrainingError

FOCAL_PER_PIXEL = 960 / 224
SAME = 0.01  # radians; difference of angles that were computed from one another
EXPECTED = "GazeHub's Label/*.label, with Image/ beside it"
LINE = "line"  # the key of a row's own line number
Row = dict[str, str]


def read_mpiifacegaze(root: Path, per_subject: int | None) -> Iterator[Sample]:
    """The faces of every subject."""
    return _read(root, "p[0-9][0-9].label", per_subject, lambda path, row: path.stem, FOCAL_PER_PIXEL)


def read_gaze360(root: Path, per_subject: int | None) -> Iterator[Sample]:
    """The faces of all splits but the unused one."""

    def subject(path: Path, row: Row) -> str:
        return "/".join(PurePosixPath(row["Origin"].replace("\\", "/")).parts[:-1])

    return _read(root, "*[!d].label", per_subject, subject, gaze360.FOCAL_PER_PIXEL)  # not unused.label


def _read(
    root: Path, pattern: str, per_subject: int | None, subject: Callable[[Path, Row], str], focal_per_pixel: float
) -> Iterator[Sample]:
    for path in folders(root / "Label", pattern, EXPECTED):
        rows = read_labels(path)
        for row in thin(rows, partial(subject, path), per_subject):
            image = read_image(named_file(root / "Image", row["Face"]), path)
            yaw, pitch = _numbers(row["2DGaze"], 2)
            gaze = Gaze(pitch, yaw)
            if row.get("WhichEye") == "right":
                image, gaze = np.ascontiguousarray(image[:, ::-1]), gaze.flipped()
            yield Sample(
                image=image,
                gaze=gaze,
                subject=subject(path, row),
                focal=focal_per_pixel * image.shape[1],
                place=f"{path}, line {row[LINE]}",
            )


def read_labels(path: Path) -> list[Row]:
    """The rows of a label file, by column name.

    Raises:
        TrainingError: it is not a label file, or its 2DGaze has the order (pitch, yaw).
    """
    header, *lines = read_text(path, EXPECTED).splitlines() or [""]
    names = header.split()
    rows = [_row(path, number, names, line) for number, line in enumerate(lines, start=2) if line.strip()]
    if not rows or not {"Face", "Origin", "2DGaze"} <= set(names):
        raise TrainingError(
            f"{path} is not a GazeHub label file: expected a line of names with Face, Origin and 2DGaze, and rows."
        )
    if _pitch_first(rows):
        raise TrainingError(f"{path} has 2DGaze as (pitch, yaw): expected (yaw, pitch), as GazeHub writes it.")
    return rows


def _row(path: Path, number: int, names: list[str], line: str) -> Row:
    """A row by column name, with its line number."""
    cells = line.split()
    if "2DGaze" not in names or len(cells) != len(names):
        raise TrainingError(
            f"{path} is not a GazeHub label file in line {number}: it has {len(cells)} cells under {len(names)} names,"
            " of which one has to be 2DGaze."
        )
    row = {**dict(zip(names, cells, strict=True)), LINE: str(number)}
    try:
        _numbers(row["2DGaze"], 2)
        _numbers(row.get("3DGaze", "0,0,1"), 3)
    except ValueError:
        raise TrainingError(
            f"{path}, line {number}, has a gaze that is no list of numbers: expected 2DGaze as yaw,pitch and 3DGaze as"
            " x,y,z."
        ) from None
    return row


def _pitch_first(rows: list[Row]) -> bool:
    """Whether 2DGaze is (pitch, yaw), by comparison with 3DGaze where there is one.

    Compares absolute values, because Gaze360's vectors have other axes (see training.data.readers.gaze360).
    """
    given = np.abs([_numbers(row["2DGaze"], 2) for row in rows])
    if "3DGaze" not in rows[0]:
        return False
    with np.errstate(invalid="ignore", divide="ignore"):
        true = np.abs(to_angles(np.array([_numbers(row["3DGaze"], 3) for row in rows])))
    known = np.isfinite(given).all(axis=1) & np.isfinite(true).all(axis=1)
    if not known.any():
        return False
    straight, crossed = (float(np.abs(order - true)[known].mean()) for order in (given, given[:, ::-1]))
    return straight < min(SAME, crossed)


def _numbers(text: str, count: int) -> list[float]:
    numbers = [float(part) for part in text.split(",")]
    if len(numbers) != count:
        raise ValueError(text)
    return numbers
