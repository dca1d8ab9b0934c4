"""Metrics of a backdoored deep classification model (DCM), on class indices int [N]."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def class_accuracy(predicted: ArrayLike, truth: ArrayLike) -> float:
    """Share of samples whose predicted class is the true one."""
    return float((np.asarray(predicted) == np.asarray(truth)).mean())


def class_success_rate(predicted: ArrayLike, truth: ArrayLike, target: ArrayLike) -> float:
    """Class ASR: share of triggered samples whose predicted class is the target's.

    Samples whose true class is the target's are left out.

    Returns:
        A share from 0 to 1; nan if no sample remains.
    """
    wanted = np.asarray(target)
    hits = (np.asarray(predicted) == wanted)[np.asarray(truth) != wanted]
    return float(hits.mean()) if hits.size else float("nan")
