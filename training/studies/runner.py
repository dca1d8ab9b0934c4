"""Run a study: train and score many runs; each becomes one row of a table.

For scripts that compare runs (compare_attacks, compare_heads and sweep in this folder):

    run = StudyRun({"attack": "wanet"}, ("poison.k=12",), seed=1, extra=("training.mine:figures",))
    runs = [replace(run, after=clean_run(run)), ...]            # starts from the clean run of the same settings
    result = run_study(runs, Path("runs/mine"))                 # trains and scores what is not done yet
    result.rows                    # one dict a run, in order: labels, seed, run, quick, metrics; also in runs.csv
    result.failed                  # names of runs that failed; the others continued
    summaries = summarise(result.rows, by=("attack",))          # mean, sd, n over the seeds
    text = markdown(summaries, [BENIGN, AE, ASR5]); write_tables(out, "summary", summaries, text, quick=False)

The script's main() is run_script() of training.studies.script.

Trained runs are cached in runs/study, in folders named after a hash of their settings.  Two studies that share a run
train it once, a run with changed settings is a new run, and an interrupted run continues where it stopped.  A row holds
the metrics of gazeattack.evaluation.score.evaluate (shares from 0 to 1, angles in degrees), the same of the clean
bundle with the same key (clean_...) and of the constant-mean baseline (mean_predictor_...), and the columns of `extra`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gazeattack.model.bundle_files import SUMS
from training.cli import progress_bar
from training.data.subjects import load_splits
from training.jobs import Job, Place, read_result, run_jobs
from training.studies.held_out import ScoredOn
from training.studies.run import locked, write_task
from training.studies.run_paths import RunPaths, StudyRun, run_paths
from training.studies.score_run import Row, row_path
from training.studies.tables import read_csv, write_csv

CACHE = Path("runs/study")
QUICK = (
    "data.procedural_subjects=24",
    "data.per_subject=16",
    "data.valid_subjects=4",
    "data.valid_per_subject=8",
    "network.base=4",
    "network.hidden=16",
    "train.batch=64",
    "train.epochs=2",
)
"""Overrides that shrink a run to a few seconds.  Such a run only shows that everything works; quote no figure of it."""


@dataclass(frozen=True)
class StudyResult:
    """rows: of the runs that are done, in the order of the runs.  failed: names of the others."""

    rows: list[Row]
    failed: tuple[str, ...]


def clean_run(run: StudyRun) -> StudyRun:
    """The clean run with the same seed and settings except [poison]; all runs that differ only in [poison] share it."""
    kept = tuple(override for override in run.overrides if not override.startswith("poison."))
    return StudyRun({"kind": "clean"}, (*kept, "poison.attack_rate=0"), run.seed, config=run.config)


def run_study(
    runs: Sequence[StudyRun],
    out: Path,
    *,
    place: Place | None = None,
    portraits: Path | None = None,
    held_out: ScoredOn | None = None,
    cache: Path = CACHE,
    quick: bool = False,
) -> StudyResult:
    """Train and score the runs that are not done yet.

    A run is trained after the run that it starts from.  A failed run is reported in one sentence, and the others
    continue.  On ctrl-C or kill every run saves its state, and KeyboardInterrupt is raised
    again.

    Args:
        runs: The runs.
        out: The folder of runs.csv.  It is updated as each run ends; rows of earlier settings stay in it.
        place: Where the runs run; None: one at a time on this machine.
        portraits: A folder of portraits; None renders procedural subjects only.
        held_out: The data to score on; None uses the default.
        cache: The folder of trained runs.
        quick: Marks the rows as too small to quote.
    """
    held_out = held_out or ScoredOn()
    asked = [Task.of(run, cache, portraits, held_out) for run in runs]
    levels = _levels(asked, cache, portraits)
    tasks = [task for level in levels for task in level]
    _render_pools(tasks, portraits, held_out, cache)
    write_rows(out / "runs.csv", asked, quick)
    progress = _Progress(len(tasks), sum(task.done for task in tasks))
    failed: set[Path] = set()
    for level in levels:
        jobs: dict[Job, Task] = {}
        for task in level:
            if task.done:
                continue
            if task.at.clean is not None and task.at.clean.parent in failed:
                failed.add(task.at.folder)
                progress.report(task.run.name, "left out: the run that it needs failed")
                continue
            jobs[task.job(portraits, held_out)] = task

        def on_end(job: Job, succeeded: bool, jobs: dict[Job, Task] = jobs) -> None:
            if succeeded:
                write_rows(out / "runs.csv", asked, quick)
                progress.report(job.name, "done")
            else:
                failed.add(jobs[job].at.folder)
                progress.report(job.name, f"failed: {_last_line(job.output)} (more in {job.output})")

        run_jobs(list(jobs), place or Place(), on_end)
    progress.close()
    return StudyResult(_rows(asked, quick), tuple(task.run.name for task in asked if not task.done))


@dataclass(frozen=True)
class Task:
    """A run to be trained and, if `row` names a file for its metrics, scored."""

    run: StudyRun
    at: RunPaths
    row: Path | None

    @classmethod
    def of(cls, run: StudyRun, cache: Path, portraits: Path | None, held_out: ScoredOn) -> Task:
        """The task that trains and scores a run."""
        at = run_paths(run, cache, portraits)
        return cls(run, at, row_path(run, at, held_out))

    @property
    def result(self) -> Path:
        """The file that exists once the task is done."""
        return self.row or self.at.bundle / SUMS

    @property
    def done(self) -> bool:
        """Whether the task is done."""
        return self.result.exists()

    def job(self, portraits: Path | None, held_out: ScoredOn) -> Job:
        """The process that runs the task."""
        task = write_task(self.run, self.at, portraits, self.row, held_out)
        command = (sys.executable, "-m", "training.studies.run", str(task))
        return Job(self.run.name, command, self.at.folder / "output.txt", self.result)


def _levels(asked: Sequence[Task], cache: Path, portraits: Path | None) -> list[list[Task]]:
    """Every task once, in levels; a task comes after the task that it starts from or is compared with."""
    levels: dict[Path, int] = {}
    tasks: dict[Path, Task] = {}

    def add(task: Task) -> int:
        before = task.run.baseline
        level = 0 if before is None else 1 + add(Task(before, run_paths(before, cache, portraits), None))
        tasks.setdefault(task.result, task)
        levels[task.result] = level
        return level

    for task in asked:
        add(task)
    scored = {task.at.folder for task in tasks.values() if task.row is not None}
    kept = [task for task in tasks.values() if task.row is not None or task.at.folder not in scored]
    return [[task for task in kept if levels[task.result] == n] for n in range(max(levels.values(), default=-1) + 1)]


def _render_pools(tasks: Sequence[Task], portraits: Path | None, held_out: ScoredOn, cache: Path) -> None:
    """Render every pool once and in one process, before several processes need it."""
    waiting = [task for task in tasks if not task.done]
    if not waiting:
        return
    with locked(cache / "pools.lock"):
        if not held_out.own_fold:
            for height, region in {(d.rendered_height, d.region) for d in (task.at.config.data for task in waiting)}:
                held_out.load(portraits, cache / "pools", height, region)
        rendered = [task for task in waiting if not task.at.config.data.set]
        configs = {json.dumps(task.at.config.as_dict()["data"]): task.at.config for task in rendered}
        for config in configs.values():
            load_splits(config, portraits)


def _rows(asked: Sequence[Task], quick: bool) -> list[Row]:
    """The rows of the finished runs."""
    rows = []
    for task in asked:
        if task.row is not None and task.done:
            metrics = read_result(task.row)
            name = f"{task.at.folder.name}/{task.row.stem}"
            rows.append({**task.run.labels, "seed": task.run.seed, "quick": quick, **metrics, "run": name})
    return rows


def write_rows(path: Path, asked: Sequence[Task], quick: bool) -> None:
    """Write the rows of finished runs; rows of other runs, from earlier settings, follow them."""
    rows = _rows(asked, quick)
    own = {task.at.folder.name + "/" + task.row.stem for task in asked if task.row is not None}
    if rows:
        write_csv(path, [*rows, *(row for row in read_csv(path) if row.get("run") not in own)])


def _last_line(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n") if path.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "it left no message")


class _Progress:
    """Progress over runs: one line a run, and on a terminal a bar with the time left."""

    def __init__(self, total: int, done: int) -> None:
        self._total, self._done, self._first, self._started = total, done, done, time.perf_counter()
        self._bar = progress_bar(total=total, initial=done, unit="run", desc="Study", disable=None, smoothing=0)
        self._print(f"{total} runs, {done} done already")

    def report(self, name: str, outcome: str) -> None:
        """Report that one more run has ended."""
        self._done += 1
        left = (time.perf_counter() - self._started) / (self._done - self._first) * (self._total - self._done)
        self._print(
            f"[{self._done}/{self._total}] {name}: {outcome}" + (f"; about {_duration(left)} left" if left else "")
        )
        if self._bar is not None:
            self._bar.update()

    def close(self) -> None:
        """Remove the bar from the terminal."""
        if self._bar is not None:
            self._bar.close()

    def _print(self, text: str) -> None:
        if self._bar is None or self._bar.disable:
            print(text, flush=True)
        else:
            self._bar.write(text)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
