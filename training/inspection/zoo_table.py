"""The tables of a zoo: one row a model, and one row a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gazeattack.files import write_whole
from gazeattack.metrics.imperceptibility import auc
from training.errors import TrainingError
from training.studies.tables import Column, markdown, read_csv, summarise, write_csv

CLEAN = "clean"
WORKS = 0.5
"""ASR@5 from which on a model counts as backdoored; an attack that was not learned is nothing to find."""
SCORE, FPR, AUC, TPR = " (score)", " (FPR)", " (AUC)", " (TPR)"
"""What follows a test's name in the columns of models.csv."""
METRICS = ("benign_deg", "ae_deg", "asr5")
COLUMNS = (
    Column("auc", "AUC", digits=3),
    Column("accuracy", "accuracy (%)", 100, 0),
    Column("tpr", "TPR (%)", 100, 1),
    Column("fpr", "FPR (%)", 100, 1),
    Column("models", "models", digits=0),
)


def model_row(
    kind: str, seed: int, folder: str, metrics: Mapping[str, Any], inspection: Mapping[str, Any]
) -> dict[str, Any]:
    """The row of a model.

    Args:
        kind: CLEAN, or the attack.
        seed: Of its training.
        folder: Of its bundle.
        metrics: Of gazeattack.evaluation.score.evaluate; attack fields are None for a clean model.
        inspection: inspection.json as read.
    """
    row: dict[str, Any] = {"kind": kind, "seed": seed, "folder": folder}
    row |= {name: metrics.get(name) for name in METRICS}
    row |= {f"{finding['test']}{SCORE}": finding["score"] for finding in inspection["model"]}
    for finding in inspection["inputs"]:
        for name, suffix in (("fpr", FPR), ("auc", AUC), ("tpr", TPR)):
            row[f"{finding['test']}{suffix}"] = finding[name]
    return row


def test_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The row of each test.

    A test of the model: AUC over the models, and the share of models that are judged rightly when the threshold is the
    best one for all others.  A test of single crops: means over the models of AUC and TPR (backdoored ones) and of FPR
    (all), and the accuracy for as many triggered as clean crops.
    """
    clean = [row for row in rows if row["kind"] == CLEAN]
    backdoored = [row for row in rows if row["kind"] != CLEAN and float(row["asr5"]) >= WORKS]
    names = list(dict.fromkeys(name for row in rows for name in row))
    found: list[dict[str, Any]] = []
    counted = len(clean) + len(backdoored)
    for name in names:
        if name.endswith(SCORE):
            a, b = (_numbers(group, name) for group in (clean, backdoored))
            if len(a) and len(b):
                row = {"test": name.removesuffix(SCORE), "of": "the model", "auc": auc(-a, -b)}
                found.append(row | {"accuracy": left_out_accuracy(a, b), "models": counted})
        elif name.endswith(FPR):
            test = name.removesuffix(FPR)
            fpr = _numbers([*clean, *backdoored], name).mean()
            row = {"test": test, "of": "single crops", "fpr": float(fpr), "models": counted}
            if backdoored:
                tpr = float(_numbers(backdoored, f"{test}{TPR}").mean())
                row |= {"auc": float(_numbers(backdoored, f"{test}{AUC}").mean()), "tpr": tpr}
                row["accuracy"] = float(tpr + 1 - fpr) / 2
            found.append(row)
    return found


def left_out_accuracy(clean: np.ndarray, backdoored: np.ndarray) -> float:
    """Share of models that are judged rightly by the best threshold for all others; lower scores are suspicious."""
    scores = np.concatenate([clean, backdoored])
    guilty = np.arange(len(scores)) >= len(clean)
    right = 0
    for left_out in range(len(scores)):
        rest = np.arange(len(scores)) != left_out
        ordered = np.sort(scores[rest])
        cuts = np.concatenate([[-np.inf], (ordered[1:] + ordered[:-1]) / 2, [np.inf]])
        rates = [((scores[rest] < cut) == guilty[rest]).mean() for cut in cuts]
        best = cuts[np.flatnonzero(np.asarray(rates) == max(rates))]
        cut = best[len(best) // 2]
        right += int((scores[left_out] < cut) == guilty[left_out])
    return right / len(scores)


def clean_scores(path: Path, test: str) -> tuple[float, ...]:
    """The scores of the clean models of a zoo's models.csv.

    Raises:
        TrainingError: the file has none.
    """
    rows = [row for row in read_csv(path) if row.get("kind") == CLEAN and row.get(f"{test}{SCORE}")]
    if not rows:
        raise TrainingError(f'{path} has no clean models with the test "{test}": give models.csv of training.zoo.')
    return tuple(float(row[f"{test}{SCORE}"]) for row in rows)


def write_zoo(rows: Sequence[Mapping[str, Any]], out: Path, *, quick: bool) -> str:
    """Write models.csv, zoo.csv and zoo.md; returns the text of zoo.md."""
    write_csv(out / "models.csv", [{**row, "quick": quick} for row in rows])
    tests = test_rows(rows)
    write_csv(out / "zoo.csv", [{**row, "quick": quick} for row in tests])
    failed = [row for row in rows if row["kind"] != CLEAN and float(row["asr5"]) < WORKS]
    counts = [sum((row["kind"] == CLEAN) == clean for row in rows) for clean in (True, False)]
    lines = [f"{counts[0]} clean and {counts[1]} backdoored models."]
    if failed:
        listed = ", ".join(f"{row['kind']} seed {row['seed']} ({100 * float(row['asr5']):.0f} %)" for row in failed)
        lines.append(f"Left out, because ASR@5 is below {WORKS:.0%}: {listed}.")
    table = markdown(summarise(tests, ("test", "of")), COLUMNS)
    text = "\n".join([*(["--quick: these figures mean nothing."] if quick else []), *lines, "", table])
    write_whole(out / "zoo.md", text)
    return text


def _numbers(rows: Sequence[Mapping[str, Any]], name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in rows if row.get(name) not in (None, "")])
