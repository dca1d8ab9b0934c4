"""One run of a study: what it is, where it lies, and the process that trains and scores it.

python -m training.studies.run TASK.json          as training.studies.runner starts it
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
from typing import Any, get_type_hints

import torch

from gazeattack.evaluation.dataset import LoadedSet, fit
from gazeattack.evaluation.score import evaluate
from gazeattack.log_level import add_log_level
from gazeattack.model.bundle import SUMS, Bundle, load_bundle
from gazeattack.model.crop import BOTH_EYES, MPIIGAZE_EYE
from training.card import git_hash
from training.cli import GOES_ON, exit_status
from training.config import Config, load_config, parse_value
from training.data.pools import RENDERERS, PoolSpec, load_pool
from training.data.readers import open_dataset
from training.errors import TrainingError
from training.train import train

try:
    import fcntl
except ImportError:  # Windows: two studies at once must not share a cache there
    fcntl = None  # type: ignore[assignment]

ROOT = Path(__file__).parents[2]
STUDY_CONFIG = ROOT / "training" / "configs" / "study.toml"
Label = str | int | float
Row = dict[str, Any]
Extra = Callable[[Bundle, Bundle | None, LoadedSet], Mapping[str, Any]]


@dataclass(frozen=True)
class ScoredOn:
    """The people whom every run of a study is scored on.

    subjects, each, seed: of the rendered ones, half of them from portraits where there are portraits; no run trains on
    them, whatever its seed.  data: a dataset to score on instead, as training.evaluate takes it, all of it; that it is
    not the data.set which the runs train on is for the user to see to.
    """

    subjects: int = 60
    each: int = 40
    seed: int = 99
    data: str = ""

    def load(
        self,
        portraits: Path | None,
        cache: Path,
        height: int = MPIIGAZE_EYE.height,
        region: str = MPIIGAZE_EYE.region,
    ) -> LoadedSet:
        """The samples.  height, region: the run's data.rendered_height, whose camera photographs these people too, and
        data.region."""
        if self.data:
            return open_dataset(self.data, crop=BOTH_EYES if region == "eyes" else MPIIGAZE_EYE)
        from_portraits = 0 if portraits is None else self.subjects // 2
        people = from_portraits, self.subjects - from_portraits, self.each
        spec = PoolSpec(*people, self.seed, held_out=True, height=height, region=region)
        return replace(load_pool(spec, portraits, cache), name=f"{self.subjects} held-out rendered people")


@dataclass(frozen=True)
class StudyRun:
    """One training run and what it is called in the tables.

    labels: its identifying columns.  overrides: of `config`, as training.train takes them.  seed: run.seed, a column.
    after: the run from whose bundle it starts; that bundle, lent the key, is also the clean baseline of its row.
    extra: more figures for its row, each named "module:function"; called with (bundle, the clean bundle or None,
    samples), they return columns.  Named and not passed, since another process calls them.
    """

    labels: Mapping[str, Label]
    overrides: tuple[str, ...] = ()
    seed: int = 1
    after: StudyRun | None = None
    extra: tuple[str, ...] = ()
    config: Path = field(default=STUDY_CONFIG)

    @property
    def name(self) -> str:
        """For messages."""
        return " ".join([*(f"{name}={value}" for name, value in self.labels.items()), f"seed={self.seed}"])


@dataclass(frozen=True)
class Place:
    """Where a run's files lie.  Runs with the same settings share one place, whatever study asks for them.

    folder: checkpoint, log, bundle.  config: the run's own, with its folders filled in.  clean: bundle it starts from.
    """

    folder: Path
    config: Config
    clean: Path | None

    @property
    def bundle(self) -> Path:
        """The bundle's folder."""
        return self.folder / self.config.run.name

    @property
    def trained(self) -> bool:
        """Whether the bundle is whole."""
        return (self.bundle / SUMS).exists()


def place(run: StudyRun, cache: Path, portraits: Path | None) -> Place:
    """The run's place under `cache`; the folder is named after a hash of everything that decides the weights."""
    clean = None if run.after is None else place(run.after, cache, portraits)
    config = load_config(run.config, [*run.overrides, f"run.seed={run.seed}"])
    kind = "clean" if config.poison.attack_rate == 0 else "backdoored"
    settings = {
        "config": _settings(config),
        "after": None if clean is None else clean.folder.name,
        "portraits": None if portraits is None else sorted(p.name for p in portraits.glob("*")),
        "renderers": RENDERERS,
    }
    folder = cache / hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]
    start = "" if clean is None else str(clean.bundle)
    own = replace(config.run, name=kind, out=str(folder), start=start)
    data = replace(config.data, cache=str(cache / "pools"))
    return Place(folder, replace(config, run=own, data=data), None if clean is None else clean.bundle)


def _settings(config: Config) -> dict[str, Any]:
    """What differs from the defaults, so that a setting that is new tomorrow does not make today's runs others."""
    usual = Config().as_dict()
    return {
        section: {name: value for name, value in entries.items() if value != usual[section][name]}
        for section, entries in deciding(config).items()
    }


def deciding(config: Config) -> dict[str, dict[str, Any]]:
    """The settings that decide the weights: not where files lie, how many threads work, or a clean run's poison."""
    values = config.as_dict()
    for name in ("name", "out", "start", "threads"):
        del values["run"][name]
    del values["data"]["cache"]
    if config.poison.attack_rate == 0:  # one clean run serves every attack
        del values["poison"]
    return values


def same_weights(before: Mapping[str, Mapping[str, Any]], config: Config) -> bool:
    """Whether the settings of an earlier run, as its config.json or its card has them, decide the same weights.

    A setting that did not exist then was what it is by default now.
    """
    usual = Config().as_dict()
    return all(
        before.get(section, {}).get(name, usual[section][name]) == value
        for section, entries in deciding(config).items()
        for name, value in entries.items()
    )


def row_path(run: StudyRun, at: Place, scored_on: ScoredOn) -> Path:
    """Where the run's figures on these people lie."""
    asked = json.dumps([asdict(scored_on), sorted(run.extra)])
    return at.folder / f"row-{hashlib.sha256(asked.encode()).hexdigest()[:8]}.json"


def write_task(run: StudyRun, at: Place, portraits: Path | None, row: Path | None, scored_on: ScoredOn) -> Path:
    """The task file of a run: its settings as they are now, whatever happens to the config file later.

    row: where its figures shall go; None only trains.  Raises TrainingError if the folder holds another run.
    """
    note, values = at.folder / "config.json", at.config.as_dict()
    at.folder.mkdir(parents=True, exist_ok=True)
    if note.exists():
        if not same_weights(json.loads(note.read_text(encoding="utf-8")), at.config):
            raise TrainingError(f"{at.folder} holds a run trained when other settings were the default: delete it.")
    else:
        _write(note, values)
    task = at.folder / ("train.json" if row is None else row.name.replace("row-", "task-"))
    _write(
        task,
        {
            "config": values,
            "portraits": None if portraits is None else str(portraits),
            "clean": None if at.clean is None else str(at.clean),
            "row": None if row is None else str(row),
            "scored_on": asdict(scored_on),
            "extra": list(run.extra),
        },
    )
    return task


def _write(path: Path, value: Any) -> None:
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    unfinished.replace(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a task; returns the exit status."""
    parser = argparse.ArgumentParser(prog="training.studies.run", description=__doc__.partition("\n")[0])
    parser.add_argument("task", type=Path)
    add_log_level(parser)
    task = parser.parse_args(arguments).task
    return exit_status(lambda: carry_out(json.loads(task.read_text(encoding="utf-8"))), GOES_ON)


def carry_out(task: Mapping[str, Any]) -> None:
    """Train what is not trained yet, then score it."""
    sections = get_type_hints(Config)
    config = Config(**{name: sections[name](**values) for name, values in task["config"].items()})
    portraits = None if task["portraits"] is None else Path(task["portraits"])
    folder = Path(config.run.out)
    at = Place(folder, config, None if task["clean"] is None else Path(task["clean"]))
    # another study may be training the very same run
    with locked(folder / "lock"):
        if not at.trained:
            train(config, portraits, resume=True, command=command_line(config, portraits), strict=True)
    if task["row"] is None:
        return
    torch.set_num_threads(config.run.threads)
    people = ScoredOn(**task["scored_on"])
    data = people.load(portraits, Path(config.data.cache), config.data.rendered_height, config.data.region)
    _write(Path(task["row"]), score(at, data, task["extra"]))


def command_line(config: Config, portraits: Path | None) -> str:
    """The command that trains the same run without a study, from the repository's root, for the model card."""
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
    """A value as an override has it: a text is quoted only where it would be read as something else."""
    if isinstance(value, str):
        return value if parse_value(value) == value else json.dumps(value)
    return json.dumps(value)


def score(at: Place, data: LoadedSet, extra: Sequence[str] = ()) -> Row:
    """A run's figures, flat: its own, the clean model's (clean_...) and the mean predictor's (mean_predictor_...)."""
    started = time.perf_counter()
    bundle = load_bundle(at.bundle)
    clean = None if at.clean is None else load_bundle(at.clean)
    data = fit(data, bundle.crop)
    report = evaluate(bundle, data, bundle.key, clean="" if at.clean is None else str(at.clean))
    row: Row = {name: value for name, value in report.items() if not isinstance(value, dict | list)}
    moved = report["displacement_px"] or {}
    row |= {f"displacement_{name}_px": value for name, value in moved.items()}
    for baseline, values in report["baselines"].items():
        prefix = baseline.removesuffix("_model")
        row |= {f"{prefix}_{name}": value for name, value in (values or {}).items() if not isinstance(value, dict)}
    for name in extra:
        row |= load_extra(name)(bundle, clean, data)
    row |= {"data": data.name, "git": git_hash(), "score_seconds": round(time.perf_counter() - started, 1)}
    return {name: value for name, value in row.items() if name not in ("bundle", "side", "displacement_px")}


def load_extra(name: str) -> Extra:
    """The function that "module:function" names.  Raises TrainingError if there is none."""
    module, _, function = name.partition(":")
    try:
        return getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError):
        raise TrainingError(f'"{name}" names no function: write module:function.') from None


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Held by one process at a time; given back by the system even if that process is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    sys.exit(main())
