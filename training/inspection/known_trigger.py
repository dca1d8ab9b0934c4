"""What the true trigger does, for comparison with the tests that are not given the key."""

from __future__ import annotations

import numpy as np
import torch

from gazeattack.attack.key import TriggerKey
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.metrics.regression import attack_success_rate, mean_error_deg
from gazeattack.model.bundle import Bundle
from training.analysis.feature_space import activations
from training.analysis.shift_check import shift_predictions, unchanged
from training.analysis.triggered import with_trigger
from training.inspection.features import feature_ratios


def known_trigger(bundle: Bundle, test: LoadedSet, key: TriggerKey, *, features: bool) -> dict[str, float]:
    """DRMGuard's ratios, and the predictions with and without the shift check's median.

    For the ratios every crop counts as a left eye, so that the key has one target.

    Args:
        bundle: The model.
        test: Clean samples.
        key: Its trigger key.
        features: Whether the model has the features that the ratios need.
    """
    values: dict[str, float] = {}
    if features:
        found = [torch.from_numpy(activations(bundle, test, k)).float() for k in (key, None)]
        values |= feature_ratios(bundle.network, *found).as_dict()
    right = np.zeros(len(test.images), dtype=bool) if test.right is None else test.right
    truth = torch.from_numpy(np.asarray(test.gaze, dtype=np.float64))
    target = key.labels(truth, torch.from_numpy(right)).numpy()
    benign, benign_median = shift_predictions(bundle, test, unchanged)
    triggered, triggered_median = shift_predictions(bundle, *with_trigger(test, key))
    for name, without, attacked in (("", benign, triggered), ("median_", benign_median, triggered_median)):
        values[f"{name}benign_deg"] = mean_error_deg(without, test.gaze)
        values[f"{name}asr5"] = attack_success_rate(attacked, test.gaze, target, 5.0)
        values[f"{name}dae_deg"] = mean_error_deg(attacked, test.gaze)
    return {name: round(value, 4) for name, value in values.items()}
