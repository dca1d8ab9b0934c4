"""Does a result depend on the dead units of a ReLU?  One backdoored model for each activation: features and pruning.

    python -m training.studies.activations [--seeds 3] [--out runs/activations] [--quick]

A ReLU leaves units that are 0 for every crop; LeakyReLU and GELU leave hardly any.  For each seed and
network.activation a clean model is trained, and a backdoored one from its weights.  A defender with half of the
held-out subjects then prunes the least active channels while that costs at most 0.3 degrees (training.defences); the
other half is scored.
A second table has the trigger's effect on the penultimate features (training.analysis.feature_space) and DRMGuard's
ratios (training.inspection.features), each beside the clean model under the same key.
Writes runs.csv (one row a run), activations.csv and activations.md (mean and standard deviation over the seeds).  After
an interruption the same command continues.  See training.studies.script for the options.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gazeattack.model.layout import ACTIVATIONS
from training.studies import tables
from training.studies.feature_tables import FEATURE_COLUMNS, LIVE, RATIO_COLUMNS, by_model
from training.studies.run_paths import StudyRun
from training.studies.runner import QUICK, StudyResult, clean_run
from training.studies.script import run_and_write, run_script
from training.studies.tables import Column, markdown, summarise, write_tables

OUT = "runs/activations"
EXTRA = (
    "training.analysis.feature_space:columns",
    "training.defences.silent_channels:columns",
    "training.inspection.known_trigger:columns",
)
FEATURES = (*FEATURE_COLUMNS, *RATIO_COLUMNS)
COLUMNS = (
    tables.CLEAN_BENIGN,
    tables.BENIGN,
    *tables.COST,
    tables.AE,
    tables.ASR5,
    LIVE,
    Column("silent_channels", "silent channels (%)", 100, 1),
    Column("pruned_share", "channels pruned (%)", 100, 1),
    Column("pruned_cost_deg", "benign cost of pruning (deg)"),
    Column("pruned_ae_deg", "AE, pruned (deg)"),
    Column("pruned_asr5", "ASR@5, pruned (%)", 100, 1),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="training.studies.activations", description=__doc__.partition("\n")[0])
    parser.add_argument("overrides", nargs="*", help="section.key=value, for all runs")
    return run_script(parser, study, arguments, OUT)


def study(options: argparse.Namespace) -> StudyResult:
    """Train and score, then write the table."""
    overrides = (*(QUICK if options.quick else ()), *options.overrides)
    seeds = range(1, options.seeds + 1)
    runs = [plan_run(name, seed, overrides, options.config) for seed in seeds for name in ACTIVATIONS]
    return run_and_write(runs, options, write)


def plan_run(activation: str, seed: int, overrides: Sequence[str], config: Path) -> StudyRun:
    """The backdoored run of an activation, started from the clean run of the same activation and seed."""
    words = (f"poison.key_seed={2020 + seed}", f"network.activation={activation}", *overrides)
    run = StudyRun({"activation": activation}, words, seed=seed, config=config)
    return replace(run, after=clean_run(run), extra=EXTRA)


def write(rows: Sequence[dict[str, Any]], out: Path, *, quick: bool = False) -> None:
    """Write the tables of a study's rows."""
    summaries = summarise(rows, by=("activation",))
    parts = ["# One backbone, three activations", "", "## Pruning", "", markdown(summaries, COLUMNS)]
    parts += ["## Feature space", "", markdown(by_model(summaries, FEATURES), FEATURES)]
    write_tables(out, "activations", summaries, "\n".join(parts), quick=quick)


if __name__ == "__main__":
    sys.exit(main())
