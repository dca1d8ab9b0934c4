"""HDF5 files: opened lazily, checked before use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from training.data.readers.sample import need
from training.errors import TrainingError


@contextmanager
def open_columns(path: Path, shapes: Mapping[str, tuple[int | None, ...]], expected: str) -> Iterator[dict[str, Any]]:
    """The named datasets of an HDF5 file, unread: rows are read when they are indexed.

    shapes: of one row of each, None for any size; all have the same number of rows.
    Raises TrainingError naming the file and `expected` if it cannot be opened, something is missing or misshapen.
    """
    h5py = need("h5py")
    wrong = TrainingError(f"{path} is not what a reader can use: expected {expected}.")
    try:
        file = h5py.File(path, "r")
    except OSError:
        raise wrong from None
    with file:
        columns = {name: file.get(name) for name in shapes}
        if not all(isinstance(column, h5py.Dataset) for column in columns.values()):
            raise wrong
        if len({column.shape[:1] for column in columns.values()}) != 1:
            raise wrong
        for name, shape in shapes.items():
            found = columns[name].shape[1:]
            if len(found) != len(shape) or any(b is not None and a != b for a, b in zip(found, shape, strict=True)):
                raise wrong
        try:
            yield columns
        except OSError:
            raise wrong from None
