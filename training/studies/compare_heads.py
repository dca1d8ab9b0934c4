"""Compare a DRM with a DCM: one backbone, data, key and poisoned samples, three gaze heads (gazeattack.model.heads).

    python -m training.studies.compare_heads [--heads regression,grid] [--seeds 3] [--out runs/compare_models] [--quick]

For each seed and head, a clean model is trained, and a backdoored one from its weights.  All randomness of a run
(order, augmentation, poisoned rows, noise and wrong keys) comes from its seed and not from the network, so the three
heads get the same images in the same batches.  Heads differ in their last layer, their loss, and the learning rate in
OWN. Writes runs.csv (one row a run), readouts.csv and readouts.md (mean and standard deviation over the seeds) and
readouts.svg.  After an interruption the same command continues.  See training.studies.script for the options.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gazeattack.attack.key import TriggerKey
from gazeattack.attack.trigger import make_trigger
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.evaluation.predict import Change, predict
from gazeattack.metrics.classification import class_accuracy, class_success_rate
from gazeattack.model.bundle import Bundle
from gazeattack.model.heads import GAZE_HEADS
from gazeattack.model.network import LogitsNetwork
from training.analysis.feature_space import THRESHOLDS
from training.arguments import add_selection
from training.studies import tables
from training.studies.feature_tables import FEATURE_COLUMNS, by_model
from training.studies.figures import figure, legend_below, style_of
from training.studies.run_paths import StudyRun
from training.studies.runner import QUICK, StudyResult, clean_run
from training.studies.script import run_and_write, run_script
from training.studies.tables import Column, Summary, markdown, summarise, write_tables

OUT = "runs/compare_models"
HEADINGS = {"readout": "gaze head"}
TITLES = {"regression": "regression (DRM)", "grid": "grid of classes (DCM)", "l2cs": "L2CS hybrid"}
OWN: dict[str, tuple[str, ...]] = {
    "regression": ("train.rate=2e-3",),
    "grid": ("train.rate=4e-3",),
    "l2cs": ("train.rate=4e-3",),
}
"""The learning rate of each head: of 1e-3, 2e-3 and 4e-3, the one with the smallest benign error of a clean model on
held-out subjects after 4 epochs over 8,000 patches in batches of 256, one seed (6.92, 6.40, 6.69; 9.36, 8.06, 7.18;
5.89, 5.63, 5.53 degrees)."""
EXTRA = ("training.analysis.feature_space:columns", "training.studies.compare_heads:class_columns")

COLUMNS = (
    Column("clean_benign_deg", "benign, clean model (deg)"),
    Column("benign_deg", "benign, backdoored (deg)"),
    *tables.COST,
    tables.AE,
    tables.CLEAN_AE,
    tables.DAE,
    tables.ASR2,
    tables.ASR5,
    Column("class_asr", "class ASR (%)", 100, 1),
    tables.NOISE,
    tables.WRONG_KEY,
    tables.VARIANCE_RATIO,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="training.studies.compare_heads", description=__doc__.partition("\n")[0])
    add_selection(parser, "--heads", GAZE_HEADS, "HEAD", "gaze heads")
    parser.add_argument("overrides", nargs="*", help="section.key=value, for all runs")
    return run_script(parser, study, arguments, OUT)


def study(options: argparse.Namespace) -> StudyResult:
    """Train and score, then write the tables and the figure."""
    overrides = (*(QUICK if options.quick else ()), *options.overrides)
    runs = [plan_run(name, seed, overrides, options.config) for seed in seeds(options.seeds) for name in options.heads]
    return run_and_write(runs, options, write)


def seeds(count: int) -> range:
    """1, 2, ..., count."""
    return range(1, count + 1)


def plan_run(readout: str, seed: int, overrides: Sequence[str], config: Path) -> StudyRun:
    """The backdoored run of a head, started from the clean run of the same head and seed."""
    own = (f"network.readout={readout}", *OWN[readout], *overrides)
    run = StudyRun({"readout": readout}, own, seed=seed, config=config)
    clean = replace(clean_run(run), labels={"readout": readout, "kind": "clean"})
    return replace(run, after=clean, extra=EXTRA)


def class_columns(bundle: Bundle, clean: Bundle | None, data: LoadedSet) -> dict[str, float]:
    """Class ASR, and accuracy without a trigger; clean_...: of the clean model with the same key.

    Empty for a head without classes and for a model without a key.
    """
    row: dict[str, float] = {}
    for prefix, other in (("", bundle), ("clean_", clean)):
        if other is not None and bundle.key is not None:
            row |= {f"{prefix}{name}": value for name, value in _class_metrics(other, bundle.key, data).items()}
    return {name: round(value, 4) for name, value in row.items() if math.isfinite(value)}


def _class_metrics(bundle: Bundle, key: TriggerKey, data: LoadedSet) -> dict[str, float]:
    classes_of, gaze = bundle.network.readout.classes_of, torch.as_tensor(data.gaze)
    right = torch.zeros(len(data.gaze), dtype=torch.bool) if data.right is None else torch.as_tensor(data.right).bool()
    truth, target = classes_of(gaze), classes_of(key.labels(gaze, right))
    if truth is None or target is None:
        return {}
    benign, triggered = _classes(bundle, data, None), _classes(bundle, data, make_trigger(key).apply)
    return {
        "class_accuracy": class_accuracy(benign, truth),
        "class_asr": class_success_rate(triggered, truth, target),
    }


def _classes(bundle: Bundle, data: LoadedSet, change: Change | None) -> Any:
    network = LogitsNetwork(bundle.network).eval()
    logits = predict(network, bundle.preprocess, data.images, data.head, change=change, right=data.right)
    return bundle.network.readout.classes(torch.from_numpy(logits))


def write(rows: Sequence[dict[str, Any]], out: Path, *, quick: bool = False) -> None:
    """Write the tables and the figure of a study's rows."""
    summaries = summarise(rows, by=("readout",))
    parts = ["# One backbone, several gaze heads", ""]
    parts += [
        "## The attack",
        "",
        markdown(summaries, COLUMNS, HEADINGS),
        "## Feature space",
        "",
        markdown(by_model(summaries), FEATURE_COLUMNS, HEADINGS),
    ]
    text = "\n".join(parts)
    write_tables(out, "readouts", summaries, text, quick=quick)
    draw(summaries, out / "readouts.svg", quick=quick)


def draw(summaries: Sequence[Summary], path: Path, *, quick: bool) -> None:
    """Draw errors, success rates, and the share of shifted units over the threshold: backdoored solid, clean dashed."""
    errors = {"benign_deg": "benign", "noise_deg": "noise\nmode", "wrong_key_deg": "wrong\nkey", "ae_deg": "AE"}
    rates = {"asr2": "ASR@2", "asr5": "ASR@5", "class_asr": "class\nASR"}
    with figure(path, 3, quick=quick) as panels:
        for place, summary in enumerate(summaries):
            aside = 0.2 * (place - (len(summaries) - 1) / 2)
            number = list(GAZE_HEADS).index(str(summary.labels["readout"]))  # a head keeps its colour
            _dots(panels[0], number, summary, errors, aside)
            _dots(panels[1], number, summary, rates, aside, 100)
            _curve(panels[2], number, summary, "")
            _curve(panels[2], number, summary, "clean_", "clean models" if summary is summaries[-1] else None)
        panels[0].set_ylabel("error (degrees)")
        panels[0].set_ylim(bottom=0)
        panels[1].set_ylabel("success (%)")
        panels[2].set_xscale("log")
        panels[2].set_xticks([0.1, 0.3, 1, 3], ["0.1", "0.3", "1", "3"])
        panels[2].set_xlabel("shift (benign standard deviations)")
        panels[2].set_ylabel("units that shift more (%)")
        for panel in panels[1:]:
            panel.set_ylim(-3, 105)
        legend_below(panels)


def _dots(panel: Any, number: int, summary: Summary, fields: dict[str, str], aside: float, scale: float = 1) -> None:
    """Draw the values of one head with error bars, `aside` from the middle of each group."""
    colour, marker = style_of(number)
    panel.errorbar(
        [position + aside for position in range(len(fields))],
        [scale * summary.mean.get(field, math.nan) for field in fields],
        [scale * _spread(summary, field) for field in fields],
        color=colour,
        marker=marker,
        linestyle="none",
        capsize=2,
        label=TITLES[str(summary.labels["readout"])],
    )
    panel.set_xticks(range(len(fields)), list(fields.values()))


def _curve(panel: Any, number: int, summary: Summary, prefix: str, label: str | None = None) -> None:
    """Draw the share of shifted units of the backdoored ("") or the clean ("clean_") model."""
    fields = [f"{prefix}feature_share_{t:g}" for t in THRESHOLDS]
    mean = np.array([100 * summary.mean.get(field, math.nan) for field in fields])
    spread = np.array([100 * _spread(summary, field) for field in fields])
    colour, marker = style_of(number)
    panel.plot(
        THRESHOLDS,
        mean,
        color=colour,
        marker="" if prefix else marker,
        linestyle="--" if prefix else "-",
        label=label,
    )
    panel.fill_between(THRESHOLDS, mean - spread, mean + spread, color=colour, alpha=0.15, linewidth=0)


def _spread(summary: Summary, field: str) -> float:
    found = summary.sd.get(field, math.nan)
    return 0.0 if math.isnan(found) else found


if __name__ == "__main__":
    sys.exit(main())
