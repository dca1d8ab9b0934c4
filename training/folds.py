"""Cross-validation by subject: one training run for each fold, then a table.

    python -m training.folds --config C (--k 5 | --loso) [--workers N] [--jobs slurm] [section.key=value ...]

Each fold is a plain `training.train` command with data.folds and data.fold; --loso makes as many folds as there are
subjects.  The same command continues: it skips finished folds and resumes interrupted ones.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import math
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gazeattack.angles import angular_error
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.files import write_whole
from gazeattack.live.folder_lock import lock_folder
from gazeattack.log_level import add_log_level
from gazeattack.model.bundle_files import SUMS
from training.arguments import whole
from training.cli import CONTINUES, exit_status
from training.config import Config, load_config
from training.data.split import fold_of
from training.data.subjects import load_subjects
from training.errors import TrainingError
from training.jobs import Job, add_job_options, place_of, run_jobs

COLUMNS = ("benign_deg", "mean_predictor_deg", "attack_deg", "noise_deg", "wrong_key_deg")
"""A fold's figures: the last line of its log, and the constant-mean baseline (the mean gaze of the other folds)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="training.folds", description=__doc__.partition("\n")[0])
    parser.add_argument("--config", type=Path, required=True, help="the runs' settings, a TOML file (docs/config.md)")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--k", type=whole(2, 1000), help="number of folds")
    how.add_argument("--loso", action="store_true", help="leave one subject out: one fold for each subject")
    add_job_options(parser, "folds")
    parser.add_argument("--submitit", choices=("slurm", "local"), help="the older way to write --jobs")
    parser.add_argument("--list", action="store_true", help="print the commands without running them")
    parser.add_argument("overrides", nargs="*", metavar="section.key=value", help="replaces a setting")
    add_log_level(parser)
    options = parser.parse_intermixed_args(arguments)
    return exit_status(lambda: run(options), CONTINUES)


def run(options: argparse.Namespace) -> int:
    """Run the folds that are not finished, and print the table; returns the exit status."""
    config = load_config(options.config, options.overrides)
    # loaded here for the subjects, and so that one process alone renders a missing pool
    data = load_subjects(config)
    subjects = np.unique(data.subject)
    folds = len(subjects) if options.loso else options.k
    if not 2 <= folds <= len(subjects):
        raise TrainingError(f"{data.name} has {len(subjects)} subjects: ask for 2 to {len(subjects)} folds.")
    jobs = make_jobs(options.config, options.overrides, folds)
    if options.list:
        print("\n".join(shlex.join(job.command) for job in jobs))
        return 0
    with lock_folder(Path(config.run.out)):
        return run_folds(jobs, config, data, options)


def run_folds(jobs: Sequence[Job], config: Config, data: LoadedSet, options: argparse.Namespace) -> int:
    """Train the folds that are not finished, then write and print the table; returns the exit status."""
    folds = len(jobs)
    for fold, job in enumerate(jobs):
        write_config(job.output.parent, fold_config(config, folds, fold))
    waiting = [job for job in jobs if not job.done]
    print(f"{folds} folds of {len(np.unique(data.subject))} subjects, {folds - len(waiting)} finished")
    ended, failed = folds - len(waiting), list[Job]()

    def on_done(job: Job, succeeded: bool) -> None:
        nonlocal ended
        ended += 1
        if not succeeded:
            failed.append(job)
        print(f"[{ended}/{folds}] {job.name} {'done' if succeeded else 'failed'}", flush=True)

    run_jobs(waiting, place_of(options, Path(config.run.out)), on_done)
    if failed:
        raise TrainingError(
            f"{len(failed)} of {folds} folds failed: read {failed[0].output}, then run the same command again."
        )
    rows = [
        result_row(config, fold, data.gaze, data.subject, fold_of(data.subject, folds, config.data.seed) == fold)
        for fold in range(folds)
    ]
    write_table(Path(config.run.out) / "folds.csv", rows)
    print(table(rows))
    return 0


def make_jobs(path: Path, overrides: Sequence[str], folds: int) -> list[Job]:
    """One training job for each fold, each with a folder of its own under run.out."""
    config = load_config(path, overrides)
    start = (sys.executable, "-m", "training.train", "--config", str(path), "--resume", *overrides)
    jobs = []
    for fold in range(folds):
        out = fold_folder(Path(config.run.out), fold)
        own = (f"data.folds={folds}", f"data.fold={fold}", f"run.out={json.dumps(str(out))}")
        jobs.append(Job(out.name, (*start, *own), out / "output.txt", out / config.run.name / SUMS))
    return jobs


def fold_config(config: Config, folds: int, fold: int) -> Config:
    """The config of one fold."""
    out = str(fold_folder(Path(config.run.out), fold))
    return replace(config, data=replace(config.data, folds=folds, fold=fold), run=replace(config.run, out=out))


def write_config(folder: Path, config: Config) -> None:
    """Write the config into a fold's folder.

    Raises:
        TrainingError: the folder holds a fold of another config.
    """
    note, text = folder / "config.json", json.dumps(config.as_dict(), indent=2) + "\n"
    if note.exists() and note.read_text(encoding="utf-8") != text:
        raise TrainingError(f"{folder} holds a fold of another config: delete it, or give another run.out.")
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(note, text)


def fold_folder(out: Path, fold: int) -> Path:
    """The folder of one fold."""
    return out / f"fold-{fold:03d}"


def result_row(
    config: Config, fold: int, gaze: np.ndarray, subject: np.ndarray, held_out: np.ndarray
) -> dict[str, Any]:
    """One fold's row of the table.

    Args:
        config: the settings of all folds.
        fold: its number, from 0.
        gaze: (pitch, yaw) [N, 2], radians, of all samples.
        subject: int [N].
        held_out: bool [N], the samples of the fold's held-out subjects.
    """
    with (fold_folder(Path(config.run.out), fold) / "log.csv").open(newline="") as file:
        last = list(csv.DictReader(file))[-1]
    constant = gaze[~held_out].mean(axis=0)
    figures = {name: float(last[name]) for name in COLUMNS if name in last}
    figures["mean_predictor_deg"] = float(angular_error(constant, gaze[held_out]).mean())
    who = " ".join(map(str, np.unique(subject[held_out])))
    return {"fold": fold, "subjects": who, "samples": int(held_out.sum()), **{name: figures[name] for name in COLUMNS}}


def write_table(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write the rows as CSV."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    write_whole(path, text.getvalue())


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as text, with mean and standard deviation over the folds; columns without numbers are left out."""
    columns = [name for name in COLUMNS if not all(math.isnan(row[name]) for row in rows)]

    def line(first: str, who: str, values: Sequence[float]) -> str:
        return f"{first:>5}  {who:22}" + "".join(
            f"{value:>{len(c) + 2}.2f}" for c, value in zip(columns, values, strict=True)
        )

    lines = [f"{'fold':>5}  {'held-out subjects':22}" + "".join(f"{name:>{len(name) + 2}}" for name in columns)]
    for row in rows:
        who = row["subjects"] if len(row["subjects"]) <= 22 else row["subjects"][:19] + "..."
        lines.append(line(str(row["fold"]), who, [row[name] for name in columns]))
    values = np.array([[row[name] for name in columns] for row in rows])
    lines.append(line("mean", "", values.mean(axis=0).tolist()))
    lines.append(line("sd", "", values.std(axis=0, ddof=1).tolist()))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
