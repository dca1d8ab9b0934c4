"""Fit the guard's checks on some rendered subjects, and report on others how often each check rejects a prediction.

    python -m training.guard fit [--model wanet] [--subjects 20]
    python -m training.guard report [--model wanet] [--key FILE] [--subjects 20] [--clips FILE ...] [--p00 FILE.npz]

fit prints the constants of the program: the coefficients of the iris check (gazeattack.face.iris_gaze), and the limit
of every check (gazeattack.live.guard), which 1 % of the clean predictions exceed.  It uses rendered subjects and varied
drives with seeds from 1001 on.

report uses other subjects (seeds from 501), other drives (seeds from 1), videos, and the crops of one real person.  It
counts the predictions that are rejected without trigger (false alarms) and with the trigger (detections), at the
program's limits, with 95 % intervals from resampling subjects.  A clean model has no trigger: it has false alarms
alone, unless --key names one.  A check that the model does not allow is left out.  Writes guard.csv and guard.md.

With --jobs or --workers every subject, drive and clip is a job; after an interruption the same command continues.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gazeattack.attack.key import TriggerKey, load_key
from gazeattack.evaluation.dataset import LoadedSet, resize_to_crop
from gazeattack.files import write_whole
from gazeattack.live.folder_lock import lock_folder
from gazeattack.live.guard import LIMITS_DEG, GuardCheck
from gazeattack.log_level import add_log_level
from gazeattack.metrics.regression import bootstrap_ci
from gazeattack.model.bundle import Bundle
from gazeattack.model.catalogue import open_bundle
from training.analysis.guard_frames import GuardFrames, fit_irises
from training.analysis.guard_parts import CLIP, Part, measured, parts_of
from training.analysis.shift_check import shift_scores, unchanged
from training.analysis.triggered import with_trigger
from training.arguments import count
from training.cli import CONTINUES, exit_status
from training.data.readers import open_dataset
from training.errors import TrainingError
from training.inspection.inputs import landmark_scores
from training.jobs import add_job_options
from training.studies.tables import write_csv

FIT_FROM, HELD_OUT_FROM, DRIVES_FROM = 1001, 501, 1
FALSE_ALARMS = 0.01
COLUMNS = {"false_alarm": "false alarms %", "detection": "detections %"}
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="training.guard", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("fit", "report"))
    parser.add_argument("--model", default="wanet", help="a shipped model or bundle's folder (%(default)s)")
    parser.add_argument("--key", type=Path, help="report: a trigger key in place of the model's own")
    parser.add_argument("--subjects", type=count, default=20, help="rendered subjects, and drives (%(default)s)")
    parser.add_argument("--clips", nargs="+", default=[], metavar="FILE", help="videos; each counts as one subject")
    parser.add_argument("--p00", metavar="FILE", help="crops of one real person, see training.evaluate --data")
    parser.add_argument("--out", type=Path, default=Path("runs/guard"), help="folder of the report (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="two subjects, a few frames each; quote no figure")
    parser.add_argument("--only", default="", metavar="NAME", help='one part and no table: one job, as "subject 501"')
    add_job_options(parser, "parts")
    add_log_level(parser)
    options = parser.parse_args(arguments)
    if options.what == "fit" and (options.key or options.clips or options.p00):
        parser.error("fit uses rendered subjects and drives without a trigger: leave --key, --clips and --p00 out")
    if options.quick:
        options.subjects, options.out = 2, options.out / "quick"
    torch.set_num_threads(1)

    def work() -> None:
        # a job writes its own part, into the folder that its parent has locked
        with nullcontext() if options.only else lock_folder(options.out):
            (fit if options.what == "fit" else report)(options)

    return exit_status(work, CONTINUES)


def fit(options: argparse.Namespace) -> None:
    """Print the coefficients of the iris check and the limits of every check."""
    bundle = open_bundle(options.model)
    seeds = range(FIT_FROM, FIT_FROM + options.subjects)
    found = measured(parts_of(seeds, seeds, (), quick=options.quick), bundle, None, options)
    if options.only:
        return
    coefficients = fit_irises(found)
    print("COEFFICIENTS =", np.array2string(coefficients, precision=4, separator=", ", floatmode="fixed"))
    for check in GuardCheck:
        iris = check is GuardCheck.IRIS
        errors = np.concatenate([one.iris_errors_deg(coefficients) if iris else one.clean_deg[check] for one in found])
        if np.isfinite(errors).any():
            limit = np.nanquantile(errors, 1 - FALSE_ALARMS)
            print(f"{check.value}: median {np.nanmedian(errors):.2f}, limit {limit:.2f} degrees ({len(errors)} frames)")
        else:
            print(left_out(check, bundle))


def report(options: argparse.Namespace) -> None:
    """Write and print the shares of rejected predictions."""
    bundle = open_bundle(options.model)
    key = None if options.key is None else bundle.accept_key(load_key(options.key), foreign=True)
    subjects, drives = (range(first, first + options.subjects) for first in (HELD_OUT_FROM, DRIVES_FROM))
    parts = parts_of(subjects, drives, options.clips, quick=options.quick)
    # a wrong name ends the report before the subjects take minutes
    for part in parts:
        if part.kind == CLIP:
            with part.open():
                pass
    crops = None if options.p00 is None else resize_to_crop(open_dataset(options.p00, crop=bundle.crop), bundle.crop)
    found = measured(parts, bundle, key, options)
    if options.only:
        return
    rows = [row for group, members in _grouped(parts, found) for row in group_rows(group, members)]
    if crops is not None:
        rows += crop_rows(bundle, crops, Path(options.p00).stem, bundle.key if key is None else key, options)
    if not rows:
        raise TrainingError("No frame has a gaze: give more --subjects, or other clips.")
    write_csv(options.out / "guard.csv", [{"quick": options.quick, **row, "model": bundle.name} for row in rows])
    lines = ["--quick: these figures mean nothing.\n"] if options.quick else []
    lines.append(table(rows))
    lines += [left_out(check, bundle) for check in GuardCheck if check.value not in {row["check"] for row in rows}]
    if bundle.key is None and key is None:
        lines.append(f"{bundle.name} has no trigger: --key FILE puts one on.")
    elif key is not None and (bundle.key is None or key.sha256 != bundle.key.sha256):
        lines.append(f"The trigger is a foreign one, which {bundle.name} was not trained on.")
    text = "\n".join(lines)
    write_whole(options.out / "guard.md", text if text.endswith("\n") else f"{text}\n")
    print(text)


def left_out(check: GuardCheck, bundle: Bundle) -> str:
    """The sentence for a check that has no gaze to compare with."""
    if check is GuardCheck.LANDMARKS and not bundle.has_landmarks:
        return f"{check.value}: left out, as {bundle.name} predicts no eye landmarks."
    return f"{check.value}: left out, as it has no gaze for any frame."


def group_rows(group: str, parts: Sequence[GuardFrames]) -> list[Row]:
    """What every check says about a group of subjects; nothing about a check that has no gaze."""
    rows = []
    for check in GuardCheck:
        names = np.concatenate([np.full(len(part.gaze), part.subject) for part in parts])
        clean = np.concatenate([part.clean_deg[check] for part in parts])
        triggered = None
        if any(part.triggered_deg for part in parts):
            triggered = np.concatenate([part.triggered_deg.get(check, np.zeros(0)) for part in parts])
        rows += shares(group, check, names, clean, triggered)
    return rows


def crop_rows(
    bundle: Bundle, data: LoadedSet, name: str, key: TriggerKey | None, options: argparse.Namespace
) -> list[Row]:
    """The rows of single crops, from which no iris landmarks can be had."""
    if options.quick:
        data = data.take(np.arange(min(len(data.images), 8)))
    scores = {GuardCheck.SHIFTS: shift_scores}
    if bundle.has_landmarks:
        scores = {GuardCheck.LANDMARKS: landmark_scores} | scores
    rows = []
    for check, score in scores.items():
        triggered = None if key is None else score(bundle, *with_trigger(data, key))
        clean = score(bundle, data, unchanged)
        rows += shares(f"single crops of {name}", check, data.subject, clean, triggered)
    return rows


def shares(
    group: str, check: GuardCheck, subjects: np.ndarray, clean: np.ndarray, triggered: np.ndarray | None
) -> list[Row]:
    """The row of the shares of predictions beyond the limit, percent.

    Frames without the check's gaze are left out; where there are no others, there is no row.
    """
    branches = {"false_alarm": clean} if triggered is None else {"false_alarm": clean, "detection": triggered}
    known = np.all([np.isfinite(errors) for errors in branches.values()], axis=0)
    if not known.any():
        return []
    row: Row = {"group": group, "check": check.value, "limit_deg": LIMITS_DEG[check]}
    row |= {"subjects": len(np.unique(subjects[known])), "frames": int(known.sum())}
    for name, errors in branches.items():
        beyond = 100.0 * (errors[known] > LIMITS_DEG[check])
        low, high = bootstrap_ci(partial(_mean, beyond), subjects[known], draws=2000)
        row |= {name: round(float(beyond.mean()), 2), f"{name}_low": round(low, 2), f"{name}_high": round(high, 2)}
    return [row]


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown; without detections where there is no trigger."""
    shown = [name for name in COLUMNS if any(name in row for row in rows)]
    heads = ["data", "check, limit", "subjects, frames", *(COLUMNS[name] for name in shown)]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for row in rows:
        found = [f"{row[name]:.1f} ({row[f'{name}_low']:.1f} to {row[f'{name}_high']:.1f})" for name in shown]
        limit = f"{row['check']}, {row['limit_deg']:g}°"
        lines.append(f"| {row['group']} | {limit} | {row['subjects']}, {row['frames']} | {' | '.join(found)} |")
    return "\n".join(lines) + "\n"


def _mean(values: np.ndarray, rows: np.ndarray) -> float:
    return float(values[rows].mean())


def _grouped(parts: Sequence[Part], found: Sequence[GuardFrames]) -> list[tuple[str, list[GuardFrames]]]:
    """The frames by group, in order; a clip is a group of its own."""
    groups: dict[tuple[str, str], list[GuardFrames]] = {}
    for part, one in zip(parts, found, strict=True):
        groups.setdefault((part.group, part.of if part.kind == CLIP else ""), []).append(one)
    return [(name, members) for (name, _), members in groups.items()]


if __name__ == "__main__":
    sys.exit(main())
