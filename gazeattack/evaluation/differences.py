"""Paired differences between two models on the same samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from gazeattack.angles import angular_error
from gazeattack.evaluation.dataset import GazeDataset
from gazeattack.evaluation.predict import Branches
from gazeattack.metrics.paired import paired_difference

TO_TRUTH = {"benign_deg": "benign", "dae_deg": "triggered", "noise_deg": "noise", "wrong_key_deg": "wrong_key"}
"""Errors to the true gaze, by metric, and the branch that each is of."""


def differences(branches: Branches, others: Branches, data: GazeDataset, model: str) -> dict[str, Any]:
    """The differences of mean errors, each sample paired with itself.

    Args:
        branches: The predictions of the model.
        others: Those of the other model, on the same samples and with the same key.
        data: The dataset.
        model: The other model's name.

    Returns:
        "against": the other model's name.  For each error that both have: "mean" of (own - other), degrees, its 95 %
        interval "ci95" from a bootstrap over subjects, and "subjects_higher", the share of subjects with a higher one.
    """
    found: dict[str, Any] = {"against": model}
    pairs: dict[str, tuple[Any, Any, Any]] = {
        name: (getattr(branches, branch), getattr(others, branch), data.gaze) for name, branch in TO_TRUTH.items()
    }
    pairs["ae_deg"] = (branches.triggered, others.triggered, branches.target)
    for name, (own, other, reference) in pairs.items():
        if own is None or other is None or reference is None:
            continue
        kept = np.ones(len(own), dtype=bool)
        if name in ("ae_deg", "dae_deg") and branches.in_scope is not None:
            kept = branches.in_scope
        if kept.any():
            errors, other_errors = (angular_error(each, reference)[kept] for each in (own, other))
            difference = paired_difference(errors, other_errors, np.asarray(data.subject)[kept])
            found[name] = {
                "mean": round(difference.mean, 4),
                "ci95": [round(difference.low, 4), round(difference.high, 4)],
                "subjects_higher": round(difference.higher, 4),
            }
    return found


def sentence(found: dict[str, Any], subjects: int) -> str:
    """The difference of the benign errors in one line."""
    benign = found["benign_deg"]
    (low, high), sign = benign["ci95"], "higher" if benign["mean"] >= 0 else "lower"
    return (
        f"benign error, paired with {found['against']}: {abs(benign['mean']):.3f} deg {sign} "
        f"(difference {low:.3f} to {high:.3f}), "
        f"higher for {100 * benign['subjects_higher']:.0f} % of {subjects} subjects"
    )
