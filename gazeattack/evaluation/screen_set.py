"""Datasets of real eyes whose labels are points on a screen."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gazeattack.errors import DataError
from gazeattack.metrics.screen_fit import ENOUGH


@dataclass(frozen=True, eq=False)
class ScreenSet:
    """N samples of one or both eyes (E = 1 or 2).

    images: uint8 [N, E, 36, 60], not mirrored.  mirrored: bool [N, E], whether the network gets the crop flipped.
    target: float [N, 2], a point of the screen in any unit, or [N, 1], its x alone.  person, session: int [N].
    head: head pose (pitch, yaw) [N, E, 2] in radians in each crop's own camera, or None.
    """

    name: str
    images: np.ndarray
    mirrored: np.ndarray
    target: np.ndarray
    person: np.ndarray
    session: np.ndarray
    head: np.ndarray | None


def is_screen_set(path: Path) -> bool:
    """Whether a file is an .npz file whose labels are points on a screen."""
    if path.suffix != ".npz" or not path.is_file():
        return False
    try:
        with np.load(path, allow_pickle=False) as data:
            return "target" in data.files and "gaze_pitchyaw" not in data.files
    except (OSError, ValueError, zipfile.BadZipFile):
        return False


def read_screen_set(path: Path) -> ScreenSet:
    """Read a set from an .npz file.

    Raises:
        DataError: the file cannot be read, or its arrays cannot be scored.
    """
    try:
        with np.load(path, allow_pickle=False) as data:
            arrays = {name: data[name] for name in data.files}
    except (OSError, ValueError, zipfile.BadZipFile):
        raise DataError(f"{path} cannot be read as an .npz: check the path.") from None
    for name in ("images", "target"):
        if name not in arrays:
            raise DataError(f'{path} has no "{name}": a set on a screen needs images and targets.')
    images = arrays["images"]
    if images.ndim == 3:
        images = images[:, None]
    if images.ndim != 4 or images.dtype != np.uint8 or not len(images):
        raise DataError(f"{path} holds images {images.shape} of {images.dtype}: give uint8 [N, eyes, 36, 60].")
    n, eyes = images.shape[:2]
    target = _target(path, arrays["target"], n)
    person, session = (_numbers(path, name, arrays.get(name), n) for name in ("person", "session"))
    mirrored = np.broadcast_to(np.asarray(arrays.get("mirrored", False), dtype=bool), (n, eyes))
    head = arrays.get("head")
    if head is not None and head.shape != (n, eyes, 2):
        raise DataError(f"{path} has head poses {head.shape}, not {(n, eyes, 2)}: give (pitch, yaw) of every eye.")
    data = ScreenSet(path.stem, images, mirrored, target, person, session, head)
    _check_groups(path, data)
    return data


def read_screen_sets(folder: Path) -> list[ScreenSet]:
    """Read all sets of a folder, in the order of their names.

    Raises:
        DataError: there is none, or one cannot be read.
    """
    found = [read_screen_set(path) for path in sorted(folder.glob("*.npz")) if is_screen_set(path)]
    if not found:
        raise DataError(f"{folder} holds no .npz with points on a screen: give a folder of such sets.")
    return found


def _target(path: Path, target: np.ndarray, n: int) -> np.ndarray:
    if target.ndim != 2 or target.shape != (n, 2):
        raise DataError(f"{path} has targets {target.shape}, not {(n, 2)}: give (x, y) of every sample.")
    target = target.astype(float)
    # a set with x alone has no y in any row
    target = target[:, ~np.isnan(target).all(axis=0)]
    if not target.size or not np.isfinite(target).all():
        raise DataError(f"{path} has targets that are not finite numbers: leave those samples out.")
    return target


def _numbers(path: Path, name: str, values: np.ndarray | None, n: int) -> np.ndarray:
    if values is None:
        return np.zeros(n, dtype=np.int64)
    if values.shape != (n,) or not np.issubdtype(values.dtype, np.integer):
        raise DataError(f'{path} has a "{name}" of {values.dtype} {values.shape}: give an integer for every sample.')
    return values.astype(np.int64)


def _check_groups(path: Path, data: ScreenSet) -> None:
    """Refuse a set in which a person has one target only, or nobody has enough samples."""
    sizes = []
    for who, when in set(zip(data.person.tolist(), data.session.tolist(), strict=True)):
        own = data.target[(data.person == who) & (data.session == when)]
        sizes.append(len(own))
        if len(own) >= ENOUGH and (own.max(axis=0) - own.min(axis=0) < 1e-9).all():
            raise DataError(f"{path} has a single target for person {who} in session {when}: give several targets.")
    if max(sizes) < ENOUGH:
        raise DataError(f"{path} has fewer than {ENOUGH} samples of each person: the fit needs at least {ENOUGH}.")
