"""Checks of the labels that every reader yields."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator

import numpy as np

from gazeattack.angles import Gaze
from gazeattack.evaluation.labels import outside, warn_narrow
from training.data.readers.sample import Sample
from training.errors import TrainingError

log = logging.getLogger(__name__)


def check_labels(name: str, samples: Iterable[Sample]) -> Iterator[Sample]:
    """The samples whose labels are numbers; the others are left out, and counted on standard error.

    Args:
        name: of the dataset, for messages.
        samples: from a reader.

    Raises:
        TrainingError: a label is no direction (see gazeattack.evaluation.labels); the message names its file and row.
    """
    kept: list[Gaze] = []
    lacking: list[str] = []
    for sample in samples:
        if not np.isfinite(sample.gaze).all():
            lacking.append(sample.place)
            continue
        _check_direction(sample, sample.gaze, "gaze")
        if sample.head is not None:
            _check_direction(sample, sample.head, "head pose")
        kept.append(sample.gaze)
        yield sample
    if lacking:
        log.warning(
            "%s: %d of %d labels are not numbers, and these samples are left out (the first: %s).",
            name,
            len(lacking),
            len(lacking) + len(kept),
            lacking[0],
        )
    warn_narrow(name, np.array(kept))


def _check_direction(sample: Sample, angles: Gaze, what: str) -> None:
    if not outside(np.array(angles)):
        return
    pitch, yaw = angles.degrees
    raise TrainingError(
        f"{sample.place}: the {what} of pitch {pitch:.5g} and yaw {yaw:.5g} degrees is beyond 90 and 180, so correct"
        " the label, or its unit if degrees stand where radians belong."
    )
