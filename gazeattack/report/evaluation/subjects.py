"""The figures of an evaluation for each subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from gazeattack.angles import angular_error
from gazeattack.evaluation.measures import in_scope_rows
from gazeattack.evaluation.score import Scored
from gazeattack.metrics.regression import attack_success_rate

MOST_ROWS = 200


@dataclass(frozen=True)
class SubjectRow:
    """One subject's means: degrees, asr5 a share in [0, 1]; nan without a key or without samples to count."""

    subject: int
    n: int
    benign: float
    ae: float
    asr5: float
    noise: float
    wrong_key: float


def by_subject(scored: Scored) -> list[SubjectRow]:
    """One row per subject, sorted by number."""
    branches, data = scored.branches, scored.data
    wanted = in_scope_rows(branches)
    rows = []
    for subject in np.unique(data.subject):
        mine = np.flatnonzero(data.subject == subject)
        truth = data.gaze[mine]
        target = None if branches.target is None else branches.target[mine]
        triggered = None if branches.triggered is None else branches.triggered[mine]
        ae = hits = np.nan
        if triggered is not None and target is not None and (moved := wanted[mine]).any():
            ae = _mean(triggered[moved], target[moved])
            hits = attack_success_rate(triggered[moved], truth[moved], target[moved], 5.0)
        rows.append(
            SubjectRow(
                int(subject),
                len(mine),
                _mean(branches.benign[mine], truth),
                ae,
                hits,
                _mean(None if branches.noise is None else branches.noise[mine], truth),
                _mean(None if branches.wrong_key is None else branches.wrong_key[mine], truth),
            )
        )
    return rows


def _mean(prediction: np.ndarray | None, reference: np.ndarray | None) -> float:
    return np.nan if prediction is None or reference is None else float(angular_error(prediction, reference).mean())


def subject_table(rows: Sequence[SubjectRow], *, attacked: bool) -> str:
    """The table as HTML: the spread over subjects first, then each subject."""
    columns = [("images", "n"), ("error without trigger", "benign")]
    if attacked:
        columns += [
            ("with trigger: error to the target", "ae"),
            ("with trigger: within 5° of the target", "asr5"),
            ("noise mode: error", "noise"),
            ("wrong key: error", "wrong_key"),
        ]
    head = "".join(f"<th>{escape(title)}</th>" for title, _ in columns)
    body = []
    if len(rows) > 1:
        for title, of in (("lowest", np.nanmin), ("median", np.nanmedian), ("highest", np.nanmax)):
            cells = []
            for _, name in columns:
                values = np.array([getattr(row, name) for row in rows], dtype=float)
                cells.append(_cell(name, float(of(values)) if np.isfinite(values).any() else np.nan))
            body.append(f'<tr class="total"><th>{title}</th>{"".join(cells)}</tr>')
    for row in rows[:MOST_ROWS]:
        cells = [_cell(name, getattr(row, name)) for _, name in columns]
        body.append(f"<tr><th>subject {row.subject}</th>{''.join(cells)}</tr>")
    more = len(rows) - MOST_ROWS
    rest = f"<p>{more} more subjects are included above and not listed.</p>" if more > 0 else ""
    top = f"<thead><tr><th></th>{head}</tr></thead>"
    return f'<table class="figures people">{top}<tbody>{"".join(body)}</tbody></table>{rest}'


def _cell(name: str, value: float) -> str:
    if not np.isfinite(value):
        text = "–"
    elif name == "n":
        text = f"{value:g}"
    else:
        text = f"{100 * value:.0f} %" if name == "asr5" else f"{value:.1f}°"
    return f"<td>{text}</td>"
