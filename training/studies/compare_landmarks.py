"""Test the landmark check between gaze and landmarks, also against an adaptive attacker.

    python -m training.studies.compare_landmarks [--seeds 3] [--workers 1] [--out runs/compare_marks] [--quick]

Each seed trains four backdoored models, each from a clean model of its kind.  Two networks: one computes the gaze from
all features, one from keypoints.  Two attackers: one leaves the landmark labels true; the adaptive one expects the
check and moves the iris label of triggered samples to where it would be for the target gaze (spoofed landmarks,
poison.spoof_landmarks).  Writes runs.csv (one row a run), marks.csv and marks.md (mean and standard deviation over the
seeds).  After an interruption the same command continues.  See training.studies.script for the options and
training.analysis.landmark_shift for the metrics.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gazeattack.evaluation.dataset import LoadedSet, resize_to_crop
from gazeattack.model.bundle import Bundle
from training.analysis.landmark_shift import landmark_columns
from training.studies import tables
from training.studies.run_paths import StudyRun
from training.studies.runner import QUICK, StudyResult, clean_run
from training.studies.script import run_and_write, run_script
from training.studies.tables import Column, markdown, summarise, write_tables

OUT = "runs/compare_marks"
EXTRA = ("training.studies.compare_landmarks:columns",)
COMMON = ("train.points_loss=0.3", "train.optimizer=muon", "train.rate=3e-3")
GAZE_INPUTS = {"all features": ("network.parts=true",), "24 points": ("network.points=24",)}
LANDMARK_LABELS = {"true": (), "false": ("poison.false_marks=true",)}
HEADINGS = {"reads": "gaze from", "marks": "true landmark labels"}
COLUMNS = (
    tables.BENIGN,
    *tables.COST,
    tables.AE,
    tables.ASR5,
    tables.NOISE,
    tables.WRONG_KEY,
    Column("gap_deg", "consistency error (deg)", digits=1),
    Column("triggered_gap_deg", "the same, triggered (deg)", digits=1),
    Column("gap_auc", "AUC", digits=3),
    Column("gap_caught", "TPR at 1 % FPR (%)", 100, 1),
    Column("marks_error_deg", "landmark gaze to truth (deg)", digits=1),
    Column("marks_triggered_error_deg", "the same, triggered (deg)", digits=1),
    Column("clean_gap_auc", "clean model: AUC", digits=3),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="training.studies.compare_landmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("overrides", nargs="*", help="section.key=value, for all runs")
    return run_script(parser, study, arguments, OUT)


def study(options: argparse.Namespace) -> StudyResult:
    """Train and score, then write the table."""
    overrides = (*(QUICK if options.quick else ()), *options.overrides)
    runs = [
        plan_run(reads, marks, seed, overrides, options.config)
        for seed in range(1, options.seeds + 1)
        for reads in GAZE_INPUTS
        for marks in LANDMARK_LABELS
    ]
    return run_and_write(runs, options, write)


def plan_run(reads: str, marks: str, seed: int, overrides: Sequence[str], config: Path) -> StudyRun:
    """The backdoored run of one case and seed, started from the clean run of the same network and seed."""
    labels = {"reads": reads, "marks": marks}
    words = (f"poison.key_seed={2020 + seed}", *COMMON, *GAZE_INPUTS[reads], *LANDMARK_LABELS[marks], *overrides)
    run = StudyRun(labels, words, seed=seed, config=config)
    return replace(run, after=clean_run(run), extra=EXTRA)


def columns(bundle: Bundle, clean: Bundle | None, data: LoadedSet) -> dict[str, float]:
    """landmark_columns() of a backdoored bundle; clean_...: of the clean bundle with the same key."""
    row: dict[str, float] = {}
    for prefix, other in (("", bundle), ("clean_", clean)):
        if other is not None and bundle.key is not None:
            found = landmark_columns(other, resize_to_crop(data, other.crop), bundle.key)
            row |= {f"{prefix}{name}": round(value, 4) for name, value in found.items()}
    return row


def write(rows: Sequence[dict[str, Any]], out: Path, *, quick: bool = False) -> None:
    """Write the table of a study's rows."""
    summaries = summarise(rows, by=("reads", "marks"))
    write_tables(out, "marks", summaries, markdown(summaries, COLUMNS, HEADINGS), quick=quick)


if __name__ == "__main__":
    sys.exit(main())
