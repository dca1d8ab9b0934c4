"""Images with a table, for your own data: a folder with labels.csv.

    file,pitch_deg,yaw_deg,subject,side,head_pitch_deg,head_yaw_deg
    anna/0001.png,-4.5,12.0,anna,right,2.0,-10.0

file (relative to the folder) and the gaze are needed; pitch and yaw may be given in radians instead, without "_deg".
The gaze is the image's: +pitch up, +yaw towards the image's left, right eyes not mirrored.
subject: without it, all images count as one subject.  side: left or right, of eye patches.  All images have the
aspect ratio of the crop: 5:3 for eyes, square for faces.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path

from gazeattack.angles import Gaze
from training.data.readers.sample import Sample, read_image, thin
from training.errors import TrainingError

TABLE = "labels.csv"
SIDES = {"left": False, "right": True, "": None}


def read_table(root: Path, per_subject: int | None) -> Iterator[Sample]:
    """The images of the table, in its order."""
    path = root / TABLE
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error):
        raise TrainingError(f"{path} cannot be read: expected a table with file, pitch_deg and yaw_deg.") from None
    numbered = list(enumerate(rows, start=2))
    for line, row in thin(numbered, lambda item: item[1].get("subject"), per_subject):
        try:
            gaze, head = _angles(row, ""), _angles(row, "head_")
            side = SIDES[(row.get("side") or "").strip().lower()]
            if gaze is None or not row["file"]:
                raise ValueError(row)
        except (ValueError, KeyError, TypeError):
            raise TrainingError(
                f"{path}, line {line}, is not a label: expected file, pitch_deg, yaw_deg and side (left, right, empty)."
            ) from None
        yield Sample(
            image=read_image(root / row["file"], path),
            gaze=gaze,
            subject=row.get("subject") or "0",
            head=head,
            right=side,
        )


def _angles(row: dict[str, str], prefix: str) -> Gaze | None:
    """The pair of angles in the columns with this prefix, in degrees or radians; None if they are empty."""
    for suffix, unit in (("_deg", math.radians(1)), ("", 1.0)):
        pitch, yaw = row.get(f"{prefix}pitch{suffix}"), row.get(f"{prefix}yaw{suffix}")
        if pitch and yaw:
            gaze = Gaze(float(pitch) * unit, float(yaw) * unit)
            if not all(map(math.isfinite, gaze)):
                raise ValueError(row)
            return gaze
    return None
