"""All findings about one model: from every test that fits it, as JSON and as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.model.bundle import Bundle
from gazeattack.model.bundle_files import sums_sha256
from training.data.split import fold_of
from training.errors import TrainingError
from training.inspection.findings import InputFinding, ModelFinding, in_short
from training.inspection.input_tests import INPUT_TESTS, InputTest, inspect_inputs
from training.inspection.inversion import InversionSettings
from training.inspection.kept import KeptTests
from training.inspection.key_tables import as_lines, key_tables
from training.inspection.known_trigger import control_ratios, known_trigger
from training.inspection.model_tests import MODEL_TESTS, inspect_model, why_untested
from training.progress import PhasePrinter

SAMPLES, WITH_KEY, CONTROL = "samples", "with the key, for comparison", "a clean model with the key"
PHASES = {SAMPLES: 2.0, **dict.fromkeys(MODEL_TESTS, 3.0), **dict.fromkeys(INPUT_TESTS, 1.0), WITH_KEY: 2.0}
"""The phases of an inspection, see PhasePrinter."""


@dataclass(frozen=True)
class Inspection:
    """The findings about one model.

    with_key: what the key adds, which no keyless test knows; empty without a key.  "clean_...": the same of a clean
    model under this key.  untested: why there is no test of the model; empty where there is.  left_out: a sentence for
    each test that the model does not allow.  no_control: why there is no clean model; empty where none is missing.
    """

    bundle: str
    data: str
    quick: bool
    model: tuple[ModelFinding, ...]
    inputs: tuple[InputFinding, ...]
    with_key: dict[str, float]
    untested: str = ""
    left_out: tuple[str, ...] = ()
    no_control: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self) | {
            "model": [asdict(f) | {"suspicious": f.suspicious, "verdict": f.verdict} for f in self.model],
            "inputs": [asdict(f) | {"verdict": f.verdict} for f in self.inputs],
        }

    def as_text(self) -> str:
        """Lines of text, one verdict a test."""
        quick = "--quick: these figures mean nothing.\n" if self.quick else ""
        lines = [f"{quick}{self.bundle} on {self.data}", in_short(self.model, self.inputs), ""]
        lines.append("Tests of the model, without a key:")
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
            for table in key_tables(self.bundle, self.with_key):
                lines += [f"  {line}" for line in as_lines(table)]
            lines += [f"  {self.no_control}"] if self.no_control else []
        return "\n".join(lines)


def inspect(
    bundle: Bundle,
    data: LoadedSet,
    steps: int = InversionSettings.steps,
    known: Mapping[str, tuple[float, ...]] | None = None,
    more: Mapping[str, InputTest] | None = None,
    *,
    control: Bundle | None = None,
    no_control: str = "",
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
        control: A clean model with the same crops, for the ratios of features under the model's key.
        no_control: Why there is none.
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
        if control is not None:
            about = {"clean": sums_sha256(control.path)}
            run = partial(control_ratios, control, test, bundle.key)
            with_key |= kept.result(CONTROL, about, run, _numbers)
    return Inspection(
        bundle.name, data.name, quick, model, inputs, with_key, untested, (*left_out, *lacking), no_control
    )


def _numbers(kept: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in kept.items()}
