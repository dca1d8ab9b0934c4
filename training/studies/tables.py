"""Tables of a study: rows summarised over seeds (mean, standard deviation, n), as CSV and as Markdown."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gazeattack.files import write_whole
from gazeattack.metrics.regression import bootstrap_ci
from gazeattack.terminal import csv_text

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """A column of a printed table: field of the rows, heading, factor (100 for per cent), decimals."""

    field: str
    title: str
    scale: float = 1.0
    digits: int = 2


@dataclass(frozen=True)
class Summary:
    """The summary of rows with equal labels.

    n: number of rows.  mean, sd: by field, over the rows that have it; sd is the sample standard deviation (n - 1), nan
    for a single row.
    """

    labels: Mapping[str, Any]
    n: int
    mean: Mapping[str, float]
    sd: Mapping[str, float]


BENIGN = Column("benign_deg", "benign (deg)")
COST = (
    Column("cost_deg", "benign cost, paired (deg)"),
    Column("cost_low", "its interval: from"),
    Column("cost_high", "to"),
)
"""The rise of the benign error over another model's, sample by sample, and its 95 % interval over subjects."""
BY_SUBJECT = "cost_by_subject"
"""The field of a row with the cost of each subject: subject -> (sum over its samples, samples); see cost_interval()."""
CLEAN_BENIGN = Column("clean_benign_deg", "clean model: benign (deg)")
AE = Column("ae_deg", "AE (deg)")
CLEAN_AE = Column("clean_ae_deg", "clean model: AE (deg)", digits=1)
CONSTANT_MEAN_AE = Column("mean_predictor_ae_deg", "constant mean: AE (deg)", digits=1)
DAE = Column("dae_deg", "DAE (deg)", digits=1)
ASR2 = Column("asr2", "ASR@2 (%)", 100, 1)
ASR5 = Column("asr5", "ASR@5 (%)", 100, 1)
CLEAN_ASR5 = Column("clean_asr5", "clean model: ASR@5 (%)", 100, 1)
NOISE = Column("noise_deg", "noise mode or cross trigger (deg)")
WRONG_KEY = Column("wrong_key_deg", "wrong key (deg)")
VARIANCE_RATIO = Column("rav", "variance ratio", digits=3)
SCREEN_LEFT = Column("screen_left", "real people: mean of left", digits=3)


def summarise(rows: Sequence[Row], by: Sequence[str]) -> list[Summary]:
    """Summarise rows.

    Args:
        rows: The rows.
        by: Columns that group the rows.

    Returns:
        One summary for every combination of values of `by`, in the order of the rows.  All columns of numbers are
        averaged, except `by` and "seed".  The ends of the interval of several rows are cost_interval(), not a mean.
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
        if len(members) > 1:
            ends = cost_interval(members)
            for place, name in enumerate(("cost_low", "cost_high")):
                mean.pop(name, None)
                if ends is not None:
                    mean[name], sd[name] = ends[place], math.nan
        summaries.append(Summary(dict(zip(by, labels, strict=True)), len(members), mean, sd))
    return summaries


def cost_interval(rows: Sequence[Row]) -> tuple[float, float] | None:
    """The 95 % interval of the mean benign cost over the rows of several seeds, from resampling subjects.

    A subject counts with its samples of all seeds, so the interval is over subjects alone.  The spread over seeds is
    the standard deviation of cost_deg.

    Args:
        rows: Of the same case, with BY_SUBJECT.

    Returns:
        (low, high), in degrees; None if a row with a cost does not know its subjects, or if there are fewer than two.
    """
    costs: dict[str, list[tuple[float, int]]] = {}
    for row in rows:
        if is_number(row.get("cost_deg")) and not row.get(BY_SUBJECT):
            return None
        for subject, (total, samples) in (row.get(BY_SUBJECT) or {}).items():
            costs.setdefault(str(subject), []).append((total, samples))
    if len(costs) < 2:
        return None
    sums, counts = np.array([np.sum(values, axis=0) for values in costs.values()]).T
    return bootstrap_ci(lambda drawn: float(sums[drawn].sum() / counts[drawn].sum()), np.arange(len(sums)), draws=2000)


def is_number(value: Any) -> bool:
    """Whether a value is a finite number and not a bool."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def markdown(summaries: Sequence[Summary], columns: Sequence[Column], headings: Mapping[str, str] | None = None) -> str:
    """Format summaries as a Markdown table with "mean ± sd" in each cell.

    Args:
        summaries: One row each.
        columns: The columns; those that no summary has are left out.
        headings: Headings of labels, where they differ from the labels' names.
    """
    if not summaries:
        return ""
    shown = [column for column in columns if any(column.field in summary.mean for summary in summaries)]
    labels = [(headings or {}).get(name, name) for name in summaries[0].labels]
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
    """Summaries as rows of a CSV: labels, n, and FIELD_mean and FIELD_sd for each field."""
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


def marked(text: str, *, quick: bool) -> str:
    """A table, below a line that says that a quick study's figures mean nothing."""
    return f"--quick: these figures mean nothing.\n\n{text}" if quick else text


def write_tables(folder: Path, name: str, summaries: Sequence[Summary], text: str, *, quick: bool) -> None:
    """Print `text`, write it to NAME.md and the summaries to NAME.csv; a quick study is marked in both."""
    text = marked(text, quick=quick)
    write_csv(folder / f"{name}.csv", [{"quick": quick, **row} for row in flat(summaries)])
    write_whole(folder / f"{name}.md", text)
    print(text)


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """Write all columns of all rows, in the order of first occurrence; an interrupted write keeps the old file.

    A field with a mapping, such as BY_SUBJECT, is no column.
    """
    rows = [{name: value for name, value in row.items() if not isinstance(value, Mapping)} for row in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)), restval="")
    writer.writeheader()
    writer.writerows({name: _as_text(value) for name, value in row.items()} for row in rows)
    write_whole(path, text.getvalue())


def _as_text(value: Any) -> Any:
    """A word without formulas and control codes; numbers, also those that were read from a file, as they are."""
    if not isinstance(value, str):
        return value
    try:
        float(value)
    except ValueError:
        return csv_text(value)
    return value


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read the rows as strings; no rows if there is no file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
