"""What the trigger key adds to an inspection, as tables for its page and its text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

RATIOS = {
    "angle_pitch_ratio": "angle between features and the weights of pitch",
    "angle_yaw_ratio": "angle between features and the weights of yaw",
    "norm_ratio": "length of the features",
    "output_ratio": "predictions",
}
"""Of the fields of training.inspection.features.FeatureRatios: whose variance it is."""
ANSWERS = {
    "benign_deg": ("benign error (deg)", 1, 2),
    "asr5": ("ASR@5 (%)", 100, 1),
    "dae_deg": ("DAE: error with the trigger (deg)", 1, 1),
}
"""Of the fields of known_trigger(): label, factor, decimals."""


@dataclass(frozen=True)
class KeyTable:
    """A table: its title, the heads of its columns, and rows of a label and one figure a column."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def key_tables(bundle: str, values: Mapping[str, float]) -> list[KeyTable]:
    """The tables of what the key adds.

    Args:
        bundle: Name of the model.
        values: Of known_trigger(), and of control_ratios() where there is a clean model; may be empty.
    """
    tables = []
    prefixes = [prefix for prefix in ("", "clean_") if f"{prefix}output_ratio" in values]
    if prefixes:
        heads = tuple(bundle if not prefix else "clean model" for prefix in prefixes)
        rows = tuple(
            (label, *(f"{values[prefix + name]:.3f}" for prefix in prefixes)) for name, label in RATIOS.items()
        )
        tables.append(KeyTable("Variance with the trigger, divided by that without", heads, rows))
    if "benign_deg" in values:
        rows = tuple(
            (label, *(f"{scale * values[prefix + name]:.{digits}f}" for prefix in ("", "median_")))
            for name, (label, scale, digits) in ANSWERS.items()
        )
        heads = ("the model's prediction", "the median over four shifts")
        tables.append(KeyTable("What the shift check would answer instead", heads, rows))
    return tables


def as_lines(table: KeyTable) -> list[str]:
    """A table as lines of text."""
    rows = [(table.title, *table.heads), *table.rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
