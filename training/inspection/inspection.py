"""All findings about one model: from every test that fits it, as JSON and as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.model.bundle import Bundle
from training.data.split import fold_of
from training.errors import TrainingError
from training.inspection.findings import InputFinding, ModelFinding
from training.inspection.input_tests import INPUT_TESTS, InputTest, inspect_inputs
from training.inspection.inversion import InversionSettings
from training.inspection.kept import KeptTests
from training.inspection.known_trigger import known_trigger
from training.inspection.model_tests import MODEL_TESTS, inspect_model, why_untested
from training.progress import PhasePrinter

SAMPLES, WITH_KEY = "samples", "with the key, for comparison"
PHASES = {SAMPLES: 2.0, **dict.fromkeys(MODEL_TESTS, 3.0), **dict.fromkeys(INPUT_TESTS, 1.0), WITH_KEY: 2.0}
"""The phases of an inspection, see PhasePrinter."""


@dataclass(frozen=True)
class Inspection:
    """The findings about one model.

    with_key: what the key adds, which no keyless test knows; empty without a key.  untested: why there is no test of
    the model; empty where there is.  left_out: a sentence for each test that the model does not allow.
    """

    bundle: str
    data: str
    quick: bool
    model: tuple[ModelFinding, ...]
    inputs: tuple[InputFinding, ...]
    with_key: dict[str, float]
    untested: str = ""
    left_out: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self) | {
            "model": [asdict(f) | {"suspicious": f.suspicious, "verdict": f.verdict} for f in self.model],
            "inputs": [asdict(f) | {"verdict": f.verdict} for f in self.inputs],
        }

    def as_text(self) -> str:
        """Lines of text, one verdict a test."""
        quick = "--quick: these figures mean nothing.\n" if self.quick else ""
        lines = [f"{quick}{self.bundle} on {self.data}", "", "Tests of the model, without a key:"]
        for finding in self.model:
            lines.append(f"  {finding.verdict}")
            lines.append("    " + ", ".join(f"{name} {value:g}" for name, value in finding.values.items()))
        if not self.model:
            lines.append(f"  none: {self.untested}")
        lines += ["", "Tests of single crops, without a key; the threshold flags 1 % of clean crops of other subjects:"]
        lines += [f"  {finding.verdict}" for finding in self.inputs]
        lines += [f"  {reason}" for reason in self.left_out]
        if self.with_key:
            lines += ["", "With the key, for comparison:"]
            lines += [f"  {name} {value:g}" for name, value in self.with_key.items()]
        return "\n".join(lines)


def inspect(
    bundle: Bundle,
    data: LoadedSet,
    steps: int = InversionSettings.steps,
    known: Mapping[str, tuple[float, ...]] | None = None,
    more: Mapping[str, InputTest] | None = None,
    *,
    kept: KeptTests | None = None,
    quick: bool = False,
    phases: PhasePrinter | None = None,
) -> Inspection:
    """Run every test that fits the model.

    Args:
        bundle: The model.
        data: Clean samples at the size of its crop, of at least two subjects.
        steps: Of each inversion in the crop, and at most of that in feature space.
        known: Scores of known clean models for each test of the model.
        more: Further tests of single crops by name.
        kept: Tests of an earlier run, which are not run again.
        quick: Marks the result as too small to quote.
        phases: Is told of the progress.

    Raises:
        TrainingError: There is one subject only.
    """
    if len(np.unique(data.subject)) < 2:
        raise TrainingError(f"{data.name} has one subject: thresholds need others, so give samples of two or more.")
    kept = kept or KeptTests()
    half = fold_of(data.subject, 2, seed=0) == 0
    others, test = data.take(half), data.take(~half)
    untested = why_untested(bundle)
    model, left_out = ((), ()) if untested else inspect_model(bundle, others, test, steps, known or {}, kept, phases)
    inputs, lacking = inspect_inputs(bundle, others, test, more or {}, kept, phases)
    with_key: dict[str, float] = {}
    if bundle.key is not None:
        if phases is not None:
            phases.begin(WITH_KEY)
        run = partial(known_trigger, bundle, test, bundle.key, features=not untested)
        with_key = kept.result(WITH_KEY, {}, run, _numbers)
    return Inspection(bundle.name, data.name, quick, model, inputs, with_key, untested, (*left_out, *lacking))


def _numbers(kept: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in kept.items()}
