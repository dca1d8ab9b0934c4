"""The output folder of `gazeattack run`: its files, and the checks that nobody's files are lost in it."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from gazeattack.errors import OutputError
from gazeattack.files import PARTIAL

TABLE, VIDEO, PICTURE = "samples.csv", "annotated.mp4", "picture.png"
# the video with the trigger in its frames, without annotations
CHANGED = "changed.mp4"
SUMMARY, REPORT, EVENTS = "summary.json", "report.html", "events.csv"
_FILES = (TABLE, VIDEO, CHANGED, PICTURE, SUMMARY, REPORT, EVENTS)
RUN_FILES = frozenset({*_FILES, *(name + PARTIAL for name in _FILES)})
# what file managers leave behind
IGNORED = frozenset({"Thumbs.db", "desktop.ini"})
_BEGIN = b"frame,t,"


def make_folder(path: Path) -> Path:
    """Make an output folder and check that it is writable.  Raises OutputError where it is not."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        # a new name: the folder may hold any other
        with tempfile.NamedTemporaryFile(dir=path, prefix=".gazeattack-"):
            pass
    except OSError as error:
        raise OutputError(cannot_write(path, error)) from None
    return path


def check_inputs(path: Path, inputs: Mapping[str, Path | None]) -> None:
    """Check that the output folder of a run contains none of its inputs.

    Args:
        path: the folder.
        inputs: what the run reads, by a word for it; None for what it does not read from a file.

    Raises:
        OutputError: where it does.
    """
    folder = path.resolve()
    for word, given in inputs.items():
        read = None if given is None else given.resolve()
        if read is not None and (read == folder or folder in read.parents):
            raise OutputError(f"The {word} {given} lies in the output folder: choose another --out folder.")


def check_folder(path: Path, *, overwrite: bool) -> Path:
    """Check that no file of others and no earlier result would be lost in the output folder of a run.

    Args:
        path: the folder.
        overwrite: accept the results of an earlier run; clear_folder() removes them.

    Raises:
        OutputError: where the folder contains other files, or an earlier run without `overwrite`, or cannot be read.
    """
    check_names(path, "run", RUN_FILES, whole=_is_run(path), overwrite=overwrite)
    return path


def check_names(path: Path, kind: str, own: Collection[str], *, whole: bool, overwrite: bool) -> None:
    """Check that an output folder is empty, or holds an earlier result that may be replaced.

    Args:
        path: the folder.
        kind: "run" or "batch".
        own: names that such a result has.
        whole: whether what makes it such a result is there.
        overwrite: accept an earlier result.

    Raises:
        OutputError: where it holds something else, or an earlier result without `overwrite`, or cannot be read.
    """
    try:
        names = sorted(e.name for e in path.iterdir() if not e.name.startswith(".") and e.name not in IGNORED)
    except OSError as error:
        raise OutputError(cannot_write(path, error)) from None
    foreign = [name for name in names if name not in own]
    if names and (foreign or not whole):
        raise OutputError(
            f'{path} contains files that are not of a {kind} ("{(foreign or names)[0]}"): choose another --out folder.'
        )
    if names and not overwrite:
        raise OutputError(
            f"{path} contains the results of an earlier {kind}: add --overwrite to replace them, or choose another "
            "--out folder."
        )


def clear_folder(path: Path) -> None:
    """Remove the files of an earlier run.  Raises OutputError where that fails."""
    try:
        for name in RUN_FILES:
            (path / name).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(cannot_write(path, error)) from None


def cannot_write(path: Path, error: OSError) -> str:
    """The sentence for a file or folder that cannot be written."""
    return f"{path} cannot be written ({error.strerror or error}): free some space or choose another --out folder."


def _is_run(path: Path) -> bool:
    """Whether the folder's table is one that a run writes."""
    try:
        with (path / TABLE).open("rb") as table:
            return table.read(len(_BEGIN)) == _BEGIN
    except OSError:
        return False
