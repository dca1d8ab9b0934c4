"""One bundle on one dataset, with the baselines without which attack numbers mean little."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gazeattack.attack.goal import OFFSET
from gazeattack.attack.key import TriggerKey
from gazeattack.attack.trigger import make_trigger
from gazeattack.errors import BundleError, DataError
from gazeattack.evaluation.dataset import LoadedSet, fit
from gazeattack.evaluation.measures import dark_blob_row, mean_predictor_row, measure_all
from gazeattack.evaluation.predict import Branches, predict_branches
from gazeattack.metrics.regression import target_distance_sigma
from gazeattack.model.bundle import Bundle
from gazeattack.model.catalogue import open_bundle


@dataclass(frozen=True, eq=False)
class Scored:
    """A scored bundle: the report, and what it was counted from.

    data: with the eyes' sides as they were asked for.  branches: the bundle's predictions.  clean: those of the clean
    bundle beside it, lent the same key; None where there is none to compare with.
    """

    report: dict[str, Any]
    data: LoadedSet
    branches: Branches
    clean: Branches | None


def evaluate(
    bundle: Bundle, data: LoadedSet, key: TriggerKey | None, clean: str = "clean", side: str = "recorded", seed: int = 0
) -> dict[str, Any]:
    """The report as a JSON-ready dictionary; attack fields are None without a key.

    Attack numbers mean little alone, so the mean predictor's and the clean model's stand beside them, and a control
    without learning, the dark blob's.
    """
    return score(bundle, data, key, clean, side, seed).report


def score(
    bundle: Bundle, data: LoadedSet, key: TriggerKey | None, clean: str = "clean", side: str = "recorded", seed: int = 0
) -> Scored:
    """As evaluate(), with the predictions.

    Raises DataError for pictures that the model cannot look at, and for a side where they show both eyes.
    """
    shown, data = data, fit(data, bundle.crop)
    if side != "recorded":
        if not bundle.crop.mirrors:
            raise DataError(f"{bundle.name} looks at both eyes at once, which have no side: leave the side out.")
        data = replace(data, right=np.full(len(data.images), side == "right"))
    branches = predict_branches(bundle.network, bundle.preprocess, data, key, seed=seed)
    report: dict[str, Any] = {"bundle": bundle.name, "data": data.name, "side": side, **measure_all(branches, data)}
    report["target_sigma"] = report["displacement_px"] = report["key_sha256"] = None
    if key is not None:
        mean_px, max_px = make_trigger(key).displacement_px()
        # a turn has no place among the labels
        sigma = math.nan if key.goal.kind == OFFSET else target_distance_sigma(data.gaze, key.target)
        report["target_sigma"] = round(sigma, 2) if math.isfinite(sigma) else None
        report["displacement_px"] = {"mean": round(mean_px, 4), "max": round(max_px, 4)}
        report["key_sha256"] = key.sha256
    beside = _clean_branches(bundle, data, key, clean, seed)
    report["baselines"] = {
        "mean_predictor": mean_predictor_row(data, branches),
        "dark_blob": dark_blob_row(shown),
        "clean_model": None if beside is None else _row(beside, data),
    }
    return Scored(report, data, branches, beside)


def _clean_branches(bundle: Bundle, data: LoadedSet, key: TriggerKey | None, clean: str, seed: int) -> Branches | None:
    """The clean bundle's answers, lent the same key; None where there is no clean bundle to compare with."""
    try:
        other = open_bundle(clean)
    except BundleError:
        return None
    if other.path.resolve() == bundle.path.resolve() or other.crop != bundle.crop:
        return None
    return predict_branches(other.network, other.preprocess, data, key, seed=seed)


def _row(branches: Branches, data: LoadedSet) -> dict[str, Any]:
    row = measure_all(branches, data, draws=2)
    return {name: value for name, value in row.items() if name not in ("ci95", "n", "subjects")}


def table(report: dict[str, Any]) -> str:
    """The report for people."""
    baselines = {name: row for name, row in report["baselines"].items() if row is not None}
    lines = [
        f"{report['bundle']} on {report['data']}: {report['n']} samples, {report['subjects']} subjects",
        f"{'':22}{'value':>10}{'95 % interval':>20}" + "".join(f"{name:>18}" for name in baselines),
    ]
    for name, value in report.items():
        if not isinstance(value, float) or name in ("n", "subjects"):
            continue
        interval = report["ci95"].get(name)
        between = "" if interval is None else f"{interval[0]:.2f} .. {interval[1]:.2f}"
        others = "".join(f"{_cell(row.get(name)):>18}" for row in baselines.values())
        lines.append(f"{name:22}{value:>10.3f}{between:>20}{others}")
    return "\n".join(lines)


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
