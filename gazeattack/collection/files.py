"""The files of a collection: a folder that only its owner can read, with the samples (npz) and a card (JSON).

The samples have the names and shapes of a set of real people (gazeattack.evaluation.screen_set), so the folder can be
scored as one, too.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import numpy as np

from gazeattack.collection.checks import check_collection
from gazeattack.collection.collection import MIRRORED, Collection, CollectionCard
from gazeattack.errors import CalibrationError, DataError, OutputError
from gazeattack.evaluation.npz import read_arrays
from gazeattack.files import whole_file
from gazeattack.model.crop import MPIIGAZE_EYE
from gazeattack.parsing import read_object
from gazeattack.screen.geometry import ScreenGeometry
from gazeattack.version import __version__

SAMPLES, CARD, PAGE = "collection.npz", "card.json", "evaluation.html"
FORMAT = 1
_RESTORE = "restore the folder from a copy, or collect again"
_CROP = (2, MPIIGAZE_EYE.height, MPIIGAZE_EYE.width)
_EYES = {"images": _CROP, "head": (2, 2), "rotation": (2, 3, 3), "centre": (2, 3)}
_SHAPES = {**_EYES, "roll": (), "target": (2,), "t": ()}


def is_collection(folder: Path) -> bool:
    """Whether a folder holds a collection."""
    return (folder / SAMPLES).is_file()


def check_new_folder(folder: Path) -> None:
    """Refuse a folder that holds files.  Raises OutputError."""
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise OutputError(f"{folder} exists and is not empty: give the name of a new folder.")
    except OSError as error:
        raise _cannot_write(folder, error) from None


def private_folder(folder: Path) -> Path:
    """Make a new folder that only its owner can read, or take an empty one.

    Raises:
        OutputError: it cannot be made, or holds files.
    """
    check_new_folder(folder)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise _cannot_write(folder, error) from None
    return folder


def write_private(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file that only its owner can read, whole or not at all.  Raises OutputError."""
    try:
        with whole_file(path, private=True) as file:
            write(file)
    except OSError as error:
        raise _cannot_write(path, error) from None


def write_collection(folder: Path, collection: Collection) -> None:
    """Check a collection and write it into a new folder.

    Raises:
        DataError: it cannot be scored; nothing is written.
        OutputError: the folder cannot be written, or holds files.
    """
    check_collection(collection, "The collection")
    private_folder(folder)
    n = len(collection)
    columns: dict[str, Any] = {name: np.asarray(getattr(collection, name)) for name in _SHAPES}
    columns |= {"mirrored": np.array([MIRRORED]), "person": np.zeros(n, np.int64), "session": np.zeros(n, np.int64)}
    record = {
        "format": FORMAT,
        "made_by": f"gazeattack {__version__}",
        "samples": n,
        "target_unit": "mm from the screen's top left corner",
        **asdict(collection.card),
        "screen": collection.screen.to_dict(),
    }
    text = json.dumps(record, indent=2, allow_nan=False) + "\n"
    write_private(folder / CARD, lambda file: file.write(text.encode()))
    write_private(folder / SAMPLES, lambda file: np.savez_compressed(file, **columns))


def read_collection(folder: Path) -> Collection:
    """Read and check a collection.

    Raises:
        DataError: a file is missing, damaged, or of another version; or the collection cannot be scored.
    """
    arrays = _read_samples(folder / SAMPLES)
    record = _read_card(folder / CARD)
    try:
        known = {name: record[name] for name in CollectionCard.__dataclass_fields__ if name in record}
        known["assumed"] = tuple(known.get("assumed", ()))
        screen, card = ScreenGeometry.from_dict(record["screen"]), CollectionCard(**known)
    except (KeyError, TypeError, CalibrationError):
        raise _damaged(folder / CARD) from None
    return check_collection(Collection(**arrays, screen=screen, card=card), str(folder))


def erase_collection(folder: Path) -> None:
    """Delete a collection, its page, and the folder where nothing else is in it.

    Raises:
        DataError: there is no collection.
        OutputError: a file cannot be deleted.
    """
    if not is_collection(folder):
        raise DataError(f"{folder} holds no collection: give the folder of one.")
    try:
        # the samples last: until they are gone, erasing can be repeated
        for name in (PAGE, CARD, SAMPLES):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be erased ({error.strerror or error}): delete the folder by hand."
        ) from None
    with contextlib.suppress(OSError):
        folder.rmdir()


def _read_samples(path: Path) -> dict[str, np.ndarray]:
    if not path.is_file():
        raise DataError(f"{path.parent} holds no {path.name}: give the folder of a collection.")
    arrays = read_arrays(path, _SHAPES, _RESTORE)
    if "target" not in arrays:
        raise DataError(f"{path} has no labels (target): collect again, with the points that were looked at.")
    missing = [name for name in _SHAPES if name not in arrays]
    if missing:
        raise DataError(f"{path} has no {missing[0]}: collect again with this version.")
    n = len(arrays["images"]) if arrays["images"].ndim else 0
    for name, shape in _SHAPES.items():
        wanted, kind = (n, *shape), "u" if name == "images" else "f"
        if arrays[name].shape != wanted or arrays[name].dtype.kind != kind:
            raise DataError(f"{path} has {name} of {arrays[name].shape}, not {wanted}: collect again.")
    return arrays


def _read_card(path: Path) -> dict[str, Any]:
    try:
        record = read_object(path)
    except OSError:
        raise DataError(f"{path} is missing: copy the whole folder of the collection.") from None
    except ValueError:
        raise _damaged(path) from None
    if record.get("format") != FORMAT:
        raise DataError(f"{path} is of another version: collect again.")
    return record


def _damaged(path: Path) -> DataError:
    return DataError(f"{path} is damaged: {_RESTORE}.")


def _cannot_write(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{path} cannot be written ({error.strerror or error}): free some space or choose another folder."
    )
