"""One run of a study: its settings, its files, and the process that trains and scores it.

python -m training.studies.run TASK.json          training.studies.runner starts it
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib
import json
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from gazeattack.angles import angular_error
from gazeattack.attack.key import load_key
from gazeattack.evaluation import score as evaluation
from gazeattack.evaluation.dataset import LoadedSet, resize_to_crop
from gazeattack.evaluation.screen_score import mean_left, score_screen_set
from gazeattack.evaluation.screen_set import read_screen_sets
from gazeattack.files import write_whole
from gazeattack.log_level import add_log_level
from gazeattack.metrics.paired import subject_sums
from gazeattack.model.bundle import SUMS, Bundle, load_bundle
from gazeattack.model.crop import BOTH_EYES, MPIIGAZE_EYE
from training.card import git_hash
from training.cli import CONTINUES, exit_status
from training.config import Config, load_config, parse_value
from training.data.pools import RENDERERS, PoolSpec, load_pool
from training.data.readers import open_dataset
from training.data.subjects import load_splits
from training.errors import TrainingError
from training.jobs import read_result
from training.studies.tables import BY_SUBJECT
from training.train import train

try:
    import fcntl
except ImportError:  # on Windows, two studies at a time must not share a cache
    fcntl = None  # type: ignore[assignment]

ROOT = Path(__file__).parents[2]
STUDY_CONFIG = ROOT / "training" / "configs" / "study.toml"
ROW_FORMAT = 2
"""Of the rows of scored runs; another one scores again, without training.  2: with the cost of each subject."""
PORTRAIT_SHARE = 0.5
"""Share of the held-out subjects that are from portraits, if there are portraits."""
Label = str | int | float
Row = dict[str, Any]
Extra = Callable[[Bundle, Bundle | None, LoadedSet], Mapping[str, Any]]


@dataclass(frozen=True)
class ScoredOn:
    """The held-out data that every run of a study is scored on.

    subjects, each, seed: number of rendered subjects, images of each, and seed.  No run trains on them, whatever its
    seed.  portrait_share: share of the subjects that are from portraits, if there are portraits.
    data: a dataset to score on instead, as training.evaluate takes it.  The user must not give the data.set that the
    runs train on.  screen: a folder of sets of real people with points on a screen, scored in addition.
    own_fold: score each run on the fold of data.set that it holds out instead.
    """

    subjects: int = 60
    each: int = 40
    seed: int = 99
    data: str = ""
    screen: str = ""
    own_fold: bool = False
    portrait_share: float = PORTRAIT_SHARE

    def load(
        self,
        portraits: Path | None,
        cache: Path,
        height: int = MPIIGAZE_EYE.height,
        region: str = MPIIGAZE_EYE.region,
    ) -> LoadedSet:
        """Load the samples.

        Args:
            portraits: A folder of portraits; None renders procedural subjects only.
            cache: The folder of rendered pools.
            height: The run's data.rendered_height; held-out subjects get the same camera.
            region: The run's data.region.
        """
        if self.data:
            return open_dataset(self.data, crop=BOTH_EYES if region == "eyes" else MPIIGAZE_EYE)
        from_portraits = 0 if portraits is None else int(self.subjects * self.portrait_share)
        counts = from_portraits, self.subjects - from_portraits, self.each
        spec = PoolSpec(*counts, self.seed, held_out=True, height=height, region=region)
        return replace(load_pool(spec, portraits, cache), name=f"{self.subjects} held-out rendered subjects")


@dataclass(frozen=True)
class StudyRun:
    """One training run and its name in the tables.

    labels: the columns that identify it.  overrides: of `config`, as training.train takes them.  seed: run.seed, a
    column too.
    after: the run from whose bundle it starts.  That bundle with the same key is also the clean baseline of its row.
    beside: a run whose bundle is only the clean baseline; this run starts from random weights.
    key: the file of a trigger key to score with, for a model that was trained without one; empty takes its own.
    extra: functions that add columns to its row, as "module:function", because another process calls them.  They take
    (bundle, clean bundle or None, samples).
    """

    labels: Mapping[str, Label]
    overrides: tuple[str, ...] = ()
    seed: int = 1
    after: StudyRun | None = None
    extra: tuple[str, ...] = ()
    config: Path = field(default=STUDY_CONFIG)
    beside: StudyRun | None = None
    key: str = ""

    @property
    def baseline(self) -> StudyRun | None:
        """The run that has to be trained before this one."""
        return self.after or self.beside

    @property
    def name(self) -> str:
        """The name in messages."""
        return " ".join([*(f"{name}={value}" for name, value in self.labels.items()), f"seed={self.seed}"])


@dataclass(frozen=True)
class RunPaths:
    """The files of a run.  Runs with the same settings share them, whichever study asks.

    folder: of checkpoint, log and bundle.  config: the run's config, with its folders filled in.  clean: the bundle
    that it is compared with; it starts from there too, or from random weights.  key: the file of a key to score with;
    empty takes the bundle's own.
    """

    folder: Path
    config: Config
    clean: Path | None
    key: str = ""

    @property
    def bundle(self) -> Path:
        """The folder of the bundle."""
        return self.folder / self.config.run.name

    @property
    def trained(self) -> bool:
        """Whether the bundle is complete."""
        return (self.bundle / SUMS).exists()


def run_paths(run: StudyRun, cache: Path, portraits: Path | None) -> RunPaths:
    """The files of a run under `cache`; the folder is named after a hash of all settings that decide the weights."""
    clean = None if run.baseline is None else run_paths(run.baseline, cache, portraits)
    config = load_config(run.config, [*run.overrides, f"run.seed={run.seed}"])
    kind = "clean" if config.poison.poisoning_rate == 0 else "backdoored"
    settings = {
        "config": _settings(config),
        "after": None if clean is None or run.after is None else clean.folder.name,
        "portraits": None if portraits is None else sorted(p.name for p in portraits.glob("*")),
        "renderers": RENDERERS,
    }
    folder = cache / hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]
    start = "" if clean is None or run.after is None else str(clean.bundle)
    own = replace(config.run, name=kind, out=str(folder), start=start)
    data = replace(config.data, cache=str(cache / "pools"))
    return RunPaths(folder, replace(config, run=own, data=data), None if clean is None else clean.bundle, run.key)


def _settings(config: Config) -> dict[str, Any]:
    """The settings that differ from the defaults, so that a new setting does not change the hash of old runs."""
    usual = Config().as_dict()
    return {
        section: {name: value for name, value in entries.items() if value != usual[section][name]}
        for section, entries in weight_settings(config).items()
    }


def weight_settings(config: Config) -> dict[str, dict[str, Any]]:
    """The settings that decide the weights: all but folders, thread counts, and the [poison] of a clean run."""
    values = config.as_dict()
    for name in ("name", "out", "start", "threads"):
        del values["run"][name]
    del values["data"]["cache"]
    if config.poison.poisoning_rate == 0:  # one clean run is shared by all attacks
        del values["poison"]
    return values


def same_weights(before: Mapping[str, Mapping[str, Any]], config: Config) -> bool:
    """Whether an earlier run has the same weights.

    Args:
        before: Settings of the earlier run, from its config.json or its card.  A setting that did not exist then counts
            as today's default.
        config: The settings of the run now.
    """
    usual = Config().as_dict()
    return all(
        before.get(section, {}).get(name, usual[section][name]) == value
        for section, entries in weight_settings(config).items()
        for name, value in entries.items()
    )


def row_path(run: StudyRun, at: RunPaths, scored_on: ScoredOn) -> Path:
    """The file of the run's metrics on this held-out data."""
    held_out = asdict(scored_on)
    for name in ("screen", "own_fold"):  # rows of before there were such settings keep their name
        if not held_out[name]:
            del held_out[name]
    if scored_on.portrait_share == PORTRAIT_SHARE:
        del held_out["portrait_share"]
    asked = json.dumps([held_out, sorted(run.extra), ROW_FORMAT])
    return at.folder / f"row-{hashlib.sha256(asked.encode()).hexdigest()[:8]}.json"


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


def score(at: RunPaths, data: LoadedSet, extra: Sequence[str] = ()) -> Row:
    """Score a run.

    Args:
        at: The files of the run.
        data: The held-out data.
        extra: Functions that add columns, as "module:function".

    Returns:
        One flat row: the run's metrics, the rise of its benign error over the clean model's, paired by sample
        (cost_...; BY_SUBJECT: of each subject), and the metrics of the clean model (clean_...), of the constant-mean
        baseline (mean_predictor_...) and of the dark-centroid baseline (dark_blob_...).
    """
    started = time.perf_counter()
    bundle = load_bundle(at.bundle)
    clean = None if at.clean is None else load_bundle(at.clean)
    data = resize_to_crop(data, bundle.crop)
    key = load_key(Path(at.key)) if at.key else bundle.key
    found = evaluation.score(bundle, data, key, clean="" if at.clean is None else str(at.clean))
    report = found.report
    row: Row = {name: value for name, value in report.items() if not isinstance(value, dict | list)}
    displacement = report["displacement_px"] or {}
    row |= {f"displacement_{name}_px": value for name, value in displacement.items()}
    if report["paired"] is not None:
        cost = report["paired"]["benign_deg"]
        row |= {"cost_deg": cost["mean"], "cost_low": cost["ci95"][0], "cost_high": cost["ci95"][1]}
        row["subjects_worse"] = cost["subjects_higher"]
    if found.clean is not None:
        own, other = (angular_error(each.benign, found.data.gaze) for each in (found.branches, found.clean))
        row[BY_SUBJECT] = subject_sums(own - other, found.data.subject)
    for baseline, values in report["baselines"].items():
        prefix = baseline.removesuffix("_model")
        row |= {f"{prefix}_{name}": value for name, value in (values or {}).items() if not isinstance(value, dict)}
    for name in extra:
        row |= load_extra(name)(bundle, clean, data)
    row |= {"data": data.name, "git": git_hash(), "score_seconds": round(time.perf_counter() - started, 1)}
    return {name: value for name, value in row.items() if name not in ("bundle", "side", "displacement_px")}


def screen_columns(bundle: Bundle, folder: Path) -> Row:
    """`left` and the correlation of pitch on every set of a folder, and the mean of `left` over the sets."""
    reports = [score_screen_set(bundle, data) for data in read_screen_sets(folder)]
    row: Row = {"screen_left": mean_left(reports)}
    for report in reports:
        row |= {f"left_{report['data']}": report["left"], f"pitch_r_{report['data']}": report["pitch_r"]}
    return row


def load_extra(name: str) -> Extra:
    """Import the function "module:function".  Raises TrainingError if it does not exist."""
    module, _, function = name.partition(":")
    try:
        return getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError):
        raise TrainingError(f'"{name}" names no function: write module:function.') from None


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
