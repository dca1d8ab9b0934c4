"""HDF5 files, read row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gazeattack.files import regular_file
from training.data.readers.sample import need
from training.errors import TrainingError


@contextmanager
def open_columns(path: Path, shapes: Mapping[str, tuple[int | None, ...]], expected: str) -> Iterator[dict[str, Any]]:
    """Open datasets of an HDF5 file; their rows are read when they are indexed.

    Args:
        path: the file.
        shapes: dataset's name -> shape of one row, with None for any size.  All must have the same number of rows.
        expected: the expected layout, for the error sentence.

    Raises:
        TrainingError: the file cannot be opened, or a dataset is missing or of another shape.
    """
    h5py = need("h5py")
    wrong = TrainingError(f"{path} has another layout: expected {expected}.")
    try:
        file = h5py.File(regular_file(path), "r")
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
            if columns[name].dtype.kind not in "fiu":
                raise wrong
            if len(found) != len(shape) or any(b is not None and a != b for a, b in zip(found, shape, strict=True)):
                raise wrong
        try:
            yield columns
        except OSError:
            raise wrong from None
