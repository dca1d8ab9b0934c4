"""Targets as people keep them: a CSV beside a video or beside pictures, or x and y in the names of pictures."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gazeattack.collection.track import TargetTrack
from gazeattack.errors import DataError
from gazeattack.files import regular_file
from gazeattack.screen.geometry import ScreenGeometry

FRAME, SECONDS, FILE = "frame", "seconds", "file"
PX, MM, SHARE = "px", "mm", "share"
UNITS = (PX, MM, SHARE)
_KEYS = {
    FRAME: ("frame", "frame_index", "index"),
    SECONDS: ("seconds", "second", "t", "time", "time_s", "timestamp"),
    FILE: ("file", "filename", "image", "picture", "name"),
}
_POINT = tuple((f"x{tail}", f"y{tail}") for tail in ("", "_px", "_mm"))
_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_NAMED = re.compile(rf"(?<![a-z])x[ =:_-]?({_NUMBER})[ ,;_-]*y[ =:_-]?({_NUMBER})(?![\d.])", re.IGNORECASE)
_LAST_TWO = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)[ ,;xX_-]+(\d+(?:\.\d+)?)(?![\d.])\D*$")


@dataclass(frozen=True, eq=False)
class TargetTable:
    """The rows of a CSV.

    by: FRAME, SECONDS or FILE, what `keys` are: float [M] or names.  points: mm from the screen's top left corner
    [M, 2]; nan where the row says that there is nothing to look at.
    """

    by: str
    keys: Sequence[float | str]
    points: np.ndarray

    def track(self, frame_times: Mapping[int, float]) -> TargetTrack:
        """The targets over time.  frame_times: seconds of every frame that was read, by its index.

        Raises:
            DataError: the rows name no frame of the source.
        """
        rows = [(key, i) for i, key in enumerate(self.keys) if not isinstance(key, str)]
        if self.by == FRAME:
            rows = [(frame_times[int(key)], i) for key, i in rows if int(key) in frame_times]
        rows.sort()
        if not rows:
            raise DataError("The targets name no frame of the source: frames are counted from 0.")
        return TargetTrack(np.array([t for t, _ in rows]), self.points[[i for _, i in rows]])

    def by_name(self) -> dict[str, tuple[float, float]]:
        """File name -> target, without those that have none."""
        named = ((str(key), point) for key, point in zip(self.keys, self.points.tolist(), strict=True))
        return {Path(name).name: (point[0], point[1]) for name, point in named if math.isfinite(point[0])}


def to_mm(point: tuple[float, float], unit: str, screen: ScreenGeometry) -> tuple[float, float]:
    """A point in one of UNITS, from the screen's top left corner, in mm."""
    if unit == PX:
        return screen.to_mm(point)
    return point if unit == MM else (point[0] * screen.width_mm, point[1] * screen.height_mm)


def read_target_csv(path: Path, screen: ScreenGeometry, unit: str = PX) -> TargetTable:
    """Read a CSV with a header: frame (from 0), seconds or file, then x and y.

    Where both cells of a point are empty, nothing is shown from then on.

    Raises:
        DataError: the file cannot be read, or a row is not as described; the sentence names the line.
    """
    try:
        text = regular_file(path).read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        raise DataError(f"{path} cannot be read as a CSV: check the path.") from None
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise DataError(f"{path} is empty: give a CSV with the columns frame (or seconds), x and y.")
    delimiter = next((sign for sign in (";", "\t") if sign in lines[0]), ",")
    table = csv.reader(lines, delimiter=delimiter)
    heads = [name.strip().lower() for name in next(table)]
    by, key_at, x_at, y_at = _columns(path, heads)
    point_unit = heads[x_at].removeprefix("x").removeprefix("_") or unit
    keys: list[float | str] = []
    points = []
    for number, row in enumerate(table, start=2):
        cells = [cell.strip() for cell in row]
        where = f"{path}, row {number}"
        if len(cells) <= max(key_at, x_at, y_at):
            raise DataError(f"{where} has {len(cells)} cells: give one for each column.")
        keys.append(cells[key_at] if by == FILE else _number(cells[key_at], where, by))
        points.append(_point(cells[x_at], cells[y_at], where, point_unit, screen))
    if not any(math.isfinite(x) for x, _ in points):
        raise DataError(f"{path} has no labels: give x and y of the points that were looked at.")
    return TargetTable(by, keys, np.array(points))


def targets_of_names(names: Iterable[str], screen: ScreenGeometry, unit: str = PX) -> dict[str, tuple[float, float]]:
    """The targets in the names of pictures, such as p1_x960_y540.jpg or 0007_960_540.png (the last two numbers).

    Returns:
        File name -> mm from the screen's top left corner; names without a point are left out.

    Raises:
        DataError: no name has a point, or a point lies outside the screen.
    """
    found = {}
    for name in names:
        match = _NAMED.search(Path(name).stem) or _LAST_TWO.search(Path(name).stem)
        if match is not None:
            found[name] = _point(match[1], match[2], name, unit, screen)
    if not found:
        raise DataError(
            "No picture has x and y in its name: name them like face_x960_y540.jpg, or give --targets a CSV with the "
            "columns file, x and y."
        )
    return found


def _columns(path: Path, heads: Sequence[str]) -> tuple[str, int, int, int]:
    by = next(((kind, heads.index(n)) for kind, names in _KEYS.items() for n in names if n in heads), None)
    point = next(((heads.index(x), heads.index(y)) for x, y in _POINT if x in heads and y in heads), None)
    if by is None:
        raise DataError(f"{path} has neither a frame nor a seconds nor a file column: name one so in its first line.")
    if point is None:
        raise DataError(f"{path} has no labels: give it the columns x and y, the points that were looked at.")
    return (*by, *point)


def _point(x: str, y: str, where: str, unit: str, screen: ScreenGeometry) -> tuple[float, float]:
    if not x and not y:
        return math.nan, math.nan
    point = _number(x, where, "x"), _number(y, where, "y")
    mm = to_mm(point, unit, screen)
    if not screen.contains(mm):
        sizes = {
            PX: f"{screen.width_px}x{screen.height_px} px",
            MM: f"{screen.width_mm:.0f}x{screen.height_mm:.0f} mm",
            SHARE: "0 to 1",
        }
        raise DataError(
            f"{where}: the target ({point[0]:g}, {point[1]:g}) lies outside the screen ({sizes[unit]}): give the "
            "screen's resolution with --screen, its size with --diagonal, or correct the target."
        )
    return mm


def _number(text: str, where: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DataError(f"{where}: {name} is {text or 'empty'!r}, not a number: correct it or delete the row.")
    return value
