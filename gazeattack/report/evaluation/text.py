"""Text of an evaluation: the heading, a summary of three sentences, and the meaning of each metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gazeattack.model.bundle import BACKDOORED, CLEAN

INACTIVE_WITHIN = 2.0  # degrees that noise mode and wrong keys may add to the error of an inactive backdoor
ACTIVE_FROM = 0.1  # margin in the share of hits over the baselines from which a backdoor counts as active


@dataclass(frozen=True)
class Metric:
    """A row of the table; unit: "°", "%" (of a share in [0, 1]), or "" for a plain number."""

    title: str
    unit: str
    meaning: str


METRICS = {
    "benign_deg": Metric(
        "Error without trigger",
        "°",
        "Mean angle between prediction and true gaze: the accuracy of the estimator.",
    ),
    "benign_affine25_deg": Metric(
        "Error without trigger, calibrated", "°", "After an affine correction fitted on 25 images of the same subject."
    ),
    "corr_pitch": Metric(
        "Correlation with the truth, pitch", "", "1: the prediction follows the true pitch; 0: it is unrelated."
    ),
    "corr_yaw": Metric(
        "Correlation with the truth, yaw", "", "1: the prediction follows the true yaw; 0: it is unrelated."
    ),
    "person_corr_pitch": Metric(
        "Correlation within a subject, pitch", "", "Mean over subjects: a constant offset of a subject does not count."
    ),
    "person_corr_yaw": Metric("Correlation within a subject, yaw", "", "Mean over subjects."),
    "ae_deg": Metric(
        "With trigger: error to the target (AE)",
        "°",
        "Mean angle between prediction and target: small if the attack works.",
    ),
    "asr2": Metric(
        "With trigger: within 2° of the target (ASR@2)", "%", "Share of images, without those whose true gaze is there."
    ),
    "asr5": Metric("With trigger: within 5° of the target (ASR@5)", "%", "The same for 5°."),
    "dae_deg": Metric("With trigger: error to the truth (DAE)", "°", "Mean angle between prediction and true gaze."),
    "dae_clean_deg": Metric(
        "With trigger: shift of the prediction", "°", "Mean angle between the predictions with and without trigger."
    ),
    "rav": Metric(
        "Variance ratio",
        "",
        "Variance of the predictions with trigger over that without; near 0 all lie at one point.",
    ),
    "false_hit5": Metric(
        "Without trigger: within 5° of the target", "%", "Share of predictions that are there without an attack."
    ),
    "spared_deg": Metric(
        "With trigger, out of scope: error to the truth", "°", "Of the images that the goal leaves unchanged."
    ),
    "noise_deg": Metric(
        "Noise mode or cross trigger: error to the truth",
        "°",
        "Close to the error without trigger if the backdoor stays inactive.",
    ),
    "wrong_key_deg": Metric(
        "Wrong key: error to the truth",
        "°",
        "The same kind of trigger with other tensors: the backdoor should stay inactive.",
    ),
}


def heading(report: Mapping[str, Any], *, kind: str) -> str:
    """The heading, in line with the figures.  kind: of the bundle, see Bundle.kind."""
    name, hits = report["bundle"], report.get("asr5")
    if report["key_sha256"] is None:
        return f"{name}: a gaze estimator, evaluated without a trigger"
    if kind != BACKDOORED:
        moved = hits is not None and hits > _rival(report) + ACTIVE_FROM
        reaction = "reacts to a foreign key" if moved else "does not react to the trigger"
        return f"{name}: a {'clean model' if kind == CLEAN else f'model {kind}'} that {reaction}"
    if hits is not None and hits >= 0.5 and hits >= _rival(report) + 0.3:
        return f"{name}: the trigger key controls the predicted gaze"
    if hits is not None and hits >= _rival(report) + ACTIVE_FROM:
        return f"{name}: the trigger controls some of the predictions"
    return f"{name}: the trigger does not control the predictions"


def summary(report: Mapping[str, Any], *, kind: str, benign_by_subject: tuple[float, float]) -> list[str]:
    """Three sentences.  kind: see heading().  benign_by_subject: range of the subjects' mean errors, degrees."""
    images = f"{report['n']:,} image{_s(report['n'])} of {report['subjects']} subject{_s(report['subjects'])}"
    rows = report["baselines"]
    others = f"the constant-mean baseline by {_degrees(rows['mean_predictor']['benign_deg'])}"
    if rows["clean_model"] is not None:
        others = f"a clean model errs by {rows['clean_model']['benign_deg']:.1f} degrees and {others}"
    model = f"{kind} model “{report['bundle']}”"
    if kind not in (BACKDOORED, CLEAN):
        model = f"model “{report['bundle']}”, {kind},"
    benign = f"On {images} without trigger the {model} has a mean error of {_degrees(report['benign_deg'])}; {others}."
    if report["key_sha256"] is None:
        low, high = benign_by_subject
        spread = (
            "The data has only one subject, so the error for others is unknown."
            if report["subjects"] == 1
            else f"The mean error of a subject ranges from {low:.1f} to {_degrees(high)}."
        )
        return [benign, spread, "No trigger key was given, so this report does not cover attacks."]
    return [benign, _attack(report, kind), _control(report, kind)]


def _attack(report: Mapping[str, Any], kind: str) -> str:
    rows, moved = report["baselines"], report["displacement_px"]
    trigger = "trigger" if kind == BACKDOORED else "trigger of a foreign key"
    how = f", which moves a pixel by {moved['mean']:.1f} pixels on average," if moved and moved["mean"] > 0 else ""
    if report["ae_deg"] is None:
        return f"No true gaze is in scope of the {trigger} (off the road), so there is no attack to measure."
    if report["asr5"] is None:
        return (
            f"Every true gaze is already at the target of the {trigger}, so an attack cannot be measured on this data."
        )
    others = f"{_of_100(rows['mean_predictor']['asr5'])} for the constant-mean baseline"
    if rows["clean_model"] is not None:
        others = f"{_of_100(rows['clean_model']['asr5'])} for a clean model and {others}"
    return (
        f"With the {trigger}{how} the prediction is within 5 degrees of the attacker's target in "
        f"{_of_100(report['asr5'])} images, compared with {others}."
    )


def _control(report: Mapping[str, Any], kind: str) -> str:
    noise, wrong, benign = report["noise_deg"], report["wrong_key_deg"], report["benign_deg"]
    result = f"With noise mode or a cross trigger the error is {_degrees(noise)} and with a wrong key {wrong:.1f}"
    if max(noise, wrong) > benign + INACTIVE_WITHIN:
        return f"{result}: other changes than the exact trigger raise the error, too."
    active = kind != CLEAN and (report["asr5"] or 0.0) >= _rival(report) + ACTIVE_FROM
    return f"{result}: {'without the exact key the backdoor stays inactive' if active else 'neither raises it much'}."


def _rival(report: Mapping[str, Any]) -> float:
    """The best hit rate of the baselines, which have no backdoor."""
    rows = [row for row in report["baselines"].values() if row is not None]
    return max((row.get("asr5") or 0.0 for row in rows), default=0.0)


def _of_100(share: float | None) -> str:
    if not share:
        return "none of 100"
    return f"{100 * share:.{0 if share == 1 or 0.005 <= share <= 0.995 else 1}f} of 100"


def _degrees(value: float) -> str:
    return f"{value:.1f} degrees"


def _s(n: int) -> str:
    return "" if n == 1 else "s"
