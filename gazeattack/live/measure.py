"""A result as a row of numbers, and a run as a summary."""

from __future__ import annotations

import csv
import io
import math
from array import array
from collections.abc import Iterable, Mapping

import numpy as np

from gazeattack.angles import Gaze, angular_error
from gazeattack.live.frame_result import STAGES, FrameResult
from gazeattack.terminal import printable

Row = dict[str, float | None]

_HEAD = (
    "head_pitch_deg",
    "head_yaw_deg",
    "head_roll_deg",
    "head_x_mm",
    "head_y_mm",
    "head_z_mm",
)
_GAZES = tuple(f"{name}_{axis}_deg" for name in ("clean", "triggered", "truth", "target") for axis in ("pitch", "yaw"))
_ANGLES = ("shift_deg", "clean_error_deg", "triggered_error_deg", "triggered_error_to_target_deg")
# between a branch's prediction and its landmark gaze; empty for a network without landmarks
_GAPS = ("clean_gap_deg", "triggered_gap_deg")
# where the calibrated, unsmoothed gaze meets the screen, from its top left corner; empty without a calibration
_POINTS = tuple(f"{name}_screen_{axis}_mm" for name in ("clean", "triggered") for axis in "xy")
STAGE_COLUMNS = tuple(f"{stage}_ms" for stage in STAGES)
CLOSED = "eyes_closed"
# The columns of numbers.  All but the milliseconds are the same in every replay.
NUMBERS = ("frame", "t", "faces", "face_found", *_HEAD, *_GAZES, *_ANGLES, *_GAPS, *_POINTS, *STAGE_COLUMNS, CLOSED)
# The columns of samples.csv, in order; `file` names a folder's image; `eyes_closed` counts closed eyes, 0 to 2.
COLUMNS = (*NUMBERS[:-1], "file", CLOSED)
_WHOLE = ("frame", "faces", "face_found", CLOSED)


def measure(result: FrameResult, points: Mapping[str, tuple[float, float]] | None = None) -> Row:
    """Turn a result into a row of samples.csv.

    Args:
        result: of one frame.
        points: where the calibrated gaze meets the screen, (x, y) mm, by branch.

    Returns:
        One value per column of numbers: degrees, millimetres, seconds or milliseconds; None where there is none.
        eyes_closed is the number of closed eyes, None without a face; with two there is no predicted gaze.
        clean_error and triggered_error are to the true gaze, triggered_error_to_target to the key's target, and shift
        is between the two branches.
    """
    row: Row = dict.fromkeys(NUMBERS)
    face = result.face
    row["frame"], row["t"] = result.frame.index, result.t
    row["faces"], row["face_found"] = (0, 0) if face is None else (face.count, 1)
    if face is not None:
        row[CLOSED] = sum(result.eyes_closed)
        head = (*face.pose.facing.degrees, math.degrees(face.pose.roll), *map(float, face.pose.translation))
        row.update(zip(_HEAD, head, strict=True))
    truth, target = result.frame.truth, result.target
    clean = None if result.clean is None else result.clean.gaze
    triggered = None if result.triggered is None else result.triggered.gaze
    for name, gaze in (("clean", clean), ("triggered", triggered), ("truth", truth), ("target", target)):
        if gaze is not None:
            row[f"{name}_pitch_deg"], row[f"{name}_yaw_deg"] = gaze.degrees
    row["shift_deg"] = result.shift_deg
    for name, estimate in (("clean", result.clean), ("triggered", result.triggered)):
        row[f"{name}_gap_deg"] = None if estimate is None else estimate.consistency_error_deg
    row["clean_error_deg"] = _error(clean, truth)
    row["triggered_error_deg"] = _error(triggered, truth)
    row["triggered_error_to_target_deg"] = _error(triggered, target)
    for name, (x, y) in (points or {}).items():
        if f"{name}_screen_x_mm" in row:
            row[f"{name}_screen_x_mm"], row[f"{name}_screen_y_mm"] = x, y
    for stage, ms in result.stage_ms.items():
        row[f"{stage}_ms"] = ms
    return row


def row_text(row: Row, file: str = "") -> str:
    """The row as a line of samples.csv; file: name of the frame's image, where it is one of a folder."""
    line = io.StringIO()
    cells = [printable(file) if name == "file" else _cell(name, row[name]) for name in COLUMNS]
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


class Tally:
    """The rows of a run as columns of numbers (NaN for none), and their summary."""

    def __init__(self) -> None:
        self._columns = {name: array("d") for name in NUMBERS}
        self._latency = array("d")

    def add(self, row: Row, latency_ms: float) -> None:
        """Add one row and the milliseconds from its frame to its result."""
        for name, column in self._columns.items():
            value = row[name]
            column.append(math.nan if value is None else value)
        self._latency.append(latency_ms)

    def __len__(self) -> int:
        return len(self._latency)

    def column(self, name: str) -> np.ndarray:
        """One column, float64 [rows], NaN for none."""
        return np.array(self._columns[name], dtype=np.float64)

    def summary(self) -> dict[str, object]:
        """The run's figures: medians of milliseconds, means of degrees; None where there is no value.

        eyes_closed counts the frames with both eyes closed; they have no gaze, and no mean of degrees contains them.
        """
        faces = self.column("faces")
        return {
            "frames": len(self),
            "faces": int(np.count_nonzero(faces)),
            "most_faces": int(faces.max(initial=0)),
            "eyes_closed": int(np.count_nonzero(self.column(CLOSED) == 2)),
            "latency_ms": {"p50": _percentile(self._latency, 50), "p95": _percentile(self._latency, 95)},
            "stage_ms": {stage: _percentile(self.column(f"{stage}_ms"), 50) for stage in STAGES},
            "clean_error_deg": _mean(self.column("clean_error_deg")),
            "triggered_error_deg": _mean(self.column("triggered_error_deg")),
            "triggered_error_to_target_deg": _mean(self.column("triggered_error_to_target_deg")),
            "mean_shift_deg": _mean(self.column("shift_deg")),
            "clean_gap_deg": _mean(self.column("clean_gap_deg")),
            "triggered_gap_deg": _mean(self.column("triggered_gap_deg")),
        }


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return ""
    if name in _WHOLE:
        return str(int(value))
    return f"{value:.6f}" if name == "t" else f"{value:.4f}"


def _error(gaze: Gaze | None, against: Gaze | None) -> float | None:
    return None if gaze is None or against is None else float(angular_error(gaze, against))


def _known(values: Iterable[float]) -> np.ndarray:
    known = np.asarray(values, dtype=np.float64)
    return known[np.isfinite(known)]


def _mean(values: Iterable[float]) -> float | None:
    known = _known(values)
    return round(float(known.mean()), 4) if known.size else None


def _percentile(values: Iterable[float], q: float) -> float | None:
    known = _known(values)
    return round(float(np.percentile(known, q)), 3) if known.size else None
