"""Gaze360, head crops (Kellnhofer, Recasens, Stent, Matusik, Torralba, ICCV 2019).

Layout, as downloaded:

    metadata.mat    MATLAB 5, of N rows: recording, person_identity, frame (integers), split (0 train, 1 val, 2 test,
                    3 unused), gaze_dir [N, 3], person_face_bbox [N, 4] (-1 where no face was found); recordings: their
                    names, indexed by `recording` from 0
    imgs/<recording name>/head/<person_identity, 6 digits>/<frame, 6 digits>.jpg

gaze_dir is a vector relative to the line from the camera to the eyes, wherever these are in the image: x to the image's
LEFT, y up, z away from the camera, so (0, 0, -1) looks into it and (-1, 0, 0) to the image's right.  For our
camera frame x and y are negated.  No head pose.  A subject is a person of one recording: the files do not say who
appears in another one.  All this follows the authors' own description and code (see docs/datasets.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from training.data.readers.mat import load_mat
from training.data.readers.sample import Sample, gaze_of, read_image, thin
from training.errors import TrainingError

UNUSED = 3
TO_OUR_CAMERA = np.array([-1.0, -1.0, 1.0])
# a head of 0.25 m at 2 m; long, because the vectors are already relative to the line of sight
FOCAL_PER_PIXEL = 8.0


def read_heads(root: Path, per_subject: int | None) -> Iterator[Sample]:
    """The heads with a face, of all splits but the unused one."""
    path = root / "metadata.mat"
    table = read_metadata(path)
    used = (table["split"] != UNUSED) & (table["person_face_bbox"] >= 0).all(axis=1)
    rows = np.flatnonzero(used).tolist()

    def subject(row: int) -> str:
        return f"{table['recordings'][table['recording'][row]]}/{table['person_identity'][row]:06d}"

    for row in thin(rows, subject, per_subject):
        name, person = subject(row).rsplit("/", 1)
        image = read_image(root / "imgs" / name / "head" / person / f"{table['frame'][row]:06d}.jpg", path)
        yield Sample(
            image=_square(image),
            gaze=gaze_of(table["gaze_dir"][row] * TO_OUR_CAMERA),
            subject=subject(row),
            focal=FOCAL_PER_PIXEL * max(image.shape[:2]),
            place=f"{path}, row {row} of gaze_dir",
        )


def read_metadata(path: Path) -> dict[str, Any]:
    """The columns of metadata.mat.

    Raises:
        TrainingError: the file is missing or lacks a column.
    """
    try:
        contents = load_mat(path)
        table: dict[str, Any] = {"recordings": [str(name) for name in np.atleast_1d(contents["recordings"])]}
        for name in ("recording", "person_identity", "frame", "split"):
            numbers = np.atleast_1d(contents[name])
            if not np.isfinite(numbers).all():
                raise ValueError(name)
            table[name] = numbers.astype(np.int64)
        n = len(table["frame"])
        table["gaze_dir"] = np.asarray(contents["gaze_dir"], dtype=np.float64).reshape(n, 3)
        table["person_face_bbox"] = np.asarray(contents["person_face_bbox"], dtype=np.float64).reshape(n, 4)
        if any(table[name].shape != (n,) for name in ("recording", "person_identity", "split")):
            raise ValueError(n)
        if not 0 <= table["recording"].min() <= table["recording"].max() < len(table["recordings"]):
            raise ValueError("recording")
    except (ValueError, KeyError, TypeError):
        raise TrainingError(
            f"{path} is not Gaze360's metadata: expected recordings, recording, person_identity, frame, split,"
            " gaze_dir [N, 3] and person_face_bbox [N, 4]."
        ) from None
    return table


def _square(image: np.ndarray) -> np.ndarray:
    """The central square of a head crop."""
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return np.ascontiguousarray(image[top : top + side, left : left + side])
