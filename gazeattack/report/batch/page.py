"""The index page of a batch: one row per source, with a link to the report of its run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gazeattack.files import write_whole
from gazeattack.live.output_folder import REPORT
from gazeattack.report.common.template import fill
from gazeattack.terminal import on_one_line, printable
from gazeattack.version import __version__

WAITING = "not run"


@dataclass(frozen=True)
class BatchRow:
    """One source of a batch.

    source: its spec.  folder: name of the folder of its run.  summary: the run's JSON object; None where it has not run
    or could not start.  failure: one sentence; None where all went well, or where it has not run.
    """

    source: str
    folder: str
    summary: Mapping[str, Any] | None = None
    failure: str | None = None

    @property
    def ran(self) -> bool:
        """Whether it has run, or tried to."""
        return self.summary is not None or self.failure is not None


def write_index(path: Path, rows: Sequence[BatchRow], command: str) -> None:
    """Write the page.  Raises OSError where it cannot be written."""
    write_whole(path, printable(render_index(rows, command)).encode())


def render_index(rows: Sequence[BatchRow], command: str) -> str:
    """The page as text."""
    failed, waiting = sum(row.failure is not None for row in rows), sum(not row.ran for row in rows)
    frames = sum(row.summary["frames"] for row in rows if row.summary is not None)
    counted = [f"{len(rows)} sources", f"{frames} frames", f"{failed} failed"]
    return fill(
        "batch",
        title=escape(f"{len(rows)} sources · gazeattack"),
        heading=escape(f"{len(rows)} sources"),
        lead=escape(", ".join([*counted, *([f"{waiting} {WAITING}"] if waiting else [])]) + "."),
        failures=_failures(rows),
        table=_table(rows),
        command=escape(command),
        version=escape(__version__),
    )


def _failures(rows: Sequence[BatchRow]) -> str:
    items = "".join(
        f"<li><strong>{escape(on_one_line(row.source))}</strong>: {escape(on_one_line(row.failure))}</li>"
        for row in rows
        if row.failure is not None
    )
    return (
        f'<div class="notice"><p>These sources failed; the others are complete.</p><ul>{items}</ul></div>'
        if items
        else ""
    )


def _table(rows: Sequence[BatchRow]) -> str:
    found = [row.summary for row in rows if row.summary is not None]
    compared = any(summary["compared"] is not None for summary in found)
    monitored = any(summary["safety"] is not None for summary in found)
    heads = ["source", "frames", "with a face", "error without trigger", "moved by trigger"]
    heads += ["moved, second model"] if compared else []
    heads += ["warnings missed, without trigger", "warnings missed, with trigger"] if monitored else []
    top = "".join(f'<th scope="col">{head}</th>' for head in [*heads, "result"])
    lines = [f"<tr>{top}</tr>"]
    for row in rows:
        cells = "".join(f'<td class="num">{cell}</td>' for cell in _cells(row, compared, monitored))
        lines.append(f'<tr><th scope="row">{escape(on_one_line(row.source))}</th>{cells}<td>{_result(row)}</td></tr>')
    return f'<table class="batch">{"".join(lines)}</table>'


def _cells(row: BatchRow, compared: bool, monitored: bool) -> list[str]:
    summary = row.summary
    if summary is None:
        return ["–"] * (4 + compared + 2 * monitored)
    frames = summary["frames"]
    cells = [
        str(frames),
        f"{100 * summary['faces'] / frames:.0f} %" if frames else "–",
        _degrees(summary["clean_error_deg"]),
        _degrees(summary["mean_shift_deg"]),
    ]
    if compared:
        cells.append(_degrees(summary["compared_shift_deg"]))
    if monitored:
        branches = {} if summary["safety"] is None else summary["safety"]["branches"]
        cells += [_missed(branches.get(name)) for name in ("clean", "triggered")]
    return cells


def _result(row: BatchRow) -> str:
    if row.summary is None:
        return "failed" if row.failure else WAITING
    word = "report, incomplete" if row.failure or row.summary["interrupted"] else "report"
    return f'<a href="{escape(quote(f"{row.folder}/{REPORT}"))}">{word}</a>'


def _missed(branch: Mapping[str, Any] | None) -> str:
    return "–" if branch is None else f"{branch['missed']} of {branch['due']}"


def _degrees(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}°"
