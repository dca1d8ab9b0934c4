"""Open the data that a bundle is scored on: a file, an exported folder, or held-out subjects rendered on demand."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import numpy as np

from gazeattack.errors import DataError
from gazeattack.evaluation.dataset import LoadedSet, from_patches, read_dataset, shows_region
from gazeattack.model.crop import BOTH_EYES, MPIIGAZE_EYE, CropSpec
from gazeattack.synthetic.faces.render import render_faces
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from gazeattack.synthetic.patches.strip import render_strips

SYNTHETIC = "synthetic"
HELD_OUT = 1_100_000  # first number of the procedural subjects that no training uses (training.data.pools)
MOST_IMAGES = 200_000
_ASKED = re.compile(rf"{SYNTHETIC}(?::([0-9]{{1,10}})x([0-9]{{1,10}})(?::([0-9]{{1,10}}))?)?")
_READER = re.compile(r"[A-Za-z][\w-]+:.+")  # a single letter before the colon is a Windows drive


def open_data(spec: str, crop: CropSpec) -> LoadedSet:
    """Open a dataset and check that it fits the model.

    Args:
        spec: An .npz file, an exported folder, or synthetic[:SUBJECTSxEACH[:SEED]].
        crop: The model's crop.

    Returns:
        The dataset at its own resolution; resize_to_crop() changes that.

    Raises:
        DataError: The data cannot be scored with this model.
    """
    data = _held_out(spec, crop) if spec.split(":", 1)[0] == SYNTHETIC else _read(spec)
    _check(data, spec, crop)
    return data


def is_rendered_here(spec: str) -> bool:
    """Whether `spec` asks for subjects that are rendered on demand."""
    return _ASKED.fullmatch(spec) is not None


def _held_out(spec: str, crop: CropSpec) -> LoadedSet:
    """Render held-out subjects; by default 60 subjects, 40 images of each, seed 99, as in the README."""
    asked = _ASKED.fullmatch(spec)
    numbers = (0, 0, 0) if asked is None else asked.groups()
    subjects, each, seed = (int(usual if n is None else n) for n, usual in zip(numbers, (60, 40, 99), strict=True))
    if subjects < 1 or each < 1 or seed >= 2**31:
        raise DataError(
            f'"{spec}" is not understood: write {SYNTHETIC}, {SYNTHETIC}:60x40 or {SYNTHETIC}:60x40:99 '
            "(subjects, images of each, seed)."
        )
    if subjects * each > MOST_IMAGES:
        raise DataError(f"{spec} asks for {subjects * each} images: ask for at most {MOST_IMAGES}.")
    if crop.region == "face":
        faces = partial(render_faces, height=crop.height, channels=crop.channels)
        drawn = faces(range(HELD_OUT, HELD_OUT + subjects), each, seed)
        return from_patches(f"{subjects} held-out rendered subjects", drawn)
    usual = BOTH_EYES if crop.region == "eyes" else MPIIGAZE_EYE
    if not shows_region(np.empty((0, usual.height, usual.width)), crop):
        raise DataError(
            f"The rendered subjects are {_words(usual)}, but this model takes {_words(crop)}: "
            "give a dataset of the model's kind with --data."
        )
    numbers_held_out = range(HELD_OUT, HELD_OUT + subjects)
    render = render_strips if crop.region == "eyes" else render_procedural_patches
    return from_patches(f"{subjects} held-out rendered subjects", render(numbers_held_out, each, seed))


def _read(spec: str) -> LoadedSet:
    path = Path(spec).expanduser()
    if _READER.fullmatch(spec) and not path.exists():
        raise DataError(
            f"{spec} names a dataset reader, which only the training scripts have: export the data first with "
            f"python -m training.data.convert {spec} --out set.npz and give that file."
        )
    return read_dataset(path)


def _check(data: LoadedSet, spec: str, crop: CropSpec) -> None:
    n, shape = len(data.images), data.images.shape[1:]
    if n < 2:
        raise DataError(f"{spec} holds {n or 'no'} image: give a dataset with at least two.")
    if not shows_region(data.images, crop):
        raise DataError(
            f"{spec} holds images of {shape[1]}x{shape[0]}, but this model takes {_words(crop)}: give a "
            "dataset of the model's kind."
        )


def _words(crop: CropSpec) -> str:
    kind = "strips of both eyes," if crop.region == "eyes" else f"{crop.region} crops of"
    return f"{'grey' if crop.channels == 1 else 'colour'} {kind} {crop.width}x{crop.height}"
