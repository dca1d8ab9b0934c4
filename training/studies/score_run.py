"""Score a run of a study: one flat row of metrics."""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gazeattack.angles import angular_error
from gazeattack.attack.key import load_key
from gazeattack.evaluation import score as evaluation
from gazeattack.evaluation.dataset import LoadedSet, resize_to_crop
from gazeattack.evaluation.screen_score import mean_left, score_screen_set
from gazeattack.evaluation.screen_set import read_screen_sets
from gazeattack.metrics.paired import subject_sums
from gazeattack.model.bundle import Bundle, load_bundle
from training.card import git_hash
from training.errors import TrainingError
from training.short_hash import short_hash
from training.studies.held_out import PORTRAIT_SHARE, ScoredOn
from training.studies.run_paths import RunPaths, StudyRun
from training.studies.tables import BY_SUBJECT

ROW_FORMAT = 2
"""Of the rows of scored runs; another one scores again, without training.  2: with the cost of each subject."""
Row = dict[str, Any]
Extra = Callable[[Bundle, Bundle | None, LoadedSet], Mapping[str, Any]]


def row_path(run: StudyRun, at: RunPaths, scored_on: ScoredOn) -> Path:
    """The file of the run's metrics on this held-out data."""
    held_out = asdict(scored_on)
    for name in ("screen", "own_fold"):  # rows of before there were such settings keep their name
        if not held_out[name]:
            del held_out[name]
    if scored_on.portrait_share == PORTRAIT_SHARE:
        del held_out["portrait_share"]
    asked = json.dumps([held_out, sorted(run.extra), ROW_FORMAT])
    return at.folder / f"row-{short_hash(asked)}.json"


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
