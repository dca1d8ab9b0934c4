"""The output folder of a batch: an index, and a folder for the run of each source."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from gazeattack.errors import OutputError
from gazeattack.live.output_folder import RUN_FILES, cannot_write, check_folder, check_names, clear_folder

INDEX, LIST = "index.html", "batch.json"
_RUN = re.compile(r"\d{2,}-[\w.-]+", re.ASCII)
_LONGEST = 40


def run_folders(sources: list[str]) -> list[str]:
    """A name for the run's folder of each source: its number, then its name in plain letters."""
    digits = max(2, len(str(len(sources))))
    names = []
    for number, source in enumerate(sources, start=1):
        stem = Path(source.rstrip("/\\")).stem if not source.startswith(("synthetic", "camera:")) else source
        plain = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-")[:_LONGEST] or "source"
        names.append(f"{number:0{digits}d}-{plain}")
    return names


def check_batch_folder(path: Path, *, overwrite: bool) -> None:
    """Check that no file of others and no earlier result would be lost in the output folder of a batch.

    Args:
        path: the folder.
        overwrite: accept the results of an earlier batch; clear_batch_folder() removes them.

    Raises:
        OutputError: where the folder contains other files, or an earlier batch without `overwrite`, or cannot be read.
    """
    try:
        runs = list(_runs(path))
    except OSError as error:
        raise OutputError(cannot_write(path, error)) from None
    own = {INDEX, LIST, *(run.name for run in runs)}
    check_names(path, "batch", own, whole=(path / LIST).exists(), overwrite=overwrite)
    for run in runs:
        if _has_files(run):
            check_folder(run, overwrite=True)


def clear_batch_folder(path: Path) -> None:
    """Remove the files of an earlier batch.  Raises OutputError where that fails."""
    try:
        for run in _runs(path):
            clear_folder(run)
            # a hidden file of others keeps the folder
            with contextlib.suppress(OSError):
                run.rmdir()
        for name in (INDEX, LIST):
            (path / name).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(cannot_write(path, error)) from None


def _runs(path: Path) -> Iterator[Path]:
    for entry in sorted(path.iterdir()):
        if _RUN.fullmatch(entry.name) and entry.is_dir() and not entry.is_symlink():
            yield entry


def _has_files(run: Path) -> bool:
    """Whether a run has got as far as its first file."""
    return any(entry.name in RUN_FILES or not entry.name.startswith(".") for entry in run.iterdir())
