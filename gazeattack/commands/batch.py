"""gazeattack run with several sources: one run after the other, one progress bar, and one index page."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gazeattack.commands.run_summary import stopped_code
from gazeattack.errors import GazeAttackError, SourceError
from gazeattack.files import write_whole
from gazeattack.interrupt import exit_code
from gazeattack.terminal import on_one_line

if TYPE_CHECKING:
    from gazeattack.report.batch.page import BatchRow

# (options of one run, called with the number of frames so far) -> summary
Record = Callable[[argparse.Namespace, Callable[[int], None] | None], dict[str, Any]]
VIDEO_SUFFIXES = frozenset(
    {".avi", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".ogv", ".ts", ".webm", ".wmv"}
)
_WIDTH = 20  # characters of the bar
FAILED = 1

log = logging.getLogger(__name__)


def expand(sources: Sequence[str]) -> list[str]:
    """The sources, with a folder that holds videos and no image replaced by its videos, in the order of their names."""
    found: list[str] = []
    for source in sources:
        found += _videos_of(Path(source).expanduser()) or [source]
    return found


def run_batch(options: argparse.Namespace, sources: Sequence[str], record: Record, command: str) -> int:
    """Run every source, each into a folder of its own, and write the index.

    Args:
        options: of the run; source and out are replaced for each.
        sources: what to run.
        record: runs one source.
        command: the command line that repeats the batch.

    Returns:
        The exit code: 1 where any source failed, 130 after Ctrl-C, 143 after kill.

    Raises:
        OutputError: where the output folder cannot be used.
    """
    from gazeattack.live.batch_folder import check_batch_folder, clear_batch_folder, run_folders
    from gazeattack.live.folder_lock import lock_folder
    from gazeattack.live.output_folder import check_inputs, make_folder
    from gazeattack.report.batch.page import BatchRow

    out: Path = options.out
    for source in sources:
        check_inputs(out, {"source": _path_of(source)})
    with lock_folder(make_folder(out)):
        check_batch_folder(out, overwrite=options.overwrite)
        clear_batch_folder(out)
        rows = [BatchRow(source, name) for source, name in zip(sources, run_folders(list(sources)), strict=True)]
        _write(out, rows, command)
        stopped = 0
        for number, row in enumerate(rows):
            progress = Progress(number, len(rows), row.source)
            try:
                rows[number] = _run(options, row, record, progress)
            except KeyboardInterrupt as stop:
                stopped = exit_code(stop)
            progress.finish(rows[number])
            _write(out, rows, command)
            summary = rows[number].summary
            stopped = stopped or (0 if summary is None else stopped_code(summary))
            if stopped:
                break
    _print(options, rows)
    failed = any(row.failure is not None for row in rows)
    return stopped or (FAILED if failed else 0)


def _run(options: argparse.Namespace, row: BatchRow, record: Record, progress: Progress) -> BatchRow:
    """Run one source; a failure is kept and ends no batch."""
    own = argparse.Namespace(**{**vars(options), "source": row.source, "out": options.out / row.folder})
    try:
        summary = record(own, progress.show if progress.live else None)
    except GazeAttackError as error:
        return replace(row, failure=str(error))
    except Exception as error:
        if os.environ.get("GAZEATTACK_DEBUG"):
            raise
        log.debug("a run of the batch failed", exc_info=True)
        reason = f"An unexpected error ({type(error).__name__}) ended the run"
        return replace(row, failure=f"{reason}: set GAZEATTACK_DEBUG=1 to see the details.")
    return replace(row, summary=summary, failure=summary["failure"])


class Progress:
    """One bar for the whole batch on a terminal; elsewhere one line for each finished source."""

    def __init__(self, number: int, total: int, source: str) -> None:
        self._number, self._total, self._source = number, total, on_one_line(Path(source).name or source)
        self.live = sys.stderr.isatty()
        if self.live:
            self.show(0)

    def show(self, frames: int) -> None:
        """Show the number of frames of the current source."""
        if frames % 10 == 0:
            done = round(_WIDTH * self._number / self._total)
            bar = "#" * done + "-" * (_WIDTH - done)
            text = f"[{bar}] {self._number + 1} of {self._total}: {self._source[:30]}, {frames} frames"
            print(f"\r{text:<78}", end="\r", file=sys.stderr, flush=True)

    def finish(self, row: BatchRow) -> None:
        """Say how the source ended."""
        if row.failure is not None:
            told = on_one_line(row.failure)
        else:
            told = "interrupted" if row.summary is None else f"{row.summary['frames']} frames"
        blank = f"\r{'':<78}\r" if self.live else ""
        print(f"{blank}{self._number + 1} of {self._total}: {self._source}: {told}", file=sys.stderr, flush=True)


def _write(out: Path, rows: Sequence[BatchRow], command: str) -> None:
    """Write the index and the list of what is done so far.  Raises OutputError."""
    from gazeattack.errors import OutputError
    from gazeattack.live.batch_folder import INDEX, LIST
    from gazeattack.live.output_folder import cannot_write
    from gazeattack.report.batch.page import write_index

    try:
        write_whole(out / LIST, (json.dumps(_entries(rows), indent=2, allow_nan=False) + "\n").encode())
        write_index(out / INDEX, rows, command)
    except OSError as error:
        raise OutputError(cannot_write(out / INDEX, error)) from None


def _entries(rows: Sequence[BatchRow]) -> dict[str, Any]:
    return {
        "sources": [
            {"source": row.source, "folder": row.folder, "failure": row.failure, "summary": row.summary} for row in rows
        ],
        "failed": sum(row.failure is not None for row in rows),
        "not_run": sum(not row.ran for row in rows),
    }


def _print(options: argparse.Namespace, rows: Sequence[BatchRow]) -> None:
    from gazeattack.live.batch_folder import INDEX

    if options.json:
        print(json.dumps(_entries(rows), indent=2, allow_nan=False))
        return
    for row in rows:
        print(f"{on_one_line(row.source):<40} {_outcome(row)}")
    print(f"{'index':<40} {options.out / INDEX}")


def _outcome(row: BatchRow) -> str:
    if row.failure is not None:
        return f"failed: {on_one_line(row.failure)}"
    if row.summary is None:
        return "not run"
    summary, shift = row.summary, row.summary["mean_shift_deg"]
    moved = "" if shift is None else f", moved by {shift:.2f} degrees"
    return f"{summary['frames']} frames, {summary['faces']} with a face{moved}"


def _videos_of(folder: Path) -> list[str]:
    """The videos of a folder that is a source of no other kind; empty otherwise."""
    from gazeattack.capture.image_file import is_image_file
    from gazeattack.capture.recording import is_recording

    try:
        if not folder.is_dir() or is_recording(folder):
            return []
        files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except OSError:
        return []
    videos = [str(path) for path in files if path.suffix.lower() in VIDEO_SUFFIXES]
    if not videos or any(is_image_file(path) for path in files if str(path) not in videos):
        return []
    return videos


def _path_of(source: str) -> Path | None:
    """The file or folder of a source; None for another kind, and for one that does not exist."""
    from gazeattack.sources.registry import parse

    try:
        return parse(source).path
    except SourceError:
        return None
