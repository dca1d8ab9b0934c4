"""MPIIGaze: normalised eye patches of 15 subjects (Zhang, Sugano, Fritz, Bulling, CVPR 2015; PAMI 2019).

Layout, as downloaded:

    Data/Normalized/pXX/dayYY.mat
        data.left, data.right: structs of
            image  uint8 [N, 36, 60], grey, histogram-equalised; the right eye is NOT mirrored here
            gaze   [N, 3], vectors in the normalised camera (x right, y down, z away from it)
            pose   [N, 3], the head's rotation vector in the same camera; the face points along -z of the head
        filenames: cell [N], the original image ("0001.jpg") of each row
    Evaluation Subset/sample list for eye image/pXX.txt
        lines "dayYY/0001.jpg left", the 3,000 patches of each subject that papers evaluate on

Both files of a subject may name images as "pXX/dayYY/0001.jpg" too.  Vectors become (pitch, yaw) as
pitch = arcsin(-y), yaw = arctan2(-x, -z); right eyes are mirrored, with yaw negated, when they are collected.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from training.data.readers.mat import load_mat
from training.data.readers.sample import Sample, evenly, folders, gaze_of, read_text
from training.errors import TrainingError

NORMALISED = Path("Data") / "Normalized"
LISTS = Path("Evaluation Subset") / "sample list for eye image"
EXPECTED = "MPIIGaze with Data/Normalized/pXX/dayYY.mat"


@dataclass(frozen=True, eq=False)
class Day:
    """One day's file.  image, gaze, pose: by side, "left" and "right".  row: by the image's name."""

    path: Path
    image: dict[str, np.ndarray]
    gaze: dict[str, np.ndarray]
    pose: dict[str, np.ndarray]
    row: dict[str, int]

    def sample(self, row: int, side: str, subject: str) -> Sample:
        """One eye."""
        turn, _ = cv2.Rodrigues(self.pose[side][row].astype(np.float64))
        return Sample(
            image=self.image[side][row],
            gaze=gaze_of(self.gaze[side][row]),
            subject=subject,
            head=gaze_of(-turn[:, 2]),
            right=side == "right",
            place=f"{self.path}, row {row} of data.{side}",
        )


def read_evaluation(root: Path, per_subject: int | None) -> Iterator[Sample]:
    """The patches of the evaluation lists, in their order."""
    for listed in folders(root / LISTS, "p[0-9][0-9].txt", "one list of evaluation patches for each subject"):
        subject = listed.stem
        text = read_text(listed, "one list of evaluation patches for each subject").replace("\\", "/")
        numbered = [(number, line.split()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
        days: dict[str, Day] = {}
        for index in evenly(len(numbered), per_subject):
            number, words = numbered[index]
            parts = words[0].split("/") if len(words) == 2 else []
            if len(parts) < 2 or words[1] not in ("left", "right"):
                raise TrainingError(
                    f'{listed}, line {number}, is not "dayYY/0001.jpg left" or right: restore the file.'
                )
            day, picture = parts[-2:]
            if day not in days:
                days[day] = read_day(root / NORMALISED / subject / f"{day}.mat")
            if picture not in days[day].row:
                raise TrainingError(f"{days[day].path} has no {picture}, which {listed} names: unpack it again.")
            yield days[day].sample(days[day].row[picture], words[1], subject)


def read_all(root: Path, per_subject: int | None) -> Iterator[Sample]:
    """Every patch of every day; per_subject counts eyes."""
    for person in folders(root / NORMALISED, "p[0-9][0-9]", EXPECTED):
        days = [read_day(path) for path in folders(person, "day*.mat", EXPECTED)]
        eyes = [(day, row, side) for day in days for row in day.row.values() for side in ("left", "right")]
        for index in evenly(len(eyes), per_subject):
            day, row, side = eyes[index]
            yield day.sample(row, side, person.name)


def read_day(path: Path) -> Day:
    """One day's .mat.

    Raises:
        TrainingError: it is missing, or has another layout.
    """
    if not path.is_file():
        raise TrainingError(f"There is no {path}: expected {EXPECTED}.")
    try:
        contents = load_mat(path)
        data = contents["data"]
        names = [str(name).replace("\\", "/").rsplit("/", 1)[-1] for name in np.atleast_1d(contents["filenames"])]
        columns: dict[str, dict[str, np.ndarray]] = {}
        for field, shape in (("image", (36, 60)), ("gaze", (3,)), ("pose", (3,))):
            columns[field] = {}
            for side in ("left", "right"):
                # squeezed: a day with one image has lost its first axis
                values = np.asarray(getattr(getattr(data, side), field)).reshape(-1, *shape)
                if len(values) != len(names) or values.dtype.kind not in "fiu":
                    raise ValueError(field)
                columns[field][side] = values
        if any(image.dtype != np.uint8 for image in columns["image"].values()):
            raise ValueError("image")
    except (ValueError, KeyError, AttributeError, TypeError):
        raise TrainingError(
            f"{path} is not a day of MPIIGaze: expected data.left and data.right with image uint8 [N, 36, 60],"
            " gaze [N, 3] and pose [N, 3], and N filenames."
        ) from None
    return Day(path, columns["image"], columns["gaze"], columns["pose"], {name: i for i, name in enumerate(names)})
