"""Repair a bundle by one method, score it, and keep both on disk."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from gazeattack.angles import angular_error
from gazeattack.attack.key import TriggerKey
from gazeattack.errors import GazeAttackError
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.evaluation.measures import measure_all
from gazeattack.evaluation.predict import predict, predict_branches
from gazeattack.files import write_whole
from gazeattack.metrics.paired import paired_difference, subject_sums
from gazeattack.model.bundle import Bundle, load_bundle, save_bundle
from gazeattack.model.bundle_files import SUMS
from gazeattack.model.prediction_module import prediction_module
from gazeattack.model.setting_names import section_to_code
from training.card import git_hash, portable
from training.cli import progress_bar
from training.defences.methods import DEFENCES, Repaired
from training.defences.tuning import TuningSettings
from training.studies.tables import BY_SUBJECT

NOTHING = "none"
METRICS = ("benign_deg", "ae_deg", "dae_deg", "asr2", "asr5", "noise_deg", "wrong_key_deg", "rav")
FIELDS_OF_FILE = ("format", "input", "preprocess", "network", "key_sha256")
"""Fields of a card that save_bundle() writes."""
ROW_FORMAT = 2
"""Of the rows of scored repairs; another one scores again, without repairing.  2: with the cost of each subject."""


@dataclass(frozen=True)
class RepairTask:
    """method: a name in DEFENCES, or NOTHING."""

    method: str
    settings: TuningSettings

    @property
    def name(self) -> str:
        """The end of the bundle's name."""
        seeded = self.method in DEFENCES and DEFENCES[self.method].random
        return f"{self.method}-{self.settings.seed}" if seeded else self.method


@dataclass(frozen=True, eq=False)
class Repair:
    """All repairs of one bundle.

    key: scores the results; None scores the benign branch alone.  data: the defender's clean samples.  test: other
    subjects, to score on.  out: folder of the repaired bundles and rows.  quick: marks the rows as too small to quote.
    progress: called with the share of a repair that is done.
    """

    bundle: Bundle
    key: TriggerKey | None
    data: LoadedSet
    test: LoadedSet
    out: Path
    quick: bool
    progress: Callable[[float], None] = lambda share: None

    def row(self, task: RepairTask) -> dict[str, Any]:
        """The row of a task; what was repaired with the same settings before is scored again at most."""
        path = self.row_path(task)
        repaired_as, scored_on = self._asked(task), self._scored_on()
        row = _read(path)
        known = row is not None and row["asked"] == repaired_as
        if row is not None and known and row["scored_on"] == scored_on:
            return row
        started = time.perf_counter()
        if task.method == NOTHING:
            network = self.bundle.network
        elif known:
            network = load_bundle(path.with_suffix("")).network
        else:
            repaired = self._repaired(task)
            network = repaired.network
            self._save(task, repaired)
        title = DEFENCES[task.method].title if task.method in DEFENCES else "nothing"
        row = {"method": task.method, "title": title, "seed": task.settings.seed, "quick": self.quick}
        row |= self.score(network)
        row |= {"seconds": round(time.perf_counter() - started, 1), "asked": repaired_as, "scored_on": scored_on}
        self.out.mkdir(parents=True, exist_ok=True)
        write_whole(path, (json.dumps(row, indent=2) + "\n").encode())
        return row

    def row_path(self, task: RepairTask) -> Path:
        """The file of a task's row."""
        return self.out / f"{self.bundle.name}-{task.name}.json"

    def done(self, task: RepairTask) -> bool:
        """Whether a task was carried out and scored with these settings."""
        row = _read(self.row_path(task))
        return row is not None and (row["asked"], row["scored_on"]) == (self._asked(task), self._scored_on())

    def _asked(self, task: RepairTask) -> dict[str, Any]:
        """All that decides the repaired weights, JSON-ready."""
        sums = (self.bundle.path / SUMS).read_text(encoding="utf-8")
        settings = asdict(task.settings) if task.method in DEFENCES and DEFENCES[task.method].random else {}
        return {"method": task.method, "settings": settings, "bundle": sums, "data": _described(self.data)}

    def _scored_on(self) -> dict[str, Any]:
        """All that decides the metrics of given weights, JSON-ready."""
        return {"key": None if self.key is None else self.key.sha256, "test": _described(self.test), "row": ROW_FORMAT}

    def _repaired(self, task: RepairTask) -> Repaired:
        bar = progress_bar(total=task.settings.steps, desc=task.name, leave=False, disable=None)

        def progress(done: int, of: int) -> None:
            self.progress(done / of)
            if bar is not None:
                bar.total = of
                bar.update(done - bar.n)

        try:
            return DEFENCES[task.method].apply(self.bundle, self.data, task.settings, progress)
        finally:
            if bar is not None:
                bar.close()

    def score(self, network: nn.Module) -> dict[str, Any]:
        """The metrics of a network on the test samples, with the benign cost paired by sample.

        cost_deg: mean over the samples of the rise of the benign error.  cost_low, cost_high: its 95 % interval from
        resampling subjects.  BY_SUBJECT: of each subject.  benign_low ... asr5_high: likewise.
        """
        data, preprocess = self.test, self.bundle.preprocess
        branches = predict_branches(network, preprocess, data, self.key)
        found = measure_all(branches, data, draws=200)
        before = angular_error(predict(prediction_module(self.bundle), preprocess, data.images, data.head), data.gaze)
        after = angular_error(branches.benign, data.gaze)
        rise = paired_difference(after, before, data.subject)
        row = {name: found[name] for name in METRICS}
        for name in ("benign_deg", "asr5"):
            ends = found["ci95"].get(name, (None, None))
            row |= {f"{name.removesuffix('_deg')}_low": ends[0], f"{name.removesuffix('_deg')}_high": ends[1]}
        row |= {
            "cost_deg": round(rise.mean, 4),
            "cost_low": round(rise.low, 4),
            "cost_high": round(rise.high, 4),
            BY_SUBJECT: subject_sums(after - before, data.subject),
        }
        return row | {"n": len(data.images), "subjects": len(np.unique(data.subject))}

    def _save(self, task: RepairTask, repaired: Repaired) -> None:
        bundle = self.bundle
        name = f"{bundle.name}-{task.name}"
        save_bundle(
            self.out / name,
            network=repaired.network,
            architecture=section_to_code("network", bundle.card["network"]),
            crop=bundle.crop,
            preprocess=bundle.preprocess,
            card=self._card(task, repaired, name),
            key=bundle.key,
        )

    def _card(self, task: RepairTask, repaired: Repaired, name: str) -> dict[str, Any]:
        """The card: that of the bundle, with what was done to it.  The key stays with it, so that it can be tried."""
        defence, old = DEFENCES[task.method], self.bundle.card
        settings = asdict(task.settings) if defence.random else {}
        kept = {key: value for key, value in old.items() if key not in FIELDS_OF_FILE and "metrics" not in key}
        parent = {key: old.get(key) for key in ("name", "command", "git", "seed", "config", "data", "started_from")}
        return portable(
            kept
            | {
                "name": name,
                "title": f"{old.get('title', self.bundle.name)}, after {defence.title}",
                "kind": f"{old.get('kind', self.bundle.kind)}, after {defence.title}",
                "seed": task.settings.seed,
                "git": git_hash(),
                "command": f"python -m training.defend --bundle {self.bundle.name} --methods {task.method} "
                f"--steps {task.settings.steps} --lr {task.settings.lr:g}",
                "started_from": parent,
                "repair": {
                    "method": task.method,
                    "source": defence.source,
                    "settings": settings | dict(repaired.how),
                    "data": self.data.name,
                    "samples": len(self.data.images),
                },
            }
        )


def _described(data: LoadedSet) -> list[Any]:
    """What tells one set of samples from another, JSON-ready."""
    return [data.name, len(data.images), round(float(np.abs(data.gaze).sum()), 2)]


def _read(path: Path) -> dict[str, Any] | None:
    """A row of an earlier call; None if there is none, or its repaired bundle is incomplete."""
    try:
        row: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if row["method"] != NOTHING:
            load_bundle(path.with_suffix(""))
        return dict(row)
    except (OSError, ValueError, KeyError, GazeAttackError):
        return None
