"""Datasets of real eyes or faces whose labels are points on a screen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gazeattack.errors import DataError
from gazeattack.evaluation.labels import check_angles, number_subjects, rows_in_words
from gazeattack.evaluation.npz import array_names, read_arrays
from gazeattack.metrics.screen_fit import ENOUGH


@dataclass(frozen=True, eq=False)
class ScreenSet:
    """N samples of one or both eyes (E = 1 or 2), or of a face (E = 1).

    images: uint8 [N, E, 36, 60], of faces RGB [N, 1, 3, S, S]; not mirrored.  mirrored: bool [N, E], whether the
    network gets the crop flipped.  target: float [N, 2], a point of the screen in any unit, or [N, 1], its x alone.
    person, session: int [N].  head: head pose (pitch, yaw) [N, E, 2] in radians in each crop's own camera, or None.
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
        names = array_names(path)
    except DataError:
        return False
    return "target" in names and "gaze_pitchyaw" not in names


def read_screen_set(path: Path) -> ScreenSet:
    """Read a set from an .npz file.

    Raises:
        DataError: the file cannot be read, or its arrays cannot be scored.
    """
    arrays = read_arrays(path, ("images", "target", "person", "session", "mirrored", "head"))
    for name in ("images", "target"):
        if name not in arrays:
            raise DataError(f'{path} has no "{name}": a set on a screen needs images and targets.')
    images = arrays["images"]
    if images.ndim == 3:
        images = images[:, None]
    faces = images.ndim == 5 and images.shape[1:3] == (1, 3)
    if (images.ndim != 4 and not faces) or images.dtype != np.uint8 or not len(images):
        raise DataError(
            f"{path} holds images {images.shape} of {images.dtype}: give uint8 [N, eyes, 36, 60], or faces "
            "[N, 1, 3, 112, 112] in RGB."
        )
    n, eyes = images.shape[:2]
    target = _target(path, arrays["target"], n)
    person, session = (_numbers(path, name, arrays.get(name), n) for name in ("person", "session"))
    mirrored = arrays.get("mirrored", np.array(False))
    if mirrored.dtype.kind not in "biuf" or mirrored.shape not in ((), (1,), (eyes,), (n, 1), (1, eyes), (n, eyes)):
        raise DataError(
            f'{path} has a "mirrored" of {mirrored.dtype} {mirrored.shape}: give true or false of every eye.'
        )
    head = arrays.get("head")
    if head is not None and head.shape != (n, eyes, 2):
        raise DataError(f"{path} has head poses {head.shape}, not {(n, eyes, 2)}: give (pitch, yaw) of every eye.")
    if head is not None:
        check_angles(str(path), "head", head, may_lack=True)
    data = ScreenSet(
        path.stem, images, np.broadcast_to(mirrored.astype(bool), (n, eyes)), target, person, session, head
    )
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
    if target.dtype.kind not in "fiu":
        raise DataError(f'{path} has a "target" of {target.dtype}: give (x, y) as numbers.')
    target = target.astype(float)
    # a set with x alone has no y in any row
    known = target[:, ~np.isnan(target).all(axis=0)]
    unknown = ~np.isfinite(known if known.size else target).all(axis=1)
    if unknown.any():
        raise DataError(
            f"{path} has targets that are not finite numbers in {rows_in_words(unknown)}: leave those samples out."
        )
    return known


def _numbers(path: Path, name: str, values: np.ndarray | None, n: int) -> np.ndarray:
    if values is None:
        return np.zeros(n, dtype=np.int64)
    if values.shape != (n,) or values.dtype.kind not in "iuSU":
        raise DataError(
            f'{path} has a "{name}" of {values.dtype} {values.shape}: give an integer or text for every sample.'
        )
    return number_subjects(f"{path}, {name}", values).astype(np.int64)


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
