"""Arrays of an .npz file; whatever is wrong with the file becomes one sentence."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from gazeattack.errors import DataError
from gazeattack.files import regular_file

_MAGIC = b"\x93NUMPY"
_ENCRYPTED = 1  # bit of a zip member's flags


def read_arrays(path: Path, names: Iterable[str], advice: str = "export it again") -> dict[str, np.ndarray]:
    """Read some arrays of an .npz file.

    Args:
        path: the file.
        names: the arrays to read; those that the file lacks are left out.
        advice: what to do about a damaged file, for the sentence.

    Raises:
        DataError: the file cannot be read, is no .npz, or is damaged; the sentence names the file and the cause.
    """
    found = array_names(path, advice)
    arrays = {}
    for name in names:
        if name in found:
            arrays[name] = _read_one(path, name, advice)
    return arrays


def array_names(path: Path, advice: str = "export it again") -> list[str]:
    """The names of the arrays in an .npz file; see read_arrays()."""
    try:
        with regular_file(path).open("rb") as file:
            start = file.read(len(_MAGIC))
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}): check the path.") from None
    if start == _MAGIC:
        raise DataError(f"{path} is a single array (.npy): save images and labels together with numpy.savez.")
    if not start.startswith(b"PK"):
        raise DataError(f"{path} is not an .npz file: {_hint(path, advice)}.")
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except Exception:  # as in _read_one()
        raise DataError(f"{path} is damaged: {advice}.") from None
    arrays = [member for member in members if member.filename.endswith(".npy")]
    if any(member.flag_bits & _ENCRYPTED for member in arrays):
        raise DataError(f"{path} is encrypted: unpack it with its password, and save it again without one.")
    if not arrays:
        raise DataError(f"{path} is a zip file without arrays, not an .npz: {_hint(path, advice)}.")
    return [member.filename.removesuffix(".npy") for member in arrays]


def _read_one(path: Path, name: str, advice: str) -> np.ndarray:
    try:
        with np.load(path, allow_pickle=False) as file:
            array: np.ndarray = file[name]
    except ValueError as error:
        if "allow_pickle" in str(error):
            raise DataError(f'{path} has Python objects in "{name}": save it as plain numbers or text.') from None
        raise DataError(f'{path} is damaged in "{name}": {advice}.') from None
    except MemoryError:
        raise DataError(
            f'{path} has a "{name}" that does not fit into memory: {advice}, or in smaller parts.'
        ) from None
    except NotImplementedError:
        raise DataError(f'{path} has "{name}" packed by a method that cannot be read: {advice}.') from None
    except Exception:  # numpy and zipfile raise a dozen kinds for a damaged file, zlib.error and TokenError among them
        raise DataError(f'{path} is damaged in "{name}": {advice}.') from None
    if not isinstance(array, np.ndarray):
        raise DataError(f'{path} is damaged in "{name}": {advice}.')
    return array


def _hint(path: Path, advice: str) -> str:
    if path.suffix.lower() in (".csv", ".tsv"):
        return "name the table labels.csv and give its folder to a training script, as csv-eyes:FOLDER"
    if path.suffix.lower() in (".mat", ".h5", ".hdf5"):
        return "give its folder to a training script with the name of a reader, as mpiigaze:FOLDER"
    return advice
