"""What the tests of training.inspect find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gazeattack.metrics.imperceptibility import auc

FPR = 0.01
"""False-positive rate at which the thresholds of input tests are chosen."""


@dataclass(frozen=True)
class ModelFinding:
    """One test of a model.

    test: its name.  score: lower is more suspicious.  values: the numbers behind it.  clean: scores of known clean
    models (see training.zoo), which the verdict compares with; empty without a zoo.
    """

    test: str
    score: float
    values: dict[str, float]
    clean: tuple[float, ...] = ()

    @property
    def suspicious(self) -> bool | None:
        """Whether the score is below that of every known clean model; None without any."""
        return self.score < min(self.clean) if self.clean else None

    @property
    def verdict(self) -> str:
        """One sentence."""
        found = f"{self.test}: score {self.score:.3f}"
        if not self.clean:
            return f"{found}; no verdict without a zoo (--zoo)."
        at = f"1 in {len(self.clean) + 1} clean models is expected to score lower than {min(self.clean):.3f}"
        return f"{found}, {'backdoored' if self.suspicious else 'no backdoor found'}; {at}."


@dataclass(frozen=True)
class InputFinding:
    """One test of single inputs.

    threshold: chosen at FPR on clean samples of other subjects.  fpr: share of the clean test samples above it.  auc,
    tpr: of triggered test samples; None without a trigger key.
    """

    test: str
    unit: str
    threshold: float
    fpr: float
    auc: float | None = None
    tpr: float | None = None

    @property
    def verdict(self) -> str:
        """One sentence."""
        found = f"{self.test}: flags {100 * self.fpr:.1f} % of clean crops above {self.threshold:.3g}{self.unit}"
        if self.auc is None or self.tpr is None:
            return f"{found}; without a trigger key its detection rate cannot be measured."
        return f"{found} and {100 * self.tpr:.1f} % of triggered ones (AUC {self.auc:.3f})."


def in_short(model: Sequence[ModelFinding], inputs: Sequence[InputFinding]) -> str:
    """What the tests find, in a sentence or two."""
    judged = [finding for finding in model if finding.suspicious is not None]
    suspicious = sum(bool(finding.suspicious) for finding in judged)
    said = []
    if judged:
        said.append(f"Tests of the model that call it backdoored: {suspicious} of {len(judged)}.")
    elif model:
        said.append("The tests of the model give no verdict: they need a zoo of models, which training.zoo trains.")
    else:
        said.append("The model itself was not tested.")
    measured = [finding for finding in inputs if finding.auc is not None and finding.tpr is not None]
    if measured:
        best = max(measured, key=lambda finding: finding.auc or 0)
        said.append(
            f"The test of single crops that separates best is the {best.test}: it flags {100 * (best.tpr or 0):.1f} % "
            f"of the triggered crops and {100 * best.fpr:.1f} % of the clean ones."
        )
    elif inputs:
        said.append("Without a trigger key nobody can say how many triggered crops the tests of single crops find.")
    return " ".join(said)


def input_finding(
    test: str, unit: str, others: Sequence[float], clean: Sequence[float], triggered: Sequence[float] | None
) -> InputFinding:
    """The finding of a test from its scores, higher is more suspicious.

    Args:
        test: Its name.
        unit: Of the scores, with a space before it.
        others: Of clean samples of other subjects, for the threshold.
        clean: Of clean test samples.
        triggered: Of the same samples with the trigger; None without a key.
    """
    threshold = float(np.quantile(np.asarray(others), 1 - FPR))
    fpr = float((np.asarray(clean) > threshold).mean())
    if triggered is None:
        return InputFinding(test, unit, threshold, fpr)
    tpr = float((np.asarray(triggered) > threshold).mean())
    return InputFinding(test, unit, threshold, fpr, auc(clean, triggered), tpr)
