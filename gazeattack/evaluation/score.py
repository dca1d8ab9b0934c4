"""Score one bundle on one dataset, with baselines.

Attack metrics mean little without baselines: the constant-mean baseline, the clean model under the same key, and the
dark-centroid baseline.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from gazeattack.attack.goal import OFFSET
from gazeattack.attack.key import TriggerKey
from gazeattack.attack.trigger import make_trigger
from gazeattack.errors import BundleError, DataError
from gazeattack.evaluation.dataset import LoadedSet, resize_to_crop
from gazeattack.evaluation.differences import differences, sentence
from gazeattack.evaluation.measures import constant_mean_row, dark_centroid_row, measure_all
from gazeattack.evaluation.predict import Branches, predict_branches
from gazeattack.metrics.regression import target_distance_sigma
from gazeattack.model.bundle import Bundle
from gazeattack.model.catalogue import open_bundle
from gazeattack.model.prediction_module import prediction_module

PRINTED = {
    "rav": "variance_ratio",
    "spared_deg": "out_of_scope_deg",
    "person_corr_pitch": "subject_corr_pitch",
    "person_corr_yaw": "subject_corr_yaw",
    "mean_predictor": "constant mean",
    "dark_blob": "dark centroid",
    "clean_model": "clean model",
}
"""How table() prints names that reports keep."""


@dataclass(frozen=True, eq=False)
class Scored:
    """A scored bundle: the report, and the predictions behind it.

    data: the dataset, with the side of the eyes that was asked for.  branches: the bundle's predictions.  clean: the
    clean bundle's predictions with the same key (a foreign key for it); None if there is no clean bundle to compare
    with.
    """

    report: dict[str, Any]
    data: LoadedSet
    branches: Branches
    clean: Branches | None


def evaluate(
    bundle: Bundle, data: LoadedSet, key: TriggerKey | None, clean: str = "clean", side: str = "recorded", seed: int = 0
) -> dict[str, Any]:
    """Score a bundle; score() keeps the predictions as well.

    Args:
        bundle: The bundle; see open_bundle.
        data: The dataset; see open_data.  It is resized to the model's crop if its aspect ratio fits.
        key: The trigger key; None measures the benign branch alone.
        clean: Name or path of the clean bundle that is compared with.
        side: "recorded" keeps the dataset's sides; "left" and "right" count all patches as that eye.
        seed: Of the noise and the wrong keys.

    Returns:
        The report as a JSON-ready dictionary; attack fields are None without a key.  "baselines" holds the same metrics
        of the constant-mean baseline ("mean_predictor"), the dark-centroid baseline ("dark_blob") and the clean bundle
        with the same key ("clean_model").  "paired" holds the paired differences from the clean bundle; None
        without one.

    Raises:
        DataError: The images do not fit the model, or a side is given for images of both eyes.
    """
    return score(bundle, data, key, clean, side, seed).report


def score(
    bundle: Bundle,
    data: LoadedSet,
    key: TriggerKey | None,
    clean: str = "clean",
    side: str = "recorded",
    seed: int = 0,
    against: Bundle | None = None,
) -> Scored:
    """Score a bundle and keep the predictions; the other arguments and errors are those of evaluate().

    Args:
        against: The model of the paired differences, instead of the clean one.

    Raises:
        DataError: That model takes other crops.
    """
    if against is not None and against.crop != bundle.crop:
        raise DataError(f"{against.name} takes other crops than {bundle.name}: compare models with the same crops.")
    original, data = data, resize_to_crop(data, bundle.crop)
    if side != "recorded":
        if not bundle.crop.mirrors:
            raise DataError(f"{bundle.name} takes both eyes at once, which have no side: leave the side out.")
        data = replace(data, right=np.full(len(data.images), side == "right"))
    branches = predict_branches(prediction_module(bundle), bundle.preprocess, data, key, seed=seed)
    report: dict[str, Any] = {"bundle": bundle.name, "data": data.name, "side": side, **measure_all(branches, data)}
    report["target_sigma"] = report["displacement_px"] = report["key_sha256"] = None
    if key is not None:
        mean_px, max_px = make_trigger(key).displacement_px()
        # an offset is a turn, not a gaze among the labels
        sigma = math.nan if key.goal.kind == OFFSET else target_distance_sigma(data.gaze, key.target)
        report["target_sigma"] = round(sigma, 2) if math.isfinite(sigma) else None
        report["displacement_px"] = {"mean": round(mean_px, 4), "max": round(max_px, 4)}
        report["key_sha256"] = key.sha256
    clean_branches = _clean_branches(bundle, data, key, clean, seed)
    report["baselines"] = {
        "mean_predictor": constant_mean_row(data, branches),
        "dark_blob": dark_centroid_row(original),
        "clean_model": None if clean_branches is None else _row(clean_branches, data),
    }
    others, name = clean_branches, Path(clean).name
    if against is not None:
        network, name = prediction_module(against), against.name
        others = predict_branches(network, against.preprocess, data, key, seed=seed)
    report["paired"] = None if others is None else differences(branches, others, data, name)
    return Scored(report, data, branches, clean_branches)


def _clean_branches(bundle: Bundle, data: LoadedSet, key: TriggerKey | None, clean: str, seed: int) -> Branches | None:
    """The clean bundle's predictions with the same key; None if there is no clean bundle to compare with."""
    try:
        other = open_bundle(clean)
    except BundleError:
        return None
    if other.path.resolve() == bundle.path.resolve() or other.crop != bundle.crop:
        return None
    return predict_branches(prediction_module(other), other.preprocess, data, key, seed=seed)


def _row(branches: Branches, data: LoadedSet) -> dict[str, Any]:
    row = measure_all(branches, data, draws=2)
    return {name: value for name, value in row.items() if name not in ("ci95", "n", "subjects")}


def table(report: dict[str, Any]) -> str:
    """The report as a text table."""
    baselines = {name: row for name, row in report["baselines"].items() if row is not None}
    lines = [
        f"{report['bundle']} on {report['data']}: {report['n']} samples, {report['subjects']} subjects",
        f"{'':22}{'value':>10}{'95 % interval':>20}" + "".join(f"{PRINTED.get(name, name):>18}" for name in baselines),
    ]
    for name, value in report.items():
        if not isinstance(value, float) or name in ("n", "subjects"):
            continue
        interval = report["ci95"].get(name)
        between = "" if interval is None else f"{interval[0]:.2f} .. {interval[1]:.2f}"
        others = "".join(f"{_cell(row.get(name)):>18}" for row in baselines.values())
        lines.append(f"{PRINTED.get(name, name):22}{value:>10.3f}{between:>20}{others}")
    if report["paired"] is not None:
        lines.append(sentence(report["paired"], report["subjects"]))
    return "\n".join(lines)


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
