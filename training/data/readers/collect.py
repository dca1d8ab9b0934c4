"""From the samples of a reader to arrays of the model's crops."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import cv2
import numpy as np

from gazeattack.angles import Gaze
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.evaluation.labels import number_names, warn_alike
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.landmarker_file import find_landmarker
from gazeattack.face.landmarks import Landmarker
from gazeattack.face.normalise import normalize_image, views
from gazeattack.face.pose import estimate_pose
from gazeattack.model.crop import CropSpec
from training.data.readers.sample import Sample
from training.errors import TrainingError

Detect = Callable[[np.ndarray], list[np.ndarray]]
# the landmarker misses faces that fill the image, as normalised faces do: they get a border
BORDER = 0.4


def collect(name: str, samples: Iterable[Sample], crop: CropSpec) -> LoadedSet:
    """Make a dataset of samples that already show the crop's region: grey or RGB, of its size, right eyes mirrored.

    Args:
        name: of the dataset, for messages.
        samples: from a reader.
        crop: the model's input.

    Raises:
        TrainingError: there is no sample, or its shape is not the crop's.
    """
    rows = [_canonical(sample, crop, name) for sample in samples]
    if not rows:
        raise TrainingError(f"{name} holds no usable sample: check that the dataset is complete.")
    heads = [row.head for row in rows if row.head is not None]
    names = [row.subject for row in rows]
    warn_alike(name, names)
    sides = [row.right for row in rows if row.right is not None]
    return LoadedSet(
        name=name,
        images=np.stack([row.image for row in rows]),
        gaze=np.array([row.gaze for row in rows], dtype=np.float32),
        subject=number_names(names),
        head=np.array(heads, dtype=np.float32) if len(heads) == len(rows) else None,
        right=np.array(sides, dtype=bool) if len(sides) == len(rows) else None,
    )


def _canonical(sample: Sample, crop: CropSpec, name: str) -> Sample:
    image = sample.image
    height, width = image.shape[:2]
    if abs(width * crop.height - height * crop.width) > max(height, width):
        raise TrainingError(
            f"{name} has images of {width}x{height}, which is not the shape of a {crop.width}x{crop.height} crop:"
            " crop them to this shape first."
        )
    if (height, width) != (crop.height, crop.width):
        smaller = height > crop.height
        image = cv2.resize(
            image, (crop.width, crop.height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
        )
    if crop.channels == 1 and image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    elif crop.channels == 3:
        image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB if image.ndim == 3 else cv2.COLOR_GRAY2RGB)
    if not sample.right:
        return replace(sample, image=image)
    head = None if sample.head is None else sample.head.flipped()
    return replace(sample, image=np.ascontiguousarray(image[:, ::-1]), gaze=sample.gaze.flipped(), head=head)


def with_landmarker(name: str, samples: Iterable[Sample], crop: CropSpec) -> LoadedSet:
    """Make a dataset of images of faces: the face landmarker finds the crops; see cut()."""
    with Landmarker(find_landmarker(), video=False, max_faces=1) as landmarker:
        return collect(name, cut(name, samples, crop, landmarker.detect), crop)


def cut(name: str, samples: Iterable[Sample], crop: CropSpec, detect: Detect) -> Iterator[Sample]:
    """Normalised crops of faces (Zhang et al. 2018): two eyes, or one face, from each image.

    The gaze is rotated with the normalisation; the small offset between an eye and the face centre is not corrected.
    Images without a detected face are left out, and their number is printed.

    Args:
        detect: BGR image -> landmarks [478, 3] of each face in pixels, largest face first (Landmarker.detect).
    """
    images = missed = 0
    for sample in samples:
        images += 1
        found = list(_cut_one(sample, crop, detect))
        missed += not found
        yield from found
    if missed:
        print(f"{name}: no face was found in {missed} of {images} images, which are left out.", file=sys.stderr)


def _cut_one(sample: Sample, crop: CropSpec, detect: Detect) -> Iterator[Sample]:
    image = sample.image if sample.image.ndim == 3 else cv2.cvtColor(sample.image, cv2.COLOR_GRAY2BGR)
    height, width = image.shape[:2]
    intrinsics = Intrinsics(sample.focal or float(width), (width - 1) / 2, (height - 1) / 2)
    pad = round(BORDER * width)
    for border in (pad, 0):
        faces = detect(cv2.copyMakeBorder(image, border, border, border, border, cv2.BORDER_REPLICATE))
        if faces:
            break
    else:
        return
    landmarks = faces[0] - (border, border, 0)
    pose = estimate_pose(landmarks, intrinsics)
    if pose is None:
        return
    for view in views(pose, intrinsics, crop, landmarks):
        pixels = (normalize_image(image, view, crop) * 255).round().astype(np.uint8)
        patch = pixels[0] if crop.channels == 1 else np.ascontiguousarray(pixels[::-1].transpose(1, 2, 0))
        yield Sample(
            image=patch,
            gaze=Gaze(*map(float, view.from_camera(sample.gaze.vector()))),
            subject=sample.subject,
            head=Gaze(*map(float, view.from_camera(pose.facing.vector()))),
            right=None if crop.region == "face" else view.mirrored,
        )
