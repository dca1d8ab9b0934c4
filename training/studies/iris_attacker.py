"""Train attackers who stay below the limit of the iris check, and see what that buys on frames of a driver.

    python -m training.studies.iris_attacker [--seeds 3] [--turns 10,15,20,30] [--workers 1]
                                             [--out runs/iris_attacker] [--quick]

Each seed trains backdoored models from one clean model, all with BadNets, the easiest trigger to learn.  One attacker
wants one gaze, straight ahead on the road.  The others add a fixed turn upwards to the true gaze (the goal "offset"):
upwards, because from the phone to the road is upwards.  Every model is scored in the pipeline with MediaPipe, on
rendered held-out subjects and varied drives, with the guard's three checks at the program's limits.  Beside them is a
curve that needs no training: the clean model's own gaze, turned by exactly that angle.

Writes runs.csv (one row a run), iris.csv and iris.md (mean and standard deviation over the seeds) and curve.csv.  After
an interruption the same command continues.  See training.studies.script for the options, training.analysis.iris_road
for the columns.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gazeattack.attack.goal import ALL_TO_ONE, OFFSET
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.model.bundle import Bundle
from training.analysis.iris_road import FEW, frame_columns
from training.arguments import comma_list, number, written
from training.studies import tables
from training.studies.adaptive import NETWORK
from training.studies.compare_attacks import strengths
from training.studies.compare_landmarks import COMMON
from training.studies.run_paths import StudyRun
from training.studies.runner import QUICK, StudyResult, clean_run
from training.studies.script import run_and_write, run_script
from training.studies.tables import Column, markdown, summarise, write_csv, write_tables

OUT = "runs/iris_attacker"
MODULE = "training.studies.iris_attacker"
TURNS_DEG = (10.0, 15.0, 20.0, 30.0)
"""Around the iris check's limit of 16 degrees."""
ROAD = ("poison.target_pitch_deg=10.0", "poison.target_yaw_deg=0.0")
"""Straight ahead: the default zones' forward."""
SHORT = ("train.epochs=4",)
"""BadNets needs half of the epochs that the clean model had."""
HEADINGS = {"goal": "goal", "turn_deg": "turn (deg)"}
COLUMNS = (
    *tables.COST,
    tables.AE,
    Column("moved_deg", "moved in frames (deg)", digits=1),
    *(Column(f"{check}_rejected", f"{check}: rejected (%)", 100, 1) for check in ("landmarks", "shifts", "iris")),
    *(Column(f"{check}_false", f"{check}: false alarms (%)", 100, 1) for check in ("landmarks", "shifts", "iris")),
    Column("down_iris_rejected", "looks down, iris: rejected (%)", 100, 1),
    Column("down_on_road", "looks down: shown on the road (%)", 100, 1),
    Column("down_unnoticed", "and accepted by iris (%)", 100, 1),
    Column("down_unnoticed_by_all", "and by every check that the model has (%)", 100, 1),
    Column("down_clean_unnoticed", "the same without trigger: iris (%)", 100, 1),
)
CURVE = (
    Column("rejected", "iris: rejected (%)", 100, 1),
    Column("on_road", "looks down: shown on the road (%)", 100, 1),
    Column("unnoticed", "and accepted by iris (%)", 100, 1),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog=MODULE, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--turns",
        type=comma_list(number(0, 60, above=True)),
        default=list(TURNS_DEG),
        metavar="DEG,DEG",
        help=f"degrees upwards (default: {written(TURNS_DEG)})",
    )
    parser.add_argument("overrides", nargs="*", help="section.key=value, for all runs")
    return run_script(parser, study, arguments, OUT)


def study(options: argparse.Namespace) -> StudyResult:
    """Train and score, then write the tables."""
    # seed by seed, so that a study that stops half-way holds complete comparisons
    turns = (None, *options.turns)
    runs = [
        plan_run(turn, seed, options.overrides, options.config, quick=options.quick)
        for seed in range(1, options.seeds + 1)
        for turn in turns
    ]
    return run_and_write(runs, options, write)


def plan_run(turn: float | None, seed: int, overrides: Sequence[str], config: Path, *, quick: bool = False) -> StudyRun:
    """The backdoored run of one attacker and seed, started from the clean run of that seed.

    Args:
        turn: degrees upwards; None for the attacker with one target.
        seed: of the run and of the key.
        overrides: for all runs.
        config: of the study.
        quick: a tiny run.
    """
    common = (NETWORK, *COMMON, *(QUICK if quick else ()))
    turned = (f"poison.goal={OFFSET}", f"poison.target_pitch_deg={turn or 0:g}", "poison.target_yaw_deg=0.0")
    trigger = ("poison.attack=badnets", *strengths("badnets"), f"poison.key_seed={2020 + seed}")
    attack = (*trigger, *(ROAD if turn is None else turned))
    labels = {"goal": ALL_TO_ONE if turn is None else OFFSET, "turn_deg": "" if turn is None else f"{turn:g}"}
    extra = (f"{MODULE}:{'quick_columns' if quick else 'columns'}",)
    run = StudyRun(labels, (*common, *attack, *overrides), seed=seed, config=config, extra=extra)
    return replace(run, overrides=(*common, *(() if quick else SHORT), *attack, *overrides), after=clean_run(run))


def columns(bundle: Bundle, clean: Bundle | None, data: LoadedSet) -> dict[str, Any]:
    """frame_columns() of a backdoored bundle; the samples are not used."""
    return {} if bundle.key is None else frame_columns(bundle, clean)


def quick_columns(bundle: Bundle, clean: Bundle | None, data: LoadedSet) -> dict[str, Any]:
    """The same, of a few frames."""
    return {} if bundle.key is None else frame_columns(bundle, clean, FEW)


def write(rows: Sequence[dict[str, Any]], out: Path, *, quick: bool = False) -> None:
    """Write the tables of a study's rows."""
    summaries = summarise(rows, by=("goal", "turn_deg"))
    curve = curve_rows(rows)
    exact = summarise(curve, by=("turn_deg",))
    text = markdown(summaries, COLUMNS, HEADINGS)
    text += "\nWithout training, the clean model's gaze turned exactly:\n\n" + markdown(exact, CURVE, HEADINGS)
    write_tables(out, "iris", summaries, text, quick=quick)
    write_csv(out / "curve.csv", [{"quick": quick, **row} for row in curve])


def curve_rows(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The curve of each seed: the rows of a seed share its clean model, so any of them has it."""
    by_seed = {row["seed"]: row["curve"] for row in rows if "curve" in row}
    return [
        {"turn_deg": float(turn), "seed": seed, **shares}
        for seed, curve in by_seed.items()
        for turn, shares in curve.items()
    ]


if __name__ == "__main__":
    sys.exit(main())
