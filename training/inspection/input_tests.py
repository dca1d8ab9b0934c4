"""The tests of single crops: thresholds from some subjects, shares of flagged crops of others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.model.bundle import Bundle
from training.analysis.shift_check import shift_scores, unchanged
from training.analysis.triggered import with_trigger
from training.inspection.findings import InputFinding, input_finding
from training.inspection.inputs import Score, landmark_scores, strip_scores
from training.inspection.kept import KeptTests
from training.progress import PhasePrinter

SHIFT, LANDMARKS, STRIP, DETECTOR = (
    "shift check",
    "landmark check",
    "STRIP (made for patches)",
    "universal warp detector",
)
INPUT_TESTS = (SHIFT, LANDMARKS, STRIP, DETECTOR)


@dataclass(frozen=True, eq=False)
class InputTest:
    """unit: of the scores, with a space before it.  score: of every crop.  about: what else it depends on, in words."""

    unit: str
    score: Score
    about: str = ""


def inspect_inputs(
    bundle: Bundle,
    others: LoadedSet,
    test: LoadedSet,
    more: Mapping[str, InputTest],
    kept: KeptTests,
    phases: PhasePrinter | None,
) -> tuple[tuple[InputFinding, ...], tuple[str, ...]]:
    """The findings of the tests, and a sentence for each that the model does not allow.

    Args:
        bundle: The model.
        others: Clean samples that set the thresholds.
        test: Clean samples of other subjects; the trigger of the bundle, if it has one, is put on these.
        more: Further tests by name.
        kept: Tests of an earlier run.
        phases: Is told of the progress.
    """
    tests, left_out = {SHIFT: InputTest(" deg", shift_scores)}, []
    if bundle.has_landmarks:
        tests[LANDMARKS] = InputTest(" deg", landmark_scores)
    else:
        left_out.append(f"{LANDMARKS}: left out, as {bundle.name} predicts no eye landmarks.")
    tests[STRIP] = InputTest(" deg²", partial(strip_scores, clean=others))
    found = []
    for name, each in (tests | dict(more)).items():
        if phases is not None:
            phases.begin(name)
        run = partial(_measure, name, each, bundle, others, test)
        found.append(kept.result(name, {"about": each.about}, run, partial(_finding, name, each.unit)))
    return tuple(found), tuple(left_out)


def _measure(name: str, test: InputTest, bundle: Bundle, others: LoadedSet, data: LoadedSet) -> Mapping[str, Any]:
    triggered = None
    if bundle.key is not None:
        triggered = test.score(bundle, *with_trigger(data, bundle.key)).tolist()
    threshold_from, clean = (test.score(bundle, part, unchanged).tolist() for part in (others, data))
    return asdict(input_finding(name, test.unit, threshold_from, clean, triggered))


def _finding(name: str, unit: str, kept: Mapping[str, Any]) -> InputFinding:
    auc, tpr = (None if kept[field] is None else float(kept[field]) for field in ("auc", "tpr"))
    return InputFinding(name, unit, float(kept["threshold"]), float(kept["fpr"]), auc, tpr)
