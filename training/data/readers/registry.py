"""Datasets by name: "mpiigaze:/data/MPIIGaze", an npz file, or an exported folder."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from gazeattack.evaluation.dataset import LoadedSet, read_dataset, shows_region
from gazeattack.model.crop import BOTH_EYES, FACE_224, MPIIGAZE_EYE, CropSpec
from training.data.readers.collect import collect, with_landmarker
from training.data.readers.labels import check_labels
from training.data.readers.sample import Read, thin
from training.errors import TrainingError


@dataclass(frozen=True)
class Reader:
    """A reader: its module in this package, the function in it, and what its images show.

    shows: "eye" a normalised eye patch, "face" a normalised or cropped face, "frame" a whole camera image.
    """

    module: str
    function: str
    shows: Literal["eye", "face", "frame"]

    def load(self) -> Read:
        """The reading function, imported now."""
        return getattr(importlib.import_module(f"training.data.readers.{self.module}"), self.function)


READERS = {
    "mpiigaze": Reader("mpiigaze", "read_evaluation", "eye"),
    "mpiigaze-all": Reader("mpiigaze", "read_all", "eye"),
    "mpiifacegaze": Reader("mpiifacegaze", "read_faces", "face"),
    "mpiifacegaze-hub": Reader("gazehub", "read_mpiifacegaze", "face"),
    "ethxgaze": Reader("ethxgaze", "read_faces", "face"),
    "gaze360": Reader("gaze360", "read_heads", "face"),
    "gaze360-hub": Reader("gazehub", "read_gaze360", "face"),
    "columbia": Reader("columbia", "read_frames", "frame"),
    "csv-eyes": Reader("images_csv", "read_table", "eye"),
    "csv-faces": Reader("images_csv", "read_table", "face"),
}


def open_dataset(spec: str, *, crop: CropSpec | None = None, per_subject: int | None = None) -> LoadedSet:
    """Open a dataset.

    Args:
        spec: a reader and a path ("columbia:/data/columbia"), an .npz file, or an exported folder.
        crop: the model's input; by default 36x60 grey eyes for an eye dataset, 224x224 RGB faces for any other.  If it
            shows eyes, the landmarker finds them in a dataset of faces.  An .npz or a folder keeps its resolution,
            which gazeattack.evaluation.dataset.fit changes.
        per_subject: largest number of images of each subject, evenly spread; None takes all.

    Raises:
        TrainingError: the dataset is missing, malformed, or does not show the crop's region.
    """
    name, colon, path = spec.partition(":")
    reader = READERS.get(name) if colon else None
    if reader is None:
        if colon and not Path(spec).exists() and len(name) > 1:  # one letter is a drive
            raise TrainingError(f'There is no reader "{name}": use one of {", ".join(READERS)}, or give a path.')
        return _checked(read_dataset(Path(spec)), crop, per_subject)
    root = Path(path).expanduser()
    if not root.is_dir():
        raise TrainingError(f"There is no folder {root}: give the folder of the dataset, {name}:FOLDER.")
    if crop is None:
        crop = MPIIGAZE_EYE if reader.shows == "eye" else FACE_224
    samples = check_labels(spec, reader.load()(root, per_subject))
    if reader.shows == crop.region:
        return collect(spec, samples, crop)
    if reader.shows == "eye":
        needed = "both eyes" if crop.region == "eyes" else "faces"
        raise TrainingError(f"{name} holds eye patches, but this model needs {needed}: give it a dataset of faces.")
    return with_landmarker(spec, samples, crop)


def _checked(data: LoadedSet, crop: CropSpec | None, per_subject: int | None) -> LoadedSet:
    if crop is not None and not shows_region(data.images, crop):
        shown = "strips of both eyes" if shows_region(data.images, BOTH_EYES) else "eye patches"
        raise TrainingError(
            f"{data.name} holds {shown}, but this model needs {crop.region} crops of"
            f" {crop.width}x{crop.height}: give it a dataset of that kind."
        )
    if per_subject is None:
        return data
    return data.take(np.array(thin(range(len(data.images)), lambda row: int(data.subject[row]), per_subject)))
