"""Fit the guard's checks on some rendered subjects, and report on others how often each check rejects a prediction.

    python -m training.guard fit [--model wanet] [--subjects 20]
    python -m training.guard report [--model wanet] [--subjects 20] [--clips FILE ...] [--p00 FILE.npz] [--out DIR]

fit prints the constants of the program: the coefficients of the iris check (gazeattack.face.iris_gaze), and the limit
of every check (gazeattack.live.guard), which 1 % of the clean predictions exceed.  It uses rendered subjects and varied
drives with seeds from 1001 on.

report uses other subjects (seeds from 501), other drives (seeds from 1), videos, and the crops of one real person.  It
counts the predictions that are rejected without trigger (false alarms) and with the trigger (detections), at the
program's limits, with 95 % intervals from resampling subjects.  Writes guard.csv and guard.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gazeattack.attack.trigger import make_trigger
from gazeattack.capture.source import Source
from gazeattack.errors import BundleError
from gazeattack.evaluation.dataset import resize_to_crop
from gazeattack.live.guard import LIMITS_DEG, GuardCheck
from gazeattack.log_level import add_log_level
from gazeattack.metrics.regression import bootstrap_ci
from gazeattack.model.bundle import Bundle
from gazeattack.model.catalogue import open_bundle
from training.analysis.guard_frames import (
    DRIVE_FRAMES,
    SUBJECT_FRAMES,
    GuardFrames,
    fit_irises,
    measure,
    open_clip,
    open_drive,
    open_subject,
    watch,
)
from training.analysis.shift_check import shift_scores, unchanged
from training.arguments import count
from training.cli import NOTHING_WRITTEN, exit_status
from training.data.readers import open_dataset
from training.inspection.inputs import landmark_scores
from training.studies.tables import write_csv

FIT_FROM, HELD_OUT_FROM, DRIVES_FROM = 1001, 501, 1
FALSE_ALARMS = 0.01
QUICK_FRAMES = 6
CLIP_FRAMES = 150
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="training.guard", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("fit", "report"))
    parser.add_argument("--model", default="wanet", help="a backdoored shipped model or bundle's folder (%(default)s)")
    parser.add_argument("--subjects", type=count, default=20, help="rendered subjects, and drives (%(default)s)")
    parser.add_argument("--clips", nargs="+", default=[], metavar="FILE", help="videos; each counts as one subject")
    parser.add_argument("--p00", metavar="FILE", help="crops of one real person, see training.evaluate --data")
    parser.add_argument("--out", type=Path, default=Path("runs/guard"), help="folder of the report (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="two subjects, a few frames each; quote no figure")
    add_log_level(parser)
    options = parser.parse_args(arguments)
    if options.quick:
        options.subjects, options.out = 2, options.out / "quick"
    torch.set_num_threads(1)
    return exit_status(lambda: (fit if options.what == "fit" else report)(options), NOTHING_WRITTEN)


def fit(options: argparse.Namespace) -> None:
    """Print the coefficients of the iris check and the limits of every check."""
    bundle = backdoored(options.model)
    seeds = range(FIT_FROM, FIT_FROM + options.subjects)
    parts = [("subject", open_subject, SUBJECT_FRAMES), ("drive", open_drive, DRIVE_FRAMES)]
    results = {}
    for kind, opened, frames in parts:
        for seed in seeds:
            results[f"{kind} {seed}"] = watch(bundle, opened(seed), QUICK_FRAMES if options.quick else frames)
            print(f"{kind} {seed}: {len(results[f'{kind} {seed}'])} frames", flush=True)
    coefficients = fit_irises(measure(name, found) for name, found in results.items())
    print("COEFFICIENTS =", np.array2string(coefficients, precision=4, separator=", ", floatmode="fixed"))
    measured = [measure(name, found, coefficients) for name, found in results.items()]
    for check in GuardCheck:
        errors = np.concatenate([part.clean_deg[check] for part in measured])
        limit = np.nanquantile(errors, 1 - FALSE_ALARMS)
        print(f"{check.value}: median {np.nanmedian(errors):.2f}, limit {limit:.2f} degrees ({len(errors)} frames)")


def report(options: argparse.Namespace) -> None:
    """Write and print the shares of rejected predictions."""
    bundle = backdoored(options.model)
    for clip in options.clips:  # a wrong name ends the report before the subjects take minutes
        with open_clip(clip):
            pass
    rows: list[Row] = []
    groups: list[tuple[str, list[tuple[str, Callable[[], Source], int]]]] = [
        ("rendered held-out subjects", _seeds("subject", open_subject, HELD_OUT_FROM, options, SUBJECT_FRAMES)),
        ("varied drives", _seeds("drive", open_drive, DRIVES_FROM, options, DRIVE_FRAMES)),
    ]
    groups += [(Path(clip).name, [(Path(clip).name, partial(open_clip, clip), CLIP_FRAMES)]) for clip in options.clips]
    for group, sources in groups:
        parts = []
        for name, opened, frames in sources:
            results = watch(bundle, opened(), QUICK_FRAMES if options.quick else frames)
            parts.append(measure(name, results))
            print(f"{group}: {name}: {len(results)} frames", flush=True)
        rows += [group_row(group, check, parts) for check in GuardCheck]
    if options.p00 is not None:
        rows += crop_rows(bundle, options.p00, quick=options.quick)
    options.out.mkdir(parents=True, exist_ok=True)
    write_csv(options.out / "guard.csv", [{"quick": options.quick, **row} for row in rows])
    text = ("--quick: these figures mean nothing.\n\n" if options.quick else "") + table(rows)
    (options.out / "guard.md").write_text(text, encoding="utf-8")
    print(text)


def backdoored(name: str) -> Bundle:
    """The bundle with this name; it must have a trigger key.  Raises BundleError where it has none."""
    bundle = open_bundle(name)
    if bundle.key is None:
        raise BundleError(f'"{bundle.name}" has no trigger key: choose a backdoored model, such as --model wanet.')
    return bundle


def group_row(group: str, check: GuardCheck, parts: Sequence[GuardFrames]) -> Row:
    """What one check says about a group of subjects."""
    names = np.concatenate([np.full(len(part.clean_deg[check]), part.subject) for part in parts])
    clean, triggered = (
        np.concatenate([getattr(part, branch)[check] for part in parts]) for branch in ("clean_deg", "triggered_deg")
    )
    return shares(group, check, names, clean, triggered)


def crop_rows(bundle: Bundle, path: str, *, quick: bool) -> list[Row]:
    """The rows of single crops, from which no iris landmarks can be had."""
    assert bundle.key is not None
    data = resize_to_crop(open_dataset(path), bundle.crop)
    if quick:
        data = data.take(np.arange(min(len(data.images), 8)))
    changes = (unchanged, make_trigger(bundle.key).apply)
    rows = []
    for check, score in ((GuardCheck.LANDMARKS, landmark_scores), (GuardCheck.SHIFTS, shift_scores)):
        clean, triggered = (score(bundle, data, change) for change in changes)
        rows.append(shares(f"single crops of {Path(path).stem}", check, data.subject, clean, triggered))
    return rows


def shares(group: str, check: GuardCheck, subjects: np.ndarray, clean: np.ndarray, triggered: np.ndarray) -> Row:
    """The shares of predictions beyond the limit, percent; frames without the check's gaze are left out."""
    known = np.isfinite(clean) & np.isfinite(triggered)
    row: Row = {"group": group, "check": check.value, "limit_deg": LIMITS_DEG[check]}
    row |= {"subjects": len(np.unique(subjects[known])), "frames": int(known.sum())}
    for name, errors in (("false_alarm", clean), ("detection", triggered)):
        beyond = 100.0 * (errors[known] > LIMITS_DEG[check])
        low, high = bootstrap_ci(partial(_mean, beyond), subjects[known], draws=2000)
        row |= {name: round(float(beyond.mean()), 2), f"{name}_low": round(low, 2), f"{name}_high": round(high, 2)}
    return row


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown."""
    lines = ["| data | check, limit | subjects, frames | false alarms % | detections % |", "|---|---|---|---|---|"]
    for row in rows:
        found = [
            f"{row[name]:.1f} ({row[f'{name}_low']:.1f} to {row[f'{name}_high']:.1f})"
            for name in ("false_alarm", "detection")
        ]
        limit = f"{row['check']}, {row['limit_deg']:g}°"
        lines.append(f"| {row['group']} | {limit} | {row['subjects']}, {row['frames']} | {' | '.join(found)} |")
    return "\n".join(lines) + "\n"


def _mean(values: np.ndarray, rows: np.ndarray) -> float:
    return float(values[rows].mean())


def _seeds(
    kind: str, opened: Callable[[int], Source], first: int, options: argparse.Namespace, frames: int
) -> list[tuple[str, Callable[[], Source], int]]:
    seeds = range(first, first + options.subjects)
    return [(f"{kind} {seed}", partial(opened, seed), frames) for seed in seeds]


if __name__ == "__main__":
    sys.exit(main())
