"""The CSV log of a training run: the mean loss and errors of each epoch."""

from __future__ import annotations

import csv
import math
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gazeattack.errors import DataError

LOG = "log.csv"
CURVES = ("loss_deg", "benign_deg", "attack_deg", "noise_deg", "wrong_key_deg")
MOST_BYTES = 8_000_000  # 40,000 epochs
MOST_DEG = 360.0  # above every angle; a loss that diverges leaves a gap


@dataclass(frozen=True)
class TrainingLog:
    """The epochs of a run that have ended.

    epochs: int64 [N].  curves: for each of CURVES float64 [N] in degrees, nan where there is none, such as the attack
    error of a clean model.  half_written: the last line has no end yet, and was left out.
    """

    epochs: np.ndarray
    curves: Mapping[str, np.ndarray]
    half_written: bool = False


def log_path(path: Path) -> Path:
    """The log of a run's folder, or the file itself."""
    return path / LOG if path.is_dir() else path


def read_training_log(path: Path) -> TrainingLog:
    """Read the log that a training writes; it may be growing.

    Args:
        path: the run's folder, or its log.csv.

    Returns:
        Its whole lines; none before the first epoch has ended.

    Raises:
        DataError: there is no such file, or it is no log of a training.
    """
    try:
        path = log_path(path)
        status = path.stat()
        # a pipe or a device would never end
        if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
            raise _foreign(path)
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise DataError(f"There is no {path}: choose the folder of a training run, or its {LOG}.") from None
    except UnicodeDecodeError:
        raise _foreign(path) from None
    except (OSError, ValueError) as error:
        # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path} cannot be read ({reason}): choose another run.") from None
    whole, end, rest = text.rpartition("\n")
    lines = (whole + end).splitlines()
    if not lines and rest[:6] in "epoch,":
        # the first line is not complete yet
        return _log([], half_written=bool(rest))
    reader = csv.DictReader(lines, strict=True)
    try:
        if not {"epoch", *CURVES} <= set(reader.fieldnames or ()):
            raise _foreign(path)
        rows = [_row(row) for row in reader]
    except (ValueError, TypeError, csv.Error):
        raise DataError(f"Line {reader.reader.line_num} of {path} is damaged: choose another run.") from None
    return _log(rows, half_written=bool(rest))


def _row(row: Mapping[str, str]) -> tuple[float, ...]:
    """The epoch and its CURVES.  Raises ValueError or TypeError for what are no numbers, or too few."""
    values = (float(row[name]) for name in CURVES)
    epoch = int(row["epoch"])
    if not 0 <= epoch < 2**31:
        raise ValueError(epoch)
    return (epoch, *(value if 0 <= value <= MOST_DEG else math.nan for value in values))


def _log(rows: list[tuple[float, ...]], *, half_written: bool) -> TrainingLog:
    table = np.array(rows, dtype=np.float64).reshape(-1, 1 + len(CURVES))
    curves = {name: table[:, 1 + column] for column, name in enumerate(CURVES)}
    return TrainingLog(table[:, 0].astype(np.int64), curves, half_written)


def _foreign(path: Path) -> DataError:
    return DataError(f"{path} is not the log of a training: choose the folder of a training run, or its {LOG}.")
