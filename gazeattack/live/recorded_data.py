"""What the program has stored about a person on this machine, and its deletion."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gazeattack.capture.recording import FRAMES, SIDECAR, TABLE
from gazeattack.collection.files import erase_collection, is_collection
from gazeattack.errors import OutputError

RECORDING, COLLECTION, CALIBRATION, SCREENSHOT = "recording", "measurement", "calibration", "screenshot"


@dataclass(frozen=True)
class StoredItem:
    """One recording, measurement, calibration or screenshot.  size: bytes on the disk."""

    kind: str
    path: Path
    size: int


def find_recorded_data(
    recordings: Path, pictures: Path, calibrations: Path, measurements: Iterable[Path] = ()
) -> list[StoredItem]:
    """List what was stored; folders that are missing or cannot be read hold nothing.

    Args:
        recordings: the folder of recordings.
        pictures: the folder of screenshots.
        calibrations: the folder of calibrations.
        measurements: folders that may be measurements.
    """
    found = [(RECORDING, path) for path in _entries(recordings) if (path / SIDECAR).is_file()]
    found += [(COLLECTION, path) for path in measurements if is_collection(path)]
    found += [(CALIBRATION, path) for path in _entries(calibrations) if path.suffix == ".json" and path.is_file()]
    pattern = "gazeattack-*.png"
    found += [(SCREENSHOT, path) for path in _entries(pictures) if path.match(pattern) and path.is_file()]
    return [StoredItem(kind, path, _size(path)) for kind, path in found]


def delete_item(item: StoredItem) -> None:
    """Delete one item: of a recording or a measurement the program's own files, and the folder where it is empty then.

    Raises:
        OutputError: it cannot be deleted.
        DataError: a measurement is gone already.
    """
    if item.kind == COLLECTION:
        erase_collection(item.path)
        return
    try:
        if item.kind != RECORDING:
            item.path.unlink(missing_ok=True)
            return
        # the sidecar last: until it is gone, deleting can be repeated
        for name in (FRAMES, TABLE, SIDECAR):
            (item.path / name).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(
            f"{item.path} cannot be deleted ({error.strerror or error}): close what uses it, or delete it by hand."
        ) from None
    with contextlib.suppress(OSError):
        item.path.rmdir()


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _size(path: Path) -> int:
    try:
        return sum(each.stat().st_size for each in (_entries(path) if path.is_dir() else [path]) if each.is_file())
    except OSError:
        return 0
