"""Train attackers who expect the checks of inputs, and see which check still finds the trigger, and at what price.

    python -m training.studies.adaptive [--seeds 3] [--workers 1] [--out runs/adaptive] [--quick]

Each seed trains four backdoored models from one clean model.  The attackers: one expects no check; one expects the
shift check and moves the crops after the trigger (poison.shift_px); one expects the landmark check and spoofs the
landmarks (poison.spoof_landmarks); one does both.  Writes runs.csv (one row a run), adaptive.csv and adaptive.md (mean
and standard deviation over the seeds).  After an interruption the same command continues.  See training.studies.script
for the options, training.analysis.shift_check for the shift check, and training.analysis.landmark_shift for the other.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gazeattack.attack.trigger import make_trigger
from gazeattack.evaluation.dataset import LoadedSet, resize_to_crop
from gazeattack.metrics.imperceptibility import auc
from gazeattack.model.bundle import Bundle
from training.analysis.landmark_shift import landmark_columns
from training.analysis.shift_check import shift_scores, unchanged
from training.arguments import add_selection
from training.studies import tables
from training.studies.compare_landmarks import COMMON
from training.studies.run_paths import StudyRun
from training.studies.runner import QUICK, StudyResult, clean_run
from training.studies.script import run_and_write, run_script
from training.studies.tables import Column, markdown, summarise, write_tables

OUT = "runs/adaptive"
EXTRA = ("training.studies.adaptive:columns",)
NETWORK = "network.landmark_head=true"
SHIFTED, SPOOFED = "poison.shift_px=3", "poison.spoof_landmarks=true"
ATTACKERS = {
    "none": (),
    "shifts": (SHIFTED,),
    "landmarks": (SPOOFED,),
    "both": (SHIFTED, SPOOFED),
}
HEADINGS = {"expects": "check that the attacker expects"}
COLUMNS = (
    tables.BENIGN,
    *tables.COST,
    tables.AE,
    tables.ASR5,
    tables.NOISE,
    tables.WRONG_KEY,
    Column("shift_auc", "shift check: AUC", digits=3),
    Column("shift_tpr", "TPR at 1 % FPR (%)", 100, 1),
    Column("gap_auc", "landmark check: AUC", digits=3),
    Column("gap_caught", "TPR at 1 % FPR (%)", 100, 1),
    Column("marks_triggered_error_deg", "landmark gaze to truth, triggered (deg)", digits=1),
    Column("located_triggered_error_px", "landmarks to truth, triggered (px)", digits=2),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="training.studies.adaptive", description=__doc__.partition("\n")[0])
    add_selection(parser, "--expect", ATTACKERS, "NAME", "attackers")
    parser.add_argument("overrides", nargs="*", help="section.key=value, for all runs")
    return run_script(parser, study, arguments, OUT)


def study(options: argparse.Namespace) -> StudyResult:
    """Train and score, then write the table."""
    overrides = (*(QUICK if options.quick else ()), *options.overrides)
    seeds = range(1, options.seeds + 1)
    runs = [plan_run(expects, seed, overrides, options.config) for seed in seeds for expects in options.expect]
    return run_and_write(runs, options, write)


def plan_run(expects: str, seed: int, overrides: Sequence[str], config: Path) -> StudyRun:
    """The backdoored run of one attacker and seed, started from the clean run of that seed."""
    words = (f"poison.key_seed={2020 + seed}", NETWORK, *COMMON, *ATTACKERS[expects], *overrides)
    run = StudyRun({"expects": expects}, words, seed=seed, config=config)
    return replace(run, after=clean_run(run), extra=EXTRA)


def columns(bundle: Bundle, clean: Bundle | None, data: LoadedSet) -> dict[str, float]:
    """Both checks of a backdoored bundle: landmark_columns(), and the shift check in the same terms."""
    if bundle.key is None:
        return {}
    samples = resize_to_crop(data, bundle.crop)
    quiet, loud = (shift_scores(bundle, samples, change) for change in (unchanged, make_trigger(bundle.key).apply))
    found = {
        **landmark_columns(bundle, samples, bundle.key),
        "shift_auc": auc(quiet, loud),
        "shift_tpr": float((loud > np.quantile(quiet, 0.99)).mean()),
    }
    return {name: round(value, 4) for name, value in found.items()}


def write(rows: Sequence[dict[str, Any]], out: Path, *, quick: bool = False) -> None:
    """Write the table of a study's rows."""
    summaries = summarise(rows, by=("expects",))
    write_tables(out, "adaptive", summaries, markdown(summaries, COLUMNS, HEADINGS), quick=quick)


if __name__ == "__main__":
    sys.exit(main())
