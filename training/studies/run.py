"""The process that trains and scores one run of a study.

python -m training.studies.run TASK.json          training.studies.runner starts it
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from gazeattack.files import write_whole
from gazeattack.log_level import add_log_level
from gazeattack.model.bundle import load_bundle
from training.cli import CONTINUES, exit_status
from training.config import Config, load_config, parse_value
from training.data.subjects import load_splits
from training.errors import TrainingError
from training.jobs import read_result
from training.studies.held_out import ScoredOn
from training.studies.run_paths import ROOT, STUDY_CONFIG, RunPaths, StudyRun, same_weights
from training.studies.score_run import score, screen_columns
from training.train import train

try:
    import fcntl
except ImportError:  # on Windows, two studies at a time must not share a cache
    fcntl = None  # type: ignore[assignment]


def write_task(run: StudyRun, at: RunPaths, portraits: Path | None, row: Path | None, scored_on: ScoredOn) -> Path:
    """Write the task file of a run.  It holds the settings, so later changes of the config file do not matter.

    Args:
        run: The run.
        at: Its files.
        portraits: A folder of portraits, or None.
        row: The file for its metrics; None only trains.
        scored_on: The held-out data.

    Raises:
        TrainingError: The folder holds another run.
    """
    note, values = at.folder / "config.json", at.config.as_dict()
    at.folder.mkdir(parents=True, exist_ok=True)
    if note.exists():
        if not same_weights(read_result(note), at.config):
            raise TrainingError(f"{at.folder} holds a run that was trained with other defaults: delete it.")
    else:
        _write(note, values)
    task = at.folder / ("train.json" if row is None else row.name.replace("row-", "task-"))
    _write(
        task,
        {
            "config": values,
            "portraits": None if portraits is None else str(portraits),
            "clean": None if at.clean is None else str(at.clean),
            "key": at.key,
            "row": None if row is None else str(row),
            "scored_on": asdict(scored_on),
            "extra": list(run.extra),
        },
    )
    return task


def _write(path: Path, value: Any) -> None:
    write_whole(path, json.dumps(value, indent=2) + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a task; returns the exit status."""
    parser = argparse.ArgumentParser(prog="training.studies.run", description=__doc__.partition("\n")[0])
    parser.add_argument("task", type=Path)
    add_log_level(parser)
    task = parser.parse_args(arguments).task
    return exit_status(lambda: run_task(read_result(task)), CONTINUES)


def run_task(task: Mapping[str, Any]) -> None:
    """Train the run if it is not trained yet, then score it."""
    config = Config.from_dict(task["config"])
    portraits = None if task["portraits"] is None else Path(task["portraits"])
    folder = Path(config.run.out)
    at = RunPaths(folder, config, None if task["clean"] is None else Path(task["clean"]), task["key"])
    # another study may be training the same run
    with locked(folder / "lock"):
        if not at.trained:
            train(config, portraits, resume=True, command=command_line(config, portraits), strict=True)
    if task["row"] is None:
        return
    torch.set_num_threads(config.run.threads)
    held_out = ScoredOn(**task["scored_on"])
    if held_out.own_fold:
        data = load_splits(config, portraits)[1]
    else:
        data = held_out.load(portraits, Path(config.data.cache), config.data.rendered_height, config.data.region)
    row = score(at, data, task["extra"])
    if held_out.screen:
        row |= screen_columns(load_bundle(at.bundle), Path(held_out.screen))
    _write(Path(task["row"]), row)


def command_line(config: Config, portraits: Path | None) -> str:
    """The command that trains the same run without a study, from the repository's root; for the model card."""
    usual = load_config(STUDY_CONFIG).as_dict()
    words = ["python", "-m", "training.train", "--config", STUDY_CONFIG.relative_to(ROOT).as_posix()]
    words += [] if portraits is None else ["--portraits", str(portraits)]
    words += [
        f"{section}.{name}={_as_typed(value)}"
        for section, entries in config.as_dict().items()
        for name, value in entries.items()
        if value != usual[section][name]
    ]
    return shlex.join(words)


def _as_typed(value: str | int | float | bool) -> str:
    """A value as an override; a string is quoted only if it would be parsed as something else."""
    if isinstance(value, str):
        return value if parse_value(value) == value else json.dumps(value)
    return json.dumps(value)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock for one process at a time; the system releases it if that process is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    sys.exit(main())
