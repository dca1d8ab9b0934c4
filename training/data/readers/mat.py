"""MATLAB 5 files, by scipy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from training.data.readers.sample import need


def load_mat(path: Path) -> dict[str, Any]:
    """A .mat file's variables, squeezed, with structs as objects.

    Raises:
        ValueError: the file cannot be read.
    """
    scipy_io = need("scipy.io")
    try:
        variables: dict[str, Any] = scipy_io.loadmat(path, struct_as_record=False, squeeze_me=True)
    except Exception as error:  # scipy raises a dozen kinds for a damaged file, and NotImplementedError for a 7.3 one
        raise ValueError(str(error)) from None
    return variables
