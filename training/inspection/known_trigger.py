"""What the true trigger does to the model and to a clean one, for comparison with the tests without the key."""

from __future__ import annotations

import numpy as np
import torch

from gazeattack.attack.key import TriggerKey
from gazeattack.errors import BundleError
from gazeattack.evaluation.dataset import LoadedSet, resize_to_crop
from gazeattack.metrics.regression import attack_success_rate, mean_error_deg
from gazeattack.model.bundle import Bundle
from gazeattack.model.catalogue import open_clean
from training.analysis.feature_space import activations
from training.analysis.shift_check import shift_predictions, unchanged
from training.analysis.triggered import with_trigger
from training.inspection.features import feature_ratios
from training.inspection.model_tests import why_untested

CLEAN = "clean"
"""The clean model of the control, unless another one is asked for."""


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
        values |= _ratios(bundle, test, key)
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


def columns(bundle: Bundle, clean: Bundle | None, data: LoadedSet) -> dict[str, float]:
    """DRMGuard's ratios as columns of a study's row: of a backdoored bundle, and clean_... of the clean one.

    Args:
        bundle: The backdoored bundle.
        clean: A clean one; None leaves its columns out.
        data: The samples.

    Returns:
        Values by name; none without a key, and none of a model without the features that they need: another gaze head,
        or an imported ONNX network.
    """
    key = bundle.key
    if key is None or why_untested(bundle):
        return {}
    data = resize_to_crop(data, bundle.crop)
    control = {} if clean is None or why_untested(clean) else control_ratios(clean, data, key)
    return _ratios(bundle, data, key) | control


def choose_control(bundle: Bundle, name: str | None) -> tuple[Bundle | None, str]:
    """The clean model whose ratios stand beside those of a model with a key, or why there is none.

    Args:
        bundle: The model.
        name: Of the clean model; None takes the shipped one, if it fits.

    Raises:
        BundleError: The named model is missing, damaged or not clean.
    """
    if bundle.key is None or why_untested(bundle):
        return None, ""
    try:
        clean = open_clean(name or CLEAN)
    except BundleError as error:
        if name is not None:
            raise
        return None, f"No ratios of a clean model: {error}"
    if clean.crop != bundle.crop:
        return None, f"No ratios of a clean model: {clean.name} takes other crops, so name another one with --clean."
    reason = why_untested(clean)
    return (None, f"No ratios of a clean model, {clean.name}: {reason}") if reason else (clean, "")


def control_ratios(clean: Bundle, test: LoadedSet, key: TriggerKey) -> dict[str, float]:
    """DRMGuard's ratios of a clean model under another model's key, each name after "clean_"."""
    return {f"clean_{name}": value for name, value in _ratios(clean, test, key).items()}


def _ratios(bundle: Bundle, test: LoadedSet, key: TriggerKey) -> dict[str, float]:
    found = [torch.from_numpy(activations(bundle, test, k)).float() for k in (key, None)]
    return feature_ratios(bundle.network, *found).as_dict()
