"""The driver monitor over many varied drives: warnings that both branches miss or invent, with intervals over drives.

    python -m training.studies.drives [--model wanet] [--drives 20] [--fps 10] [--guard 10] [--guard-check iris]
                                     [--workers 2] [--quick]

Every drive has its own driver, looks, durations, head poses and seat (gazeattack.synthetic.varied_drive, seeds 1 to N),
and is one `gazeattack run` with the monitors addw, ncap and attend.  Both branches get the same frames; the true gaze
decides which warnings are due.  A job a drive; the same command continues where it stopped.

Writes drives.csv, one row a drive, and summary.md: totals, and 95 % intervals from resampling drives.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gazeattack.files import write_whole
from gazeattack.live.folder_lock import lock_folder
from gazeattack.live.guard import GuardCheck
from gazeattack.log_level import add_log_level
from gazeattack.metrics.regression import bootstrap_ci
from gazeattack.model.bundle import Bundle
from gazeattack.model.bundle_files import sums_sha256
from gazeattack.model.catalogue import open_bundle
from training.arguments import number, whole
from training.cli import CONTINUES, exit_status
from training.errors import TrainingError
from training.jobs import Job, add_job_options, place_of, read_result, run_jobs
from training.studies.tables import marked, write_csv

MONITORS = "addw,ncap,attend"
BRANCHES = ("clean", "triggered")
Row = dict[str, Any]
_SHOWN = "shown_on_road_s"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="training.studies.drives", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="wanet", help="name of a shipped model, or a bundle's folder (%(default)s)")
    parser.add_argument("--drives", type=whole(1, 100_000), default=20, help="number of drives (%(default)s)")
    parser.add_argument("--fps", type=whole(1, 120), default=10, help="frames a second, 1 to 120 (%(default)s)")
    parser.add_argument("--guard", type=number(0, 180, above=True), help="see gazeattack run --guard, degrees")
    parser.add_argument(
        "--guard-check",
        choices=[check.value for check in GuardCheck],
        help="see gazeattack run --guard-check; without --guard with the check's own limit",
    )
    add_job_options(parser, "drives")
    parser.add_argument("--out", type=Path, default=Path("runs/drives"), help="folder of drives and tables")
    parser.add_argument("--quick", action="store_true", help="two drives at one frame a second; quote no figure")
    add_log_level(parser)
    options = parser.parse_args(arguments)
    if options.quick:
        options.out, options.drives, options.fps = options.out / "quick", 2, 1
    return exit_status(lambda: study(options), CONTINUES)


def study(options: argparse.Namespace) -> int:
    """Run the drives that are not done, and write the tables; returns the exit status."""
    bundle = open_bundle(options.model)  # a wrong name ends the study before the first drive
    with lock_folder(options.out):
        return run_drives([drive_job(seed, bundle, options) for seed in range(1, options.drives + 1)], options)


def run_drives(jobs: Sequence[Job], options: argparse.Namespace) -> int:
    """Run the jobs that are not done, and write the tables; returns the exit status."""
    print(f"{len(jobs)} drives, {sum(job.done for job in jobs)} done already", flush=True)
    run_jobs([job for job in jobs if not job.done], place_of(options, options.out), _on_done)
    rows = [drive_row(seed, job.result) for seed, job in enumerate(jobs, start=1) if job.done]
    if rows:
        write_csv(options.out / "drives.csv", [{"quick": options.quick, **row} for row in rows])
        text = marked(table(rows), quick=options.quick)
        write_whole(options.out / "summary.md", text)
        print(text)
    if len(rows) < len(jobs):
        raise TrainingError("Some drives are missing: run the same command again.")
    return 0


def drive_job(seed: int, bundle: Bundle, options: argparse.Namespace) -> Job:
    """The process of one drive."""
    # a model that is trained again at the same place is another one
    model = sums_sha256(bundle.path)[:8]
    words = _guard_words(options)
    guard = "".join(word.lstrip("-") for word in words if word != "--guard-check")
    out = options.out / f"{Path(options.model).name}-{model}-{seed}-{options.fps}fps{guard and f'-{guard}'}"
    command = [sys.executable, "-m", "gazeattack", "run", "--source", f"synthetic:varied:{seed}@{options.fps}"]
    command += ["--model", options.model, "--monitor", MONITORS, "--trigger", "both", "--out", str(out), "--overwrite"]
    command += words
    return Job(f"drive {seed}", tuple(command), out.with_suffix(".txt"), out / "summary.json")


def _guard_words(options: argparse.Namespace) -> list[str]:
    """The options of `gazeattack run` for the guard."""
    if options.guard is None and options.guard_check is None:
        return []
    words = ["--guard"] + ([] if options.guard is None else [f"{options.guard:g}"])
    return words + ([] if options.guard_check is None else ["--guard-check", options.guard_check])


def _on_done(job: Job, succeeded: bool) -> None:
    print(f"{job.name}: done" if succeeded else f"{job.name}: failed (more in {job.output})", flush=True)


def drive_row(seed: int, summary: Path) -> Row:
    """The row of a finished drive, from its summary.json."""
    found = read_result(summary)
    branches = found["safety"]["branches"]
    row: Row = {"drive": seed, "frames": found["frames"], "due": branches["clean"]["due"]}
    for name in BRANCHES:
        for field in ("missed", "given", "false", "off_road_s", _SHOWN):
            row[f"{name}_{field}"] = branches[name][field]
    for name in ("clean_error_deg", "triggered_error_deg", "triggered_error_to_target_deg"):
        row[name] = found[name]
    return row


def table(rows: Sequence[Row]) -> str:
    """Totals over the drives and intervals, as Markdown."""
    values = {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}

    def ratio(part: str, whole: str) -> Callable[[np.ndarray], float]:
        return lambda drawn: 100 * float(values[part][drawn].sum() / max(values[whole][drawn].sum(), 1e-9))

    def mean(name: str) -> Callable[[np.ndarray], float]:
        return lambda drawn: float(values[name][drawn].mean())

    lines = [
        f"{len(rows)} drives, {values['due'].sum():.0f} warnings due.",
        "",
        "|  | clean branch | triggered branch |",
        "|---|---|---|",
    ]
    shown: list[tuple[str, Callable[[str], Callable[[np.ndarray], float]]]] = [
        ("warnings missed, %", lambda branch: ratio(f"{branch}_missed", "due")),
        ("false warnings per drive", lambda branch: mean(f"{branch}_false")),
        ("off-road gaze predicted on the road, % of its time", lambda b: ratio(f"{b}_{_SHOWN}", f"{b}_off_road_s")),
        ("error to the truth, degrees", lambda branch: mean(f"{branch}_error_deg")),
    ]
    for title, statistic in shown:
        lines.append(f"| {title} | " + " | ".join(_with_interval(statistic(b), len(rows)) for b in BRANCHES) + " |")
    return "\n".join(lines) + "\n"


def _with_interval(statistic: Callable[[np.ndarray], float], drives: int) -> str:
    low, high = bootstrap_ci(statistic, np.arange(drives), draws=2000) if drives > 1 else (float("nan"),) * 2
    return f"{statistic(np.arange(drives)):.1f} ({low:.1f} to {high:.1f})"


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    sys.exit(main())
