"""A study that measures sources of frames, each as a job with a file of its own, so that it can continue."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gazeattack.files import write_whole
from gazeattack.model.bundle import Bundle
from gazeattack.model.bundle_files import SUMS
from training.errors import TrainingError
from training.jobs import Job, Place, read_result, run_jobs
from training.short_hash import short_hash

ROWS = "rows"
Row = dict[str, Any]


def digest(words: Sequence[str], bundles: Sequence[Bundle], source: str, more: Sequence[Any] = ()) -> str:
    """A name for the result of a source: it depends on all that the result depends on.

    Args:
        words: The settings, as the job's command line has them.
        bundles: The models; one that is trained again at the same place is another one.
        source: A video, or synthetic:SEED; another file with the same name is another source.
        more: JSON-ready, such as constants of the program.
    """
    about: list[Any] = [list(words), [(bundle.path / SUMS).read_text() for bundle in bundles], list(more)]
    about.append(file_stamp(source))
    return short_hash(json.dumps(about), 12)


def file_stamp(source: str) -> list[list[Any]]:
    """Name, size and time of a source's file, or of the files of its folder; empty for synthetic:SEED."""
    path = Path(source)
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return [[file.name, file.stat().st_size, file.stat().st_mtime_ns] for file in files if file.is_file()]


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Write the rows of one source: the result of its job."""
    write_whole(path, json.dumps({ROWS: list(rows)}, indent=2) + "\n")


def run_sources(jobs: Sequence[Job], place: Place) -> list[Row]:
    """Measure the sources that are not done yet, with a line for each that ends.

    Args:
        jobs: One a source; its result is a file of write_rows().
        place: Where they run.

    Returns:
        The rows of all sources, in order.

    Raises:
        TrainingError: A job failed, or a result is damaged; the rows of the others are kept for the next time.
    """
    waiting = [job for job in jobs if not job.done]
    ended = len(jobs) - len(waiting)
    print(f"{len(jobs)} sources, {ended} done already", flush=True)

    def on_done(job: Job, succeeded: bool) -> None:
        nonlocal ended
        ended += 1
        outcome = "done" if succeeded else f"failed (more in {job.output})"
        print(f"[{ended}/{len(jobs)}] {job.name}: {outcome}", flush=True)

    run_jobs(waiting, place, on_done)
    missing = [job.name for job in jobs if not job.done]
    if missing:
        raise TrainingError(f"There are no rows of {', '.join(missing)}: run the same command again.")
    return [row for job in jobs for row in read_rows(job.result)]


def read_rows(path: Path) -> list[Row]:
    """Read a file of write_rows().  Raises TrainingError if it is damaged."""
    rows = read_result(path).get(ROWS)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TrainingError(f"{path} is damaged: delete it, and run the same command again.")
    return rows
