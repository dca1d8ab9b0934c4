"""ETH-XGaze, normalised faces (Zhang, Park, Beeler, Bradley, Tang, Hilliges, ECCV 2020).

Layout, one HDF5 file for each subject, train/subjectXXXX.h5 (or the train folder itself):

    face_patch      uint8 [N, 224, 224, 3], BGR (448-pixel files are read too)
    face_gaze       [N, 2], pitch, yaw, radians, in the normalised camera; absent from the test files
    face_head_pose  [N, 2], pitch, yaw, radians, in the same camera

frame_index, cam_index, face_mat_norm and perhaps facial_landmarks are there too and not needed.  The normalised camera
has f = 960 px at 224 px (distance 0.6 m), which shows what f = 960 px at 448 px (0.3 m) shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gazeattack.angles import Gaze
from training.data.readers.hdf import open_columns
from training.data.readers.sample import Sample, evenly, folders

EXPECTED = (
    "ETH-XGaze's train/subjectXXXX.h5 with face_patch [N, 224, 224, 3], face_gaze [N, 2] and face_head_pose [N, 2]"
)
FOCAL_PER_PIXEL = 960 / 224


def read_faces(root: Path, per_subject: int | None) -> Iterator[Sample]:
    """Every labelled subject's faces, of all eighteen cameras."""
    folder = root / "train" if (root / "train").is_dir() else root
    for path in folders(folder, "subject[0-9]*.h5", EXPECTED):
        shapes = {"face_patch": (None, None, 3), "face_gaze": (2,), "face_head_pose": (2,)}
        with open_columns(path, shapes, EXPECTED) as columns:
            for row in evenly(len(columns["face_patch"]), per_subject):
                image = np.ascontiguousarray(columns["face_patch"][row], dtype=np.uint8)
                yield Sample(
                    image=image,
                    gaze=Gaze(*map(float, columns["face_gaze"][row])),
                    subject=path.stem,
                    head=Gaze(*map(float, columns["face_head_pose"][row])),
                    focal=FOCAL_PER_PIXEL * image.shape[1],
                    place=f"{path}, row {row} of face_gaze",
                )
