"""The figures of blind tests as a table: one row per attack, strength and number of choices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gazeattack.blind_test.aggregate import Curve, Point
from gazeattack.terminal import csv_text

COLUMNS = (
    "attack", "relative_strength", "choices", "trials", "correct", "share", "low", "high", "p", "pixel_change",
    "people", "threshold",
)  # fmt: skip


def rows_of(points: Sequence[Point], curves: Sequence[Curve]) -> list[dict[str, Any]]:
    """One row per point, with the names of COLUMNS."""
    thresholds = {curve.attack: curve.threshold for curve in curves}
    return [
        {
            "attack": point.attack,
            "relative_strength": point.relative_strength,
            "choices": point.choices,
            "trials": point.score.trials,
            "correct": point.score.correct,
            "share": round(point.score.share, 4),
            "low": round(point.score.low, 4),
            "high": round(point.score.high, 4),
            "p": float(f"{point.score.p:.4g}"),
            "pixel_change": round(point.pixel_change, 5),
            "people": point.people,
            "threshold": None if thresholds.get(point.attack) is None else round(thresholds[point.attack] or 0.0, 4),
        }
        for point in points
    ]


def table_of(points: Sequence[Point], curves: Sequence[Curve]) -> list[tuple[str, ...]]:
    """The rows as text for a CSV file, the header first; what is not known is empty."""
    cells = (row.values() for row in rows_of(points, curves))
    return [COLUMNS, *(tuple("" if v is None else csv_text(str(v)) for v in row) for row in cells)]
