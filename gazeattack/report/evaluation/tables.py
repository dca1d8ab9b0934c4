"""The tables of an evaluation: metrics with baselines, the model's card, and settings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from gazeattack.report.evaluation.text import METRICS, Metric

_NO_METRIC = ("target_sigma",)


def metric_table(report: Mapping[str, Any], *, clean: str) -> str:
    """Every available metric: meaning, value, 95 % interval, and the same metric of each baseline."""
    rows = {name: row for name, row in report["baselines"].items() if row is not None}
    foreign = "" if report["key_sha256"] is None else "<br>(foreign key)"
    titles = {
        "mean_predictor": "constant-mean<br>baseline",
        "dark_blob": "dark-centroid<br>baseline",
        "clean_model": f"clean model<br>“{escape(clean)}”{foreign}",
    }
    heads = "".join(f"<th>{titles.get(name, escape(name))}</th>" for name in rows)
    known = [name for name in METRICS if report.get(name) is not None]
    unknown = [
        n for n, value in report.items() if isinstance(value, float) and n not in METRICS and n not in _NO_METRIC
    ]
    body = []
    for name in [*known, *unknown]:
        metric = METRICS.get(name, Metric(name, "", ""))
        interval = report["ci95"].get(name)
        between = "–" if interval is None else f"{_number(interval[0], metric)} to {_number(interval[1], metric)}"
        others = "".join(f"<td>{_number(row.get(name), metric)}</td>" for row in rows.values())
        body.append(
            f"<tr><th>{escape(metric.title)}<small>{escape(metric.meaning)}</small></th>"
            f"<td><strong>{_number(report[name], metric)}</strong></td><td>{between}</td>{others}</tr>"
        )
    return (
        f'<table class="figures metrics"><thead><tr><th></th><th>“{escape(report["bundle"])}”</th>'
        f"<th>95 % interval</th>{heads}</tr></thead><tbody>{''.join(body)}</tbody></table>"
    )


def tiles(report: Mapping[str, Any]) -> str:
    """The main figures."""
    rows, clean = report["baselines"], report["baselines"]["clean_model"] or {}
    first = [("benign_deg", report, "error without trigger")]
    if report["key_sha256"] is None:
        first += [
            ("benign_affine25_deg", report, "error after calibration on 25 images of the subject"),
            ("benign_deg", rows["mean_predictor"], "error of the constant-mean baseline"),
        ]
    else:
        first += [
            ("ae_deg", report, "with trigger: error to the attacker's target"),
            ("asr5", report, "with trigger: within 5° of the target"),
            ("noise_deg", report, "noise mode or cross trigger: error to the truth"),
            ("wrong_key_deg", report, "wrong key: error to the truth"),
            ("asr5", clean, "clean model with the same trigger: within 5° of the target"),
        ]
    return "".join(
        f'<div class="tile"><b>{_number(row.get(name), METRICS[name])}</b><span>{escape(title)}</span></div>'
        for name, row, title in first
    )


def facts_table(facts: Iterable[tuple[str, object]]) -> str:
    """Names beside values."""
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>" for name, value in facts)
    return f'<table class="facts">{rows}</table>'


def card_table(card: Mapping[str, Any]) -> str:
    """The main entries of the card in a table, and the whole card below, collapsed."""
    facts: list[tuple[str, object]] = []
    for name in ("title", "kind", "intended_use", "known_failures", "attack", "data", "seed", "git", "command"):
        if card.get(name) is not None:
            facts.append((name.replace("_", " "), _flat(card[name])))
    started, step = card.get("started_from"), 1
    while isinstance(started, Mapping):
        facts.append((f"started from ({step})", started.get("command") or started.get("name") or "–"))
        started, step = started.get("started_from"), step + 1
    whole = escape(json.dumps(card, indent=2, ensure_ascii=False, default=str))
    return f'{facts_table(facts)}<details class="screen"><summary>Complete card</summary><pre>{whole}</pre></details>'


def _flat(value: object) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{str(k).replace('_', ' ')}: {_flat(v)}" for k, v in value.items() if v is not None)
    if isinstance(value, list | tuple):
        return ("; " if any(isinstance(v, str) for v in value) else ", ").join(_flat(v) for v in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _number(value: float | None, metric: Metric) -> str:
    if value is None:
        return "–"
    if metric.unit == "%":
        return f"{100 * value:.1f} %"
    return f"{value:.2f}{metric.unit}".replace("-", "−")
