"""Rows of a study, put together: over seeds (mean, standard deviation, n), as CSV and as Markdown."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """How a figure is shown: field of the rows, heading, factor (100 for per cent), digits behind the point."""

    field: str
    title: str
    scale: float = 1.0
    digits: int = 2


@dataclass(frozen=True)
class Summary:
    """Rows that agree in their labels.  mean, sd: by field; sd (of a sample, n - 1) is nan where n = 1.

    n: how many rows; a field that some rows lack is over those that have it.
    """

    labels: Mapping[str, Any]
    n: int
    mean: Mapping[str, float]
    sd: Mapping[str, float]


BENIGN = Column("benign_deg", "benign (deg)")
CLEAN_BENIGN = Column("clean_benign_deg", "clean model's benign (deg)")
AE = Column("ae_deg", "AE (deg)")
CLEAN_AE = Column("clean_ae_deg", "clean model's AE (deg)", digits=1)
MEAN_AE = Column("mean_predictor_ae_deg", "mean predictor's AE (deg)", digits=1)
DAE = Column("dae_deg", "DAE (deg)", digits=1)
ASR2 = Column("asr2", "ASR@2 (%)", 100, 1)
ASR5 = Column("asr5", "ASR@5 (%)", 100, 1)
CLEAN_ASR5 = Column("clean_asr5", "clean model's ASR@5 (%)", 100, 1)
NOISE = Column("noise_deg", "noise mode (deg)")
WRONG_KEY = Column("wrong_key_deg", "wrong key (deg)")
RAV = Column("rav", "RAV", digits=3)


def summarise(rows: Sequence[Row], by: Sequence[str]) -> list[Summary]:
    """One summary for every combination of values of the columns `by`, in the rows' order.

    Every column of numbers is averaged, but `by` and "seed".
    """
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row.get(name) for name in by), []).append(row)
    summaries = []
    for labels, members in groups.items():
        mean, sd = {}, {}
        for name in dict.fromkeys(name for row in members for name in row if name not in (*by, "seed")):
            values = [float(row[name]) for row in members if is_number(row.get(name))]
            if values:
                mean[name] = float(np.mean(values))
                sd[name] = float(np.std(values, ddof=1)) if len(values) > 1 else math.nan
        summaries.append(Summary(dict(zip(by, labels, strict=True)), len(members), mean, sd))
    return summaries


def is_number(value: Any) -> bool:
    """Whether it is a finite number and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def markdown(summaries: Sequence[Summary], columns: Sequence[Column]) -> str:
    """The summaries as a Markdown table, "mean ± sd" in each cell; columns that nobody has are left out."""
    if not summaries:
        return ""
    shown = [column for column in columns if any(column.field in summary.mean for summary in summaries)]
    labels = list(summaries[0].labels)
    lines = [
        [*labels, *(column.title for column in shown), "n"],
        [*["---"] * len(labels), *["---:"] * (len(shown) + 1)],
    ]
    for summary in summaries:
        lines.append([*map(str, summary.labels.values()), *(_cell(summary, c) for c in shown), str(summary.n)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _cell(summary: Summary, column: Column) -> str:
    if column.field not in summary.mean:
        return "–"
    mean, sd = summary.mean[column.field] * column.scale, summary.sd[column.field] * column.scale
    return f"{mean:.{column.digits}f}" + ("" if math.isnan(sd) else f" ± {sd:.{column.digits}f}")


def flat(summaries: Sequence[Summary]) -> list[dict[str, Any]]:
    """The summaries as rows for a CSV: labels, n, and FIELD_mean and FIELD_sd for each field."""
    return [
        {
            **summary.labels,
            "n": summary.n,
            **{
                f"{name}_{what}": round(values[name], 6)
                for name in summary.mean
                for what, values in (("mean", summary.mean), ("sd", summary.sd))
                if math.isfinite(values[name])
            },
        }
        for summary in summaries
    ]


def write_tables(folder: Path, name: str, summaries: Sequence[Summary], text: str, *, quick: bool) -> None:
    """Print a study's tables and write them: `text` to NAME.md, the summaries to NAME.csv, both marked where quick."""
    if quick:
        text = f"--quick: these figures mean nothing.\n\n{text}"
    write_csv(folder / f"{name}.csv", [{"quick": quick, **row} for row in flat(summaries)])
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    print(text)


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """All columns of all rows, in the order in which they first occur; an interrupted write leaves the old file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)
    unfinished.replace(path)


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows as texts; none if there is no file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
