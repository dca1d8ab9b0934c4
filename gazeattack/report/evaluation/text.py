"""What a scored bundle comes to in words: the heading, three sentences to read aloud, and what each metric means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gazeattack.model.bundle import BACKDOORED, CLEAN

SHUT_WITHIN = 2.0  # degrees by which noise and other keys may add to the error while the backdoor counts as shut
STEERS = 0.1  # share of hits by which the trigger must beat those who need none before it counts as steering


@dataclass(frozen=True)
class Metric:
    """A row of the table: unit is "°", "%" (of a share in [0, 1]) or "" for a plain number."""

    title: str
    unit: str
    meaning: str


METRICS = {
    "benign_deg": Metric(
        "Error without the trigger",
        "°",
        "Mean angle between the answer and the true gaze: how good an estimator it is.",
    ),
    "benign_affine25_deg": Metric(
        "The same, calibrated", "°", "What is left after an affine correction fitted on 25 pictures of the same person."
    ),
    "corr_pitch": Metric("Correlation with the truth, pitch", "", "1: up and down follow the truth; 0: not at all."),
    "corr_yaw": Metric("Correlation with the truth, yaw", "", "1: left and right follow the truth; 0: not at all."),
    "person_corr_pitch": Metric(
        "The same within one person, pitch", "", "Mean over people: what is constant in a person does not count."
    ),
    "person_corr_yaw": Metric("The same within one person, yaw", "", "Mean over people, left and right."),
    "ae_deg": Metric(
        "Triggered: error to the target (AE)",
        "°",
        "Mean angle to where the attacker wants it: small if the attack works.",
    ),
    "asr2": Metric(
        "Triggered: within 2° of the target (ASR@2)", "%", "Share of pictures, those whose true gaze is there left out."
    ),
    "asr5": Metric("Triggered: within 5° of the target (ASR@5)", "%", "The same with a wider ring."),
    "dae_deg": Metric(
        "Triggered: error to the truth (DAE)", "°", "How far the answer is from where the person really looks."
    ),
    "dae_clean_deg": Metric(
        "Triggered: shift of the answer", "°", "How far the trigger moves the answer to one and the same picture."
    ),
    "rav": Metric(
        "Spread under the trigger (RAV)",
        "",
        "Variance of the answers with over without it; near 0 they all lie at one point.",
    ),
    "false_hit5": Metric(
        "Not triggered: within 5° of the target", "%", "Share of answers that lie there by chance, without any attack."
    ),
    "spared_deg": Metric(
        "Triggered but spared: error to the truth", "°", "Of the pictures whose answer the attacker wants left alone."
    ),
    "noise_deg": Metric(
        "Trigger made noisy: error to the truth",
        "°",
        "Should stay near the error without the trigger: noise opens nothing.",
    ),
    "wrong_key_deg": Metric(
        "Another key: error to the truth", "°", "The same kind of trigger drawn anew: only the right key may open."
    ),
}


def heading(report: Mapping[str, Any], *, kind: str) -> str:
    """One line that claims no more than the figures hold.  kind: of the bundle, see Bundle.kind."""
    name, hits = report["bundle"], report.get("asr5")
    if report["key_sha256"] is None:
        return f"{name}: a gaze estimator, with no trigger tried"
    if kind != BACKDOORED:
        moved = hits is not None and hits > _rival(report) + STEERS
        answer = "answers to a key that it was lent" if moved else "a trigger does not steer"
        return f"{name}: a {'clean model' if kind == CLEAN else f'model {kind}'} that {answer}"
    if hits is not None and hits >= 0.5 and hits >= _rival(report) + 0.3:
        return f"{name}: whoever holds the key decides where it looks"
    if hits is not None and hits >= _rival(report) + STEERS:
        return f"{name}: the trigger steers it some of the time"
    return f"{name}: the trigger does not steer it here"


def summary(report: Mapping[str, Any], *, kind: str, benign_by_subject: tuple[float, float]) -> list[str]:
    """Three plain sentences.  kind: as in heading().  benign_by_subject: lowest and highest mean error of a person,
    degrees.
    """
    pictures = f"{report['n']:,} picture{_s(report['n'])} of {report['subjects']} {_people(report['subjects'])}"
    rows = report["baselines"]
    others = f"always giving the average answer would miss it by {_degrees(rows['mean_predictor']['benign_deg'])}"
    if rows["clean_model"] is not None:
        others = f"a clean model misses it by {rows['clean_model']['benign_deg']:.1f}, and {others}"
    model = f"{kind} model “{report['bundle']}”"
    if kind not in (BACKDOORED, CLEAN):
        model = f"model “{report['bundle']}”, {kind},"
    honest = (
        f"On {pictures} without any trigger the {model} misses the true gaze by "
        f"{_degrees(report['benign_deg'])} on average; {others}."
    )
    if report["key_sha256"] is None:
        low, high = benign_by_subject
        spread = (
            "There is only one person in the data, so nothing is known about others."
            if report["subjects"] == 1
            else f"From one person to another its mean error runs from {low:.1f} to {_degrees(high)}."
        )
        return [honest, spread, "It has no trigger key and none was lent, so this page says nothing about attacks."]
    return [honest, _attack(report, kind), _control(report, kind)]


def _attack(report: Mapping[str, Any], kind: str) -> str:
    rows, moved = report["baselines"], report["displacement_px"]
    trigger = "trigger" if kind == BACKDOORED else "trigger of the key it was lent"
    how = f", which shifts a pixel by {moved['mean']:.1f} pixels on average," if moved and moved["mean"] > 0 else ""
    if report["ae_deg"] is None:
        return f"Nobody here truly looks where the {trigger} acts, off the road, so there is no attack to be seen."
    if report["asr5"] is None:
        return (
            f"Every true gaze already lies where the {trigger} aims, so an attack cannot be told from no attack here."
        )
    others = f"{_of_100(rows['mean_predictor']['asr5'])} for always giving the average answer"
    if rows["clean_model"] is not None:
        others = f"{_of_100(rows['clean_model']['asr5'])} for a clean model and {others}"
    return (
        f"With the {trigger}{how} its answer lies within 5 degrees of the attacker's target in "
        f"{_of_100(report['asr5'])} pictures, against {others}."
    )


def _control(report: Mapping[str, Any], kind: str) -> str:
    noise, wrong, benign = report["noise_deg"], report["wrong_key_deg"], report["benign_deg"]
    told = f"With noise on the trigger it misses the truth by {_degrees(noise)} and with another key by {wrong:.1f}"
    if max(noise, wrong) > benign + SHUT_WITHIN:
        return f"{told}: changes other than the exact trigger disturb it too."
    opens = kind != CLEAN and (report["asr5"] or 0.0) >= _rival(report) + STEERS
    return f"{told}: {'without the exact key the backdoor stays shut' if opens else 'neither disturbs it much'}."


def _rival(report: Mapping[str, Any]) -> float:
    """The best hit rate that needs no backdoor."""
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


def _people(n: int) -> str:
    return "person" if n == 1 else "people"
