"""The tests of a model: three searches for a change that makes all predictions equal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.model.bundle import Bundle
from training.errors import NotApplicableError
from training.inspection.feature_inversion import FeatureInversionSettings, invert_features
from training.inspection.findings import ModelFinding
from training.inspection.inversion import InversionSettings, Progress, ignore, invert
from training.inspection.kept import KeptTests
from training.progress import PhasePrinter

INVERSIONS = {"inversion, output variance": 0.0, "inversion, output variance and feature angle": 1.0}
"""Name of the test -> weight of the ratio of angle variance."""
IN_FEATURES = "inversion in feature space"
MODEL_TESTS = (IN_FEATURES, *INVERSIONS)
Search = Callable[[Progress], Mapping[str, Any]]
"""A test of the model: its score, and the numbers behind it."""


def why_untested(bundle: Bundle) -> str:
    """Why the tests of the model cannot run; empty where they can."""
    if bundle.onnx is not None:
        return "they need weights and features, and an imported ONNX network gives only its predictions."
    return "" if bundle.readout == "regression" else "the gaze head is no regression."


def inspect_model(
    bundle: Bundle,
    data: LoadedSet,
    test: LoadedSet,
    steps: int,
    known: Mapping[str, tuple[float, ...]],
    kept: KeptTests,
    phases: PhasePrinter | None,
) -> tuple[tuple[ModelFinding, ...], tuple[str, ...]]:
    """The findings of the inversions, and a sentence for each that the model does not allow.

    The score is the ratio of the output's variance.

    Args:
        bundle: A model with a regression head.
        data: Clean samples to search on.
        test: Clean samples of other subjects to measure on.
        steps: Of each inversion in the crop, and at most of that in feature space.
        known: Scores of known clean models for each test.
        kept: Tests of an earlier run.
        phases: Is told of the progress.
    """
    in_features = FeatureInversionSettings(steps=min(steps, FeatureInversionSettings.steps))
    searches: dict[str, tuple[dict[str, Any], Search]] = {
        IN_FEATURES: (asdict(in_features), partial(_search_features, bundle, data, test, in_features))
    }
    for name, angle in INVERSIONS.items():
        in_crop = InversionSettings(steps=steps, angle=angle)
        searches[name] = (asdict(in_crop), partial(_search_crop, bundle, data, test, in_crop))
    found, left_out = [], []
    for name, (settings, search) in searches.items():
        progress = ignore
        if phases is not None:
            phases.begin(name)
            progress = phases.within
        build = partial(_finding, name, known.get(name, ()))
        try:
            found.append(kept.result(name, settings, partial(search, progress), build))
        except NotApplicableError as error:
            left_out.append(f"{name}: left out. {error}")
    return tuple(found), tuple(left_out)


def _search_features(
    bundle: Bundle, data: LoadedSet, test: LoadedSet, how: FeatureInversionSettings, progress: Progress
) -> Mapping[str, Any]:
    raised = invert_features(bundle, data, test, how, progress)
    return {"score": raised.score, "values": {name: round(value, 4) for name, value in asdict(raised).items()}}


def _search_crop(
    bundle: Bundle, data: LoadedSet, test: LoadedSet, how: InversionSettings, progress: Progress
) -> Mapping[str, Any]:
    inverted = invert(bundle, data, test, how, progress)
    return {
        "score": inverted.ratios.output,
        "values": inverted.ratios.as_dict() | {"change": round(inverted.change, 4)},
    }


def _finding(name: str, known: tuple[float, ...], kept: Mapping[str, Any]) -> ModelFinding:
    values = {key: float(value) for key, value in kept["values"].items()}
    return ModelFinding(name, round(float(kept["score"]), 4), values, known)
