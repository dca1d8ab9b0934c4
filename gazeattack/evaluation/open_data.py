"""The data a bundle is scored on, by name: a file, an exported folder, or held-out people rendered on the spot."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from gazeattack.errors import DataError
from gazeattack.evaluation.dataset import LoadedSet, from_patches, read_dataset, same_eyes
from gazeattack.model.crop import BOTH_EYES, MPIIGAZE_EYE, CropSpec
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from gazeattack.synthetic.patches.strip import render_strips

SYNTHETIC = "synthetic"
HELD_OUT = 1_100_000  # first number of the procedural people no training draws (training.data.pools)
MOST_PICTURES = 200_000
_ASKED = re.compile(rf"{SYNTHETIC}(?::(\d+)x(\d+)(?::(\d+))?)?")
_READER = re.compile(r"[A-Za-z][\w-]+:.+")  # one letter before the colon is a drive


def open_data(spec: str, crop: CropSpec) -> LoadedSet:
    """The dataset that `spec` names, checked against what the model looks at; its resolution is left to fit().

    spec: an .npz, an exported folder, or synthetic[:PEOPLExEACH[:SEED]].
    Raises DataError in one sentence for anything that cannot be scored.
    """
    data = _held_out(spec, crop) if spec.split(":", 1)[0] == SYNTHETIC else _read(spec)
    _check(data, spec, crop)
    return data


def is_rendered_here(spec: str) -> bool:
    """Whether `spec` names people that are rendered on the spot."""
    return _ASKED.fullmatch(spec) is not None


def _held_out(spec: str, crop: CropSpec) -> LoadedSet:
    """60 people of 40 pictures each by default, seed 99: the README's."""
    asked = _ASKED.fullmatch(spec)
    numbers = (0, 0, 0) if asked is None else asked.groups()
    people, each, seed = (int(usual if n is None else n) for n, usual in zip(numbers, (60, 40, 99), strict=True))
    if people < 1 or each < 1 or seed >= 2**31:
        raise DataError(
            f'"{spec}" is not understood: write {SYNTHETIC}, {SYNTHETIC}:60x40 or {SYNTHETIC}:60x40:99 '
            "(people, pictures of each, seed)."
        )
    if people * each > MOST_PICTURES:
        raise DataError(f"{spec} asks for {people * each} pictures: ask for at most {MOST_PICTURES}.")
    usual = BOTH_EYES if crop.region == "eyes" else MPIIGAZE_EYE
    if not same_eyes(np.empty((0, usual.height, usual.width)), crop):
        raise DataError(
            f"The rendered people are {_words(usual)}, but this model looks at {_words(crop)}: "
            "give it a dataset of its own kind with --data."
        )
    subjects = range(HELD_OUT, HELD_OUT + people)
    render = render_strips if crop.region == "eyes" else render_procedural_patches
    return from_patches(f"{people} held-out rendered people", render(subjects, each, seed))


def _read(spec: str) -> LoadedSet:
    path = Path(spec).expanduser()
    if _READER.fullmatch(spec) and not path.exists():
        raise DataError(
            f"{spec} names a dataset's reader, which only the training scripts have: export it first with "
            f"python -m training.data.convert {spec} --out set.npz and give that file."
        )
    return read_dataset(path)


def _check(data: LoadedSet, spec: str, crop: CropSpec) -> None:
    n, shape = len(data.images), data.images.shape[1:]
    if n < 2:
        raise DataError(f"{spec} holds {n or 'no'} picture: give a dataset with at least two.")
    if not same_eyes(data.images, crop):
        raise DataError(
            f"{spec} holds pictures of {shape[1]}x{shape[0]}, but this model looks at {_words(crop)}: give it a "
            "dataset of its own kind."
        )
    columns = (("subject", data.subject, (n,)), ("head", data.head, (n, 2)), ("right", data.right, (n,)))
    for name, column, wanted in columns:
        if column is not None and column.shape != wanted:
            raise DataError(
                f"{spec} has {n} pictures, but its {name} column is of shape {list(column.shape)}: export it again."
            )
    if not np.isfinite(data.gaze).all():
        raise DataError(f"{spec} has gaze labels that are not numbers: leave those samples out.")


def _words(crop: CropSpec) -> str:
    shown = "strips of both eyes," if crop.region == "eyes" else f"{crop.region} crops of"
    return f"{'grey' if crop.channels == 1 else 'colour'} {shown} {crop.width}x{crop.height}"
