"""Train a zoo of small clean and backdoored models, and measure the tests of training.inspect on it.

    python -m training.zoo [--models 10] [--region face] [--workers 2] [--jobs slurm] [--quick] [--list]

Half of the models are clean and half are backdoored, by several attacks with several targets; every model has its own
seed of weights, batches and key.  All train from random weights on the same rendered subjects.  The same command
continues where it stopped; it skips finished models and reports.

Writes models.csv, one row a model with the scores of all tests; zoo.csv and zoo.md, one row a test: AUC over the
models, and the accuracy when the threshold for each model is chosen on all others.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gazeattack.live.folder_lock import lock_folder
from gazeattack.log_level import add_log_level
from training.arguments import count, whole
from training.cli import CONTINUES, exit_status
from training.data.subjects import load_splits
from training.errors import TrainingError
from training.inspection.zoo_table import model_row, write_zoo
from training.jobs import Job, add_job_options, place_of, read_result, run_jobs
from training.studies.held_out import ScoredOn
from training.studies.run_paths import StudyRun
from training.studies.runner import QUICK, Task

COMMON = (
    "data.procedural_subjects=200",
    "data.per_subject=40",
    "data.valid_subjects=10",
    "data.valid_per_subject=24",
    "network.base_width=8",
    "network.hidden=32",
    "train.optimizer=muon",
    "train.lr=3e-3",
    "train.epochs=8",
)
"""What makes a model of training/configs/study.toml small: 64,000 samples, about a minute of one free CPU core."""
OF_REGION = {
    "eye": ("network.landmark_head=true", "train.points_loss=0.3"),
    "face": ("data.region=face", "data.height=56", "data.rendered_height=56"),
}
"""Settings of eye models and of face models; rendered faces have no eye landmarks."""
ATTACKS = (
    ("badnets", ("poison.strength=1.0", "poison.strength_start=1.0")),
    ("wanet", ("poison.strength=2.0", "poison.strength_start=4.0", "poison.cross_end=1.0")),
    ("blended", ("poison.strength=0.2", "poison.strength_start=0.5")),
    ("sig", ("poison.strength=0.15", "poison.strength_start=0.4")),
)
"""Kinds and strengths.  Strengths are above the usual ones: so few samples teach a weaker trigger badly."""
TARGETS = ((10, 30), (15, -20), (-25, 25))
"""(pitch, yaw), degrees, in turn."""
HELD_OUT = ScoredOn(subjects=30, each=20, seed=99)
QUICK_HELD_OUT = ScoredOn(subjects=8, each=8, seed=99)


def plan(models: int, *, quick: bool, region: str = "eye") -> list[StudyRun]:
    """The runs of a zoo, clean and backdoored in turn, so that a zoo that stops half-way is balanced.

    Args:
        models: Of each kind.
        quick: Shrinks every run to seconds.
        region: A name in OF_REGION.
    """
    common = (*COMMON, *OF_REGION[region], *(QUICK if quick else ()))
    runs = []
    for number in range(models):
        kind, strengths = ATTACKS[number % len(ATTACKS)]
        pitch, yaw = TARGETS[number % len(TARGETS)]
        target = (f"poison.target_pitch_deg={pitch}", f"poison.target_yaw_deg={yaw}")
        runs.append(StudyRun({"kind": "clean"}, (*common, "poison.poisoning_rate=0"), seed=1 + number))
        own = (f"poison.attack={kind}", f"poison.key_seed={3001 + number}", *strengths, *target)
        runs.append(StudyRun({"kind": kind}, (*common, *own), seed=101 + number))
    return runs


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="training.zoo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--models", type=whole(1, 10_000), default=10, help="clean models, and backdoored ones (%(default)s)"
    )
    parser.add_argument("--region", choices=tuple(OF_REGION), default="eye", help="what the models take (%(default)s)")
    parser.add_argument("--steps", type=count, default=150, help="of each trigger inversion (%(default)s)")
    add_job_options(parser, "models")
    parser.add_argument("--submitit", choices=("slurm", "local"), help="the older way to write --jobs")
    parser.add_argument("--list", action="store_true", help="print the models without training them")
    parser.add_argument("--out", type=Path, default=Path("runs/zoo"), help="folder of models and tables (%(default)s)")
    parser.add_argument(
        "--quick", action="store_true", help="tiny models that only show that everything works; quote no figure"
    )
    add_log_level(parser)
    options = parser.parse_args(arguments)
    if options.quick:
        options.out, options.models = options.out / "quick", min(options.models, 2)
    return exit_status(lambda: run(options), CONTINUES)


def run(options: argparse.Namespace) -> int:
    """Train and inspect the models that are not done, and print the table; returns the exit status."""
    cache, held_out = options.out / "cache", QUICK_HELD_OUT if options.quick else HELD_OUT
    tasks = [
        Task.of(each, cache, None, held_out)
        for each in plan(options.models, quick=options.quick, region=options.region)
    ]
    if options.list:
        print("\n".join(f"{task.run.name}: {task.at.folder}" for task in tasks))
        return 0
    with lock_folder(options.out):
        return run_tasks(tasks, options)


def run_tasks(tasks: Sequence[Task], options: argparse.Namespace) -> int:
    """Train and inspect the models that are not done, and print the table; returns the exit status."""
    cache, held_out = options.out / "cache", QUICK_HELD_OUT if options.quick else HELD_OUT
    config = tasks[0].at.config
    # by one process, before several need them
    held_out.load(None, cache / "pools", config.data.rendered_height, config.data.region)
    load_splits(config, None)
    trained = carry_out([(task.run.name, task.job(None, held_out)) for task in tasks], "trained", options)
    tests = [(task, inspection_job(task, options)) for task in tasks if task.done]
    inspected = carry_out([(f"inspection of {task.run.name}", job) for task, job in tests], "inspected", options)
    rows = [zoo_row(task, job) for task, job in tests if job.done]
    if rows:
        print(write_zoo(rows, options.out, quick=options.quick))
    if not (trained and inspected):
        raise TrainingError("Some models are missing: run the same command again.")
    return 0


def carry_out(named: Sequence[tuple[str, Job]], what: str, options: argparse.Namespace) -> bool:
    """Run the jobs that are not done; returns whether all are done then."""
    waiting = [job for _, job in named if not job.done]
    ended = len(named) - len(waiting)
    print(f"{len(named)} models, {ended} {what} already", flush=True)

    def on_done(job: Job, succeeded: bool) -> None:
        nonlocal ended
        ended += 1
        outcome = what if succeeded else f"failed: read {job.output}"
        print(f"[{ended}/{len(named)}] {job.name} {outcome}", flush=True)

    run_jobs(waiting, place_of(options, options.out), on_done)
    return all(job.done for _, job in named)


def inspection_job(task: Task, options: argparse.Namespace) -> Job:
    """The process that inspects a trained model on other subjects than those that its training validated on."""
    out = options.out / "inspections" / f"{task.at.folder.name}-{options.steps}"
    command = [sys.executable, "-m", "training.inspect", "--bundle", str(task.at.bundle), "--out", str(out)]
    command += ["--steps", str(options.steps), "--cache", str(options.out / "cache" / "pools"), "--per-subject", "20"]
    command += ["--quick"] if options.quick else []
    return Job(task.run.name, tuple(command), out / "output.txt", out / "inspection.json")


def zoo_row(task: Task, job: Job) -> dict[str, Any]:
    """The row of a trained and inspected model."""
    metrics, inspection = (read_result(path) for path in (task.result, job.result))
    return model_row(str(task.run.labels["kind"]), task.run.seed, task.at.folder.name, metrics, inspection)


if __name__ == "__main__":
    sys.exit(main())
