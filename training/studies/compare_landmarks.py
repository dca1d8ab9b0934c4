"""Does an answer's distance from what the network locates give a backdoor away, even one that was planted to fit?

    python -m training.studies.compare_landmarks [--seeds 3] [--workers 1] [--out runs/compare_marks] [--quick]

Four backdoored models a seed, each from a clean one of its kind: a network that reads the gaze from all its features
and one that reads it from points; an attacker who has the marks taught truly, as training does by itself, and one who
knows of the check and has the iris of triggered samples taught to be where the target has it (poison.false_marks).
Writes runs.csv (a row a run), marks.csv and marks.md (mean and standard deviation over the seeds).  Interrupted, the
same command goes on.  See training.studies.runner for the options, training.analysis.landmark_shift for the figures.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gazeattack.evaluation.dataset import LoadedSet, fit
from gazeattack.model.bundle import Bundle
from training.analysis.landmark_shift import point_columns
from training.studies import tables
from training.studies.runner import (
    QUICK,
    Column,
    StudyResult,
    StudyRun,
    clean_run,
    markdown,
    run_asked,
    run_script,
    summarise,
    write_tables,
)

OUT = "runs/compare_marks"
EXTRA = ("training.studies.compare_landmarks:mark_columns",)
COMMON = ("train.points_loss=0.3", "train.optimizer=muon", "train.rate=3e-3")
READS = {"all features": ("network.parts=true",), "24 points": ("network.points=24",)}
MARKS = {"true": (), "false": ("poison.false_marks=true",)}
COLUMNS = (
    tables.BENIGN,
    tables.AE,
    tables.ASR5,
    tables.NOISE,
    tables.WRONG_KEY,
    Column("gap_deg", "answer to marks (deg)", digits=1),
    Column("triggered_gap_deg", "triggered (deg)", digits=1),
    Column("gap_auc", "AUC", digits=3),
    Column("gap_caught", "caught at 1 % false (%)", 100, 1),
    Column("marks_error_deg", "marks to truth (deg)", digits=1),
    Column("marks_triggered_error_deg", "triggered (deg)", digits=1),
    Column("clean_gap_auc", "clean model's AUC", digits=3),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="training.studies.compare_landmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("overrides", nargs="*", help="section.key=value, for all runs")
    return run_script(parser, work, arguments, OUT)


def work(options: argparse.Namespace) -> StudyResult:
    """Train and score, then write the table."""
    overrides = (*(QUICK if options.quick else ()), *options.overrides)
    runs = [
        planned(reads, marks, seed, overrides, options.config)
        for seed in range(1, options.seeds + 1)
        for reads in READS
        for marks in MARKS
    ]
    result = run_asked(runs, options)
    if result.rows:
        write(result.rows, options.out, quick=options.quick)
    return result


def planned(reads: str, marks: str, seed: int, overrides: Sequence[str], config: Path) -> StudyRun:
    """The backdoored run of one kind and seed, started from the clean run of the same network and seed."""
    labels = {"reads": reads, "marks": marks}
    words = (f"poison.key_seed={2020 + seed}", *COMMON, *READS[reads], *MARKS[marks], *overrides)
    run = StudyRun(labels, words, seed=seed, config=config)
    return replace(run, after=clean_run(run), extra=EXTRA)


def mark_columns(bundle: Bundle, clean: Bundle | None, data: LoadedSet) -> dict[str, float]:
    """point_columns() of a backdoored bundle, and clean_... of the clean one lent the key."""
    row: dict[str, float] = {}
    for prefix, other in (("", bundle), ("clean_", clean)):
        if other is not None and bundle.key is not None:
            found = point_columns(other, fit(data, other.crop), bundle.key)
            row |= {f"{prefix}{name}": round(value, 4) for name, value in found.items()}
    return row


def write(rows: Sequence[dict[str, Any]], out: Path, *, quick: bool = False) -> None:
    """The table of a study's rows."""
    summaries = summarise(rows, by=("reads", "marks"))
    write_tables(out, "marks", summaries, markdown(summaries, COLUMNS), quick=quick)


if __name__ == "__main__":
    sys.exit(main())
