"""MPIIFaceGaze, normalised faces (Zhang, Sugano, Fritz, Bulling, CVPR Workshops 2017).

Layout, one MATLAB 7.3 (HDF5) file for each subject, pXX.mat:

    Data/data    [N, 3, 448, 448] as HDF5 sees it: BGR, row, column, unmirrored, in 0 .. 255 (any number type)
    Data/label   [N, 16]: gaze pitch, yaw; head pitch, yaw (radians, normalised camera); six landmarks x, y

Assumed: the head's angles have the signs of the gaze.  The rest follows the dataset's page and other projects' readers
(see docs/datasets.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gazeattack.angles import Gaze
from training.data.readers.hdf import open_columns
from training.data.readers.sample import Sample, evenly, folders

EXPECTED = "MPIIFaceGaze's normalised pXX.mat with Data/data [N, 3, 448, 448] and Data/label [N, 16]"
FOCAL = 3200.0  # at 448 pixels, for faces 1 m away


def read_faces(root: Path, per_subject: int | None) -> Iterator[Sample]:
    """The faces of every subject."""
    for path in folders(root, "p[0-9][0-9].mat", EXPECTED):
        shapes = {"Data/data": (3, 448, 448), "Data/label": (16,)}
        with open_columns(path, shapes, EXPECTED) as columns:
            for row in evenly(len(columns["Data/data"]), per_subject):
                image = columns["Data/data"][row].transpose(1, 2, 0)
                pitch, yaw, head_pitch, head_yaw = map(float, columns["Data/label"][row][:4])
                yield Sample(
                    image=np.ascontiguousarray(image.clip(0, 255).astype(np.uint8)),
                    gaze=Gaze(pitch, yaw),
                    subject=path.stem,
                    head=Gaze(head_pitch, head_yaw),
                    focal=FOCAL,
                    place=f"{path}, row {row} of Data/label",
                )
