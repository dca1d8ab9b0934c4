"""Columbia Gaze, whole images (Smith, Yin, Feiner, Nayar, UIST 2013).

Layout: 56 subjects, images of 5184 x 3456 in folders 0001 .. 0056 (or all in one), named

    0001_2m_0P_10V_-5H.jpg: subject, distance, head pose P, vertical gaze V, horizontal gaze H, degrees

V and H turn from the line to the camera, for every head pose (0V 0H is eye contact).  V > 0 is up; H > 0 and P > 0 are
towards the image's right, which is a NEGATIVE yaw.  The lens was at 85 mm, on a sensor 22.3 mm wide.  Checked
against other projects' readers, not on the images (see docs/datasets.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import cv2

from gazeattack.angles import Gaze
from training.data.readers.sample import Sample, folders, read_image, thin
from training.errors import TrainingError

NAME = re.compile(r"(\d{4})_2m_(-?\d+)P_(-?\d+)V_(-?\d+)H", re.IGNORECASE)
EXPECTED = "Columbia Gaze with images such as 0001/0001_2m_0P_10V_-5H.jpg"
YAW_SIGN = -1
WIDTH = 1600  # wide enough for the eyes, and small enough that crops do not alias
FOCAL_PER_PIXEL = 85 / 22.3


def read_frames(root: Path, per_subject: int | None) -> Iterator[Sample]:
    """Every image, at a width of at most WIDTH."""
    paths = folders(root, "**/[0-9][0-9][0-9][0-9]_*.[jJ][pP][gG]", EXPECTED)
    for path in thin(paths, lambda path: path.name[:4], per_subject):
        subject, gaze, head = parse_name(path)
        image = read_image(path, path.parent)
        if image.shape[1] > WIDTH:
            shape = (WIDTH, round(image.shape[0] * WIDTH / image.shape[1]))
            image = cv2.resize(image, shape, interpolation=cv2.INTER_AREA)
        yield Sample(
            image=image, gaze=gaze, subject=subject, head=head, focal=FOCAL_PER_PIXEL * image.shape[1], place=str(path)
        )


def parse_name(path: Path) -> tuple[str, Gaze, Gaze]:
    """(subject, gaze, head pose) in a file's name.

    Raises:
        TrainingError: the name is not one of Columbia Gaze.
    """
    found = NAME.fullmatch(path.stem)
    if found is None:
        raise TrainingError(f"{path} is not an image name of Columbia Gaze: expected {EXPECTED}.")
    head, vertical, horizontal = (float(found[group]) for group in (2, 3, 4))
    return found[1], Gaze.from_degrees(vertical, YAW_SIGN * horizontal), Gaze.from_degrees(0.0, YAW_SIGN * head)
