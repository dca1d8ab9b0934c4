"""Images with a table, for your own data: a folder with labels.csv.

    file,pitch_deg,yaw_deg,subject,side,head_pitch_deg,head_yaw_deg
    anna/0001.png,-4.5,12.0,anna,right,2.0,-10.0

file (relative to the folder) and the gaze are needed; pitch and yaw may be given in radians instead, without "_deg".
The gaze is the image's: +pitch up, +yaw towards the image's left, right eyes not mirrored.
Spreadsheets may write the table with semicolons, tabs, decimal commas, or a first line `sep=;`.
subject: without it, all images count as one subject.  side: left or right, of eye patches.  All images have the
aspect ratio of the crop: 5:3 for eyes, square for faces.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from gazeattack.angles import Gaze
from gazeattack.terminal import on_one_line
from training.data.readers.sample import Sample, named_file, read_image, thin
from training.data.readers.table import TableRow, number, read_rows
from training.errors import TrainingError

TABLE = "labels.csv"
EXPECTED = "a table with file, pitch_deg and yaw_deg"
SIDES = {"left": False, "right": True, "": None}
UNITS = {"_deg": math.radians(1), "": 1.0}
NARROW = 1.6  # degrees; radians of gaze are all smaller


def read_table(root: Path, per_subject: int | None) -> Iterator[Sample]:
    """The images of the table, in its order."""
    path = root / TABLE
    rows = read_rows(path, EXPECTED)
    _check_names(path, rows[0])
    labels = [_label(path, row) for row in rows]
    _check_unit(path, rows)
    for row, (gaze, head, side) in thin(
        list(zip(rows, labels, strict=True)), lambda item: item[0].get("subject"), per_subject
    ):
        yield Sample(
            image=read_image(named_file(root, row["file"]), path),
            gaze=gaze,
            subject=row.get("subject") or "0",
            head=head,
            right=side,
            place=f"{path}, line {row.line}",
        )


def _check_names(path: Path, row: TableRow) -> None:
    if "file" in row and any({f"pitch{unit}", f"yaw{unit}"} <= set(row) for unit in UNITS):
        return
    columns = on_one_line(", ".join(filter(None, row)))
    raise TrainingError(
        f"{path} has the columns {columns}: it needs file, and pitch_deg and yaw_deg (degrees) or pitch and yaw "
        "(radians)."
    )


def _label(path: Path, row: TableRow) -> tuple[Gaze, Gaze | None, bool | None]:
    """(gaze, head pose, whether it is a right eye) of a row."""
    try:
        gaze, head = _angles(row, ""), _angles(row, "head_")
        side = SIDES[row.get("side", "").lower()]
        if gaze is None or not row["file"]:
            raise ValueError(row)
    except (ValueError, KeyError):
        raise TrainingError(
            f"{path}, line {row.line}, is not a label: expected file, pitch_deg, yaw_deg and side (left, right, empty)."
        ) from None
    return gaze, head, side


def _angles(row: TableRow, prefix: str) -> Gaze | None:
    """The pair of angles in the columns with this prefix, in degrees or radians; None if they are empty."""
    for suffix, unit in UNITS.items():
        pitch, yaw = row.get(f"{prefix}pitch{suffix}"), row.get(f"{prefix}yaw{suffix}")
        if pitch and yaw:
            gaze = Gaze(number(pitch) * unit, number(yaw) * unit)
            if not all(map(math.isfinite, gaze)):
                raise ValueError(row)
            return gaze
    return None


def _check_unit(path: Path, rows: Sequence[TableRow]) -> None:
    """Refuse a table whose degrees all look like radians; whole numbers do not."""
    cells = [row.get(name, "") for row in rows for name in ("pitch_deg", "yaw_deg")]
    degrees = [number(cell) for cell in cells if cell]
    if degrees and max(map(abs, degrees)) <= NARROW and not all(map(float.is_integer, degrees)):
        raise TrainingError(
            f"{path} has radians in pitch_deg and yaw_deg, it seems: all {len(rows)} rows (the first: line "
            f"{rows[0].line}) are within {NARROW}, so name these columns pitch and yaw, and convert true degrees to "
            "radians for that."
        )
