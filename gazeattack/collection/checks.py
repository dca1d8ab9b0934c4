"""What every collection has to be before it is stored or scored; each failure is one sentence."""

from __future__ import annotations

import numpy as np

from gazeattack.collection.blocks import target_blocks
from gazeattack.collection.collection import Collection
from gazeattack.errors import DataError
from gazeattack.evaluation.labels import check_angles, rows_in_words

FEWEST = 40  # samples
FEWEST_BLOCKS = 10  # places on the screen, or stretches of a moving target
EDGE_MM = 1.0  # rounding of targets at the border
LEAST_SPREAD_MM = 10.0


def check_collection(collection: Collection, name: str) -> Collection:
    """Refuse a collection that cannot be scored.

    Args:
        collection: to check.
        name: of the file or folder, for the sentence.

    Returns:
        The same collection.

    Raises:
        DataError: too few samples, numbers that are not finite, targets outside the screen, or a single target.
    """
    n = len(collection)
    if n < FEWEST:
        raise DataError(f"{name} has {n or 'no'} usable samples: collect at least {FEWEST} with the face in view.")
    for what, values in (("targets", collection.target), ("times", collection.t), ("head poses", collection.head)):
        _check_finite(name, what, values)
    check_angles(name, "head", np.asarray(collection.head))
    for values in (collection.rotation, collection.centre, collection.roll):
        _check_finite(name, "face positions", values)
    _check_places(collection, name)
    return collection


def _check_finite(name: str, what: str, values: np.ndarray) -> None:
    known = np.isfinite(np.asarray(values, dtype=np.float64)).reshape(len(values), -1)
    bad = np.asarray(~known.all(axis=1))
    if bad.any():
        raise DataError(f"{name} has {what} that are not finite numbers in {rows_in_words(bad)}: leave those out.")


def _check_places(collection: Collection, name: str) -> None:
    screen, target = collection.screen, np.asarray(collection.target, dtype=np.float64)
    size = np.array([screen.width_mm, screen.height_mm])
    outside = ((target < -EDGE_MM) | (target > size + EDGE_MM)).any(axis=1)
    if outside.any():
        raise DataError(
            f"{name} has {outside.sum()} of {len(target)} targets outside the screen of {size[0]:.0f} x {size[1]:.0f} "
            "mm: correct the screen's size, or leave those samples out."
        )
    if (np.ptp(target, axis=0) < LEAST_SPREAD_MM).all():
        raise DataError(f"{name} has a single target: collect several points of the screen.")
    blocks = len(np.unique(target_blocks(target)))
    if blocks < FEWEST_BLOCKS:
        raise DataError(
            f"{name} has only {blocks} different targets: collect at least {FEWEST_BLOCKS}, so that a calibration can "
            "be tested on targets that it was not fitted on."
        )
