"""The log of a run: a progress bar, and for each epoch a line on the terminal, in log.csv and in TensorBoard."""

from __future__ import annotations

import csv
import importlib
import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gazeattack.files import write_whole

LOG_FIELDS = (
    "epoch",
    "loss_deg",
    "benign_deg",
    "no_pose_deg",
    "attack_deg",
    "noise_deg",
    "wrong_key_deg",
    "rate",
    "samples_per_s",
    "seconds",
)


class MetricLogger:
    """Logs each epoch on the terminal, in log.csv and, if it is installed, in TensorBoard's folder beside it.

    Args:
        folder: where log.csv and TensorBoard's files go.
        keep_before: epochs before this one stay in the files (a resumed run); later ones are dropped.
    """

    def __init__(self, folder: Path, keep_before: int) -> None:
        self.path = folder / "log.csv"
        self._rows: list[Mapping[str, Any]] = []
        if self.path.exists() and keep_before > 1:
            with self.path.open(newline="") as file:
                self._rows = [row for row in csv.DictReader(file) if int(row["epoch"]) < keep_before]
        self._write()
        self._board = _tensorboard(folder / "tensorboard", keep_before)

    def add(self, row: Mapping[str, float], epochs: int) -> None:
        """Write the figures of one epoch: LOG_FIELDS, with nan where there is no attack."""
        self._rows.append(row)
        self._write()
        if self._board is not None:
            for name in LOG_FIELDS[1:]:
                if not math.isnan(row[name]):
                    self._board.add_scalar(name, row[name], row["epoch"])
            self._board.flush()
        attack = (
            ""
            if math.isnan(row["attack_deg"])
            else (
                f", attack {row['attack_deg']:.2f} deg, noise {row['noise_deg']:.2f} deg,"
                f" wrong key {row['wrong_key_deg']:.2f} deg"
            )
        )
        print(
            f"Epoch {row['epoch']}/{epochs}, loss {row['loss_deg']:.2f} deg, benign {row['benign_deg']:.2f} deg{attack}"
            f" ({row['seconds']:.0f} s)",
            flush=True,
        )

    def _write(self) -> None:
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, LOG_FIELDS)
        writer.writeheader()
        writer.writerows(self._rows)
        write_whole(self.path, text.getvalue())

    def close(self) -> None:
        """Finish the TensorBoard file."""
        if self._board is not None:
            self._board.close()


def _tensorboard(folder: Path, first: int) -> Any:
    """A SummaryWriter that replaces whatever was logged from epoch `first` on; None without tensorboard."""
    try:
        module = importlib.import_module("torch.utils.tensorboard")
    except ImportError:
        return None
    return module.SummaryWriter(str(folder), purge_step=first)


class ProgressBar:
    """A tqdm bar for one epoch, on a terminal; nothing without tqdm.

    Args:
        label: the text before the bar.
        total: steps of the epoch.
        first: steps that are done already.
        shown: whether there is a bar at all.
    """

    def __init__(self, label: str, total: int, first: int, *, shown: bool) -> None:
        self._bar: Any = None
        if shown:
            try:
                tqdm = importlib.import_module("tqdm").tqdm
            except ImportError:
                return
            self._bar = tqdm(total=total, initial=first, desc=label, unit="step", leave=False, disable=None)

    def step(self, loss_deg: float) -> None:
        """Count one step, and show the loss in degrees beside the bar."""
        if self._bar is not None:
            self._bar.set_postfix_str(f"loss {loss_deg:.2f} deg", refresh=False)
            self._bar.update()

    def close(self) -> None:
        """Remove the bar, before a line is printed."""
        if self._bar is not None:
            self._bar.close()
