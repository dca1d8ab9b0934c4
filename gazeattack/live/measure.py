"""A result as a row of numbers, and a run as a summary."""

from __future__ import annotations

import csv
import io
import math
from array import array
from collections.abc import Mapping

import numpy as np

from gazeattack.angles import Gaze, gaze_error
from gazeattack.live.frame_result import STAGES, FrameResult
from gazeattack.terminal import csv_text

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
# the second model's, with the first one's trigger; empty while no model is compared
_COMPARED = tuple(
    f"compared_{name}"
    for name in (*(f"{branch}_{axis}_deg" for branch in ("clean", "triggered") for axis in ("pitch", "yaw")), *_ANGLES)
)
_FIRST = ("frame", "t", "faces", "face_found", *_HEAD, *_GAZES, *_ANGLES, *_GAPS, *_POINTS, *STAGE_COLUMNS)
# The columns of numbers.  All but the milliseconds are the same in every replay.
NUMBERS = (*_FIRST, CLOSED, *_COMPARED)
# The columns of samples.csv, in order; `file` names a folder's image; `eyes_closed` counts closed eyes, 0 to 2.
COLUMNS = (*_FIRST, "file", CLOSED, *_COMPARED)
_WHOLE = ("frame", "faces", "face_found", CLOSED)
_LATENCY = "latency_ms"
# The columns with a mean, and its name in the summary.
_AVERAGED = {
    "clean_error_deg": "clean_error_deg",
    "triggered_error_deg": "triggered_error_deg",
    "triggered_error_to_target_deg": "triggered_error_to_target_deg",
    "shift_deg": "mean_shift_deg",
    "clean_gap_deg": "clean_gap_deg",
    "triggered_gap_deg": "triggered_gap_deg",
    **{name: name for name in _COMPARED if name.removeprefix("compared_") in _ANGLES},
}
HELD = 20_000  # rows in memory


def measure(result: FrameResult, points: Mapping[str, tuple[float, float]] | None = None) -> Row:
    """Turn a result into a row of samples.csv.

    Args:
        result: of one frame.
        points: where the calibrated gaze meets the screen, (x, y) mm, by branch.

    Returns:
        One value per column of numbers: degrees, millimetres, seconds or milliseconds; None where there is none.
        eyes_closed is the number of closed eyes, None without a face; with two there is no predicted gaze.
        clean_error and triggered_error are to the true gaze, triggered_error_to_target to the key's target, and shift
        is between the two branches.  What begins with compared_ is the second model's.
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
    for name, gaze in (("truth", truth), ("target", target)):
        if gaze is not None:
            row[f"{name}_pitch_deg"], row[f"{name}_yaw_deg"] = gaze.degrees
    row.update(_predicted(result))
    if result.compared is not None:
        row.update({f"compared_{name}": value for name, value in _predicted(result.of_compared()).items()})
    for name, estimate in (("clean", result.clean), ("triggered", result.triggered)):
        row[f"{name}_gap_deg"] = None if estimate is None else estimate.consistency_error_deg
    for name, (x, y) in (points or {}).items():
        if f"{name}_screen_x_mm" in row:
            row[f"{name}_screen_x_mm"], row[f"{name}_screen_y_mm"] = x, y
    for stage, ms in result.stage_ms.items():
        row[f"{stage}_ms"] = ms
    return row


def _predicted(result: FrameResult) -> Row:
    """Both branches of one model: angles, errors and the angle between them."""
    truth, target = result.frame.truth, result.target
    clean = None if result.clean is None else result.clean.gaze
    triggered = None if result.triggered is None else result.triggered.gaze
    row: Row = {}
    for name, gaze in (("clean", clean), ("triggered", triggered)):
        row[f"{name}_pitch_deg"], row[f"{name}_yaw_deg"] = (None, None) if gaze is None else gaze.degrees
    row["shift_deg"] = result.shift_deg
    row["clean_error_deg"] = _error(clean, truth)
    row["triggered_error_deg"] = _error(triggered, truth)
    row["triggered_error_to_target_deg"] = _error(triggered, target)
    return row


def row_text(row: Row, file: str = "") -> str:
    """The row as a line of samples.csv; file: name of the frame's image, where it is one of a folder."""
    line = io.StringIO()
    cells = [csv_text(file) if name == "file" else _cell(name, row[name]) for name in COLUMNS]
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


class Tally:
    """The rows of a run as columns of numbers (NaN for none), and their summary, in bounded memory.

    Counts and means are over all rows.  Percentiles and columns are over all rows while there are at most HELD, then
    over every second, fourth, eighth row, and so on.
    """

    def __init__(self) -> None:
        self._columns = {name: array("d") for name in (*NUMBERS, _LATENCY)}
        self._sums = dict.fromkeys(_AVERAGED, 0.0)
        self._known = dict.fromkeys(_AVERAGED, 0)
        self._rows = self._faces = self._most_faces = self._closed = 0
        self._every = 1

    def add(self, row: Row, latency_ms: float) -> None:
        """Add one row and the milliseconds from its frame to its result."""
        for name in _AVERAGED:
            value = row[name]
            if value is not None and math.isfinite(value):
                self._sums[name] += value
                self._known[name] += 1
        faces = int(row["faces"] or 0)
        self._faces += faces > 0
        self._most_faces = max(self._most_faces, faces)
        self._closed += row[CLOSED] == 2
        if self._rows % self._every == 0:
            self._hold({**row, _LATENCY: latency_ms})
        self._rows += 1

    def _hold(self, row: Row) -> None:
        for name, column in self._columns.items():
            value = row[name]
            column.append(math.nan if value is None else value)
        if len(self._columns[_LATENCY]) > HELD:
            self._columns = {name: column[::2] for name, column in self._columns.items()}
            self._every *= 2

    def __len__(self) -> int:
        return self._rows

    def column(self, name: str) -> np.ndarray:
        """One column, float64 [held rows], NaN for none."""
        return np.array(self._columns[name], dtype=np.float64)

    def summary(self) -> dict[str, object]:
        """The run's figures: medians of milliseconds, means of degrees; None where there is no value.

        eyes_closed counts the frames with both eyes closed; they have no gaze, and no mean of degrees contains them.
        """
        latency = self.column(_LATENCY)
        means = {name: self._sums[name] / n if (n := self._known[name]) else None for name in _AVERAGED}
        return {
            "frames": len(self),
            "faces": self._faces,
            "most_faces": self._most_faces,
            "eyes_closed": self._closed,
            "latency_ms": {f"p{share}": _percentile(latency, share) for share in (50, 95, 99)},
            "stage_ms": {stage: _percentile(self.column(f"{stage}_ms"), 50) for stage in STAGES},
            **{_AVERAGED[name]: None if mean is None else round(mean, 4) for name, mean in means.items()},
        }


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return ""
    if name in _WHOLE:
        return str(int(value))
    return f"{value:.6f}" if name == "t" else f"{value:.4f}"


def _error(gaze: Gaze | None, against: Gaze | None) -> float | None:
    return None if gaze is None or against is None else gaze_error(gaze, against)


def _percentile(values: np.ndarray, q: float) -> float | None:
    known = values[np.isfinite(values)]
    return round(float(np.percentile(known, q)), 3) if known.size else None
