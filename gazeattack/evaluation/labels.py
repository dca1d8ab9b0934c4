"""Checks of a dataset's labels: angles that no gaze has, units that were mixed up, and names of subjects."""

from __future__ import annotations

import logging
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np

from gazeattack.errors import DataError

log = logging.getLogger(__name__)

MOST = np.array([math.pi / 2, math.pi])  # |pitch|, |yaw|, radians
_ROUNDING = 1e-3  # radians; half precision rounds by less
_NARROW = math.radians(1.6)  # radians read as degrees are all narrower
_INT32 = np.iinfo(np.int32)


def outside(angles: np.ndarray) -> np.ndarray:
    """bool [...]: whether (pitch, yaw) [..., 2], radians, is no direction: |pitch| > 90 or |yaw| > 180 degrees."""
    return np.asarray((np.abs(np.asarray(angles, dtype=np.float64)) > MOST + _ROUNDING).any(axis=-1))


def check_angles(where: str, name: str, angles: np.ndarray, *, may_lack: bool = False) -> None:
    """Check a column of angles.

    Args:
        where: the file, for the sentence.
        name: of the column.
        angles: (pitch, yaw) [N, 2] or, of each eye, [N, eyes, 2], radians.
        may_lack: whether nan stands for an unknown direction.

    Raises:
        DataError: an angle is not a number, or no direction; the sentence names the first such row.
    """
    if angles.dtype.kind not in "fiu":
        raise DataError(f'{where} has a "{name}" of {angles.dtype}: give (pitch, yaw) as numbers, in radians.')
    unknown = np.isinf(angles) if may_lack else ~np.isfinite(angles)
    if unknown.any():
        rows = np.asarray(unknown.reshape(len(angles), -1).any(axis=1))
        raise DataError(
            f'{where} has labels in "{name}" that are not numbers in {rows_in_words(rows)}: leave those samples out.'
        )
    directions = outside(angles)
    if not directions.any():
        return
    wrong = np.asarray(directions.reshape(len(angles), -1).any(axis=1))
    pitch, yaw = angles[directions][0].tolist()
    if 2 * wrong.sum() > len(wrong) and np.nanmax(np.abs(angles)) <= 180 + _ROUNDING:
        raise DataError(
            f'{where} has "{name}" in degrees, such as ({pitch:g}, {yaw:g}) in {rows_in_words(wrong)}: '
            "store it in radians (numpy.radians)."
        )
    raise DataError(
        f'{where} has a "{name}" that is no direction, such as ({pitch:g}, {yaw:g}) in {rows_in_words(wrong)}: '
        "give radians, pitch within 1.571 and yaw within 3.142, or leave those samples out."
    )


def warn_narrow(where: str, gaze: np.ndarray) -> None:
    """Warn of labels [N, 2], radians, that differ and all lie so near to zero that they may be a mistaken unit."""
    if len(gaze) > 1 and np.abs(gaze).max() <= _NARROW and np.ptp(gaze, axis=0).max() > 0:
        log.warning(
            "%s: all %d gaze labels lie within 1.6 degrees of zero: check that radians are not converted twice.",
            where,
            len(gaze),
        )


def number_subjects(where: str, subject: np.ndarray) -> np.ndarray:
    """Numbers of subjects.

    Text is numbered by the number in each name ("p07" -> 7) if all numbers differ, else in the names' sorted order.
    Names that differ in case or blanks alone are warned of.

    Args:
        where: the file, for the sentences.
        subject: [N], whole numbers or text.

    Returns:
        int32 [N].

    Raises:
        DataError: a subject is not a number.
    """
    if subject.dtype.kind in "SU":
        names = [
            name.decode("utf-8", "backslashreplace") if isinstance(name, bytes) else name for name in subject.tolist()
        ]
        warn_alike(where, names)
        return number_names(names)
    if subject.dtype.kind not in "biuf":
        raise DataError(f'{where} has a "subject" of {subject.dtype}: give whole numbers or text.')
    unknown = ~np.isfinite(subject)
    if unknown.any():
        raise DataError(
            f"{where} has subjects that are not numbers in {rows_in_words(unknown)}: number or name every subject."
        )
    whole = subject == np.floor(subject)
    if whole.all() and (subject >= _INT32.min).all() and (subject <= _INT32.max).all():
        return subject.astype(np.int32)
    return np.unique(subject, return_inverse=True)[1].astype(np.int32)


def number_names(names: Sequence[str]) -> np.ndarray:
    """int32 [N]: the number in each name ("p07" -> 7) if all numbers differ, else the names' sorted order."""
    distinct = sorted(set(names))
    digits = {name: re.sub(r"\D", "", name) for name in distinct}
    numbers = {name: int(text) for name, text in digits.items() if 0 < len(text) < 10}
    if len(set(numbers.values())) < len(distinct):
        numbers = {name: index for index, name in enumerate(distinct)}
    return np.array([numbers[name] for name in names], dtype=np.int32)


def warn_alike(where: str, names: Iterable[str]) -> None:
    """Warn of names of subjects that differ in case or blanks alone: one person would be in several folds."""
    alike: dict[str, list[str]] = {}
    for name in sorted(set(names)):
        alike.setdefault(_plain(name), []).append(name)
    groups = [group for group in alike.values() if len(group) > 1]
    if groups:
        written = "; ".join(", ".join(f'"{name}"' for name in group) for group in groups[:3])
        log.warning(
            "%s: %d subjects differ in case or blanks alone (%s): write each subject in one way, or one "
            "person counts as several.",
            where,
            sum(map(len, groups)),
            written,
        )


def _plain(name: str) -> str:
    """A name without case, blanks and invisible characters; accents are written in one way."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in folded if not c.isspace() and unicodedata.category(c) not in ("Cc", "Cf"))


def rows_in_words(rows: np.ndarray) -> str:
    """Which of the rows, bool [N]: "3 of 50 rows (the first: row 17, counted from 0)"."""
    return f"{rows.sum()} of {len(rows)} rows (the first: row {rows.argmax()}, counted from 0)"
