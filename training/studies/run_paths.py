"""One training run of a study: its settings, and the files that runs with the same settings share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gazeattack.model.bundle_files import SUMS
from training.config import Config, load_config
from training.data.pools import RENDERERS
from training.short_hash import short_hash

ROOT = Path(__file__).parents[2]
STUDY_CONFIG = ROOT / "training" / "configs" / "study.toml"
Label = str | int | float


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
    folder = cache / short_hash(json.dumps(settings, sort_keys=True), 16)
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
