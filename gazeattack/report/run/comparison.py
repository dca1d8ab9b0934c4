"""The section of the report about a second model: both models on the same crops, with the same trigger."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np

from gazeattack.attack.goal import OFFSET
from gazeattack.live.measure import Tally
from gazeattack.report.common.svg import Series, angle_plot, line_plot

PREFIX = "compared_"
_ROWS = (
    ("shift_deg", "mean angle between the two branches"),
    ("clean_error_deg", "error without trigger, to the true gaze"),
    ("triggered_error_deg", "error {branch}, to the true gaze"),
    ("triggered_error_to_target_deg", "error {branch}, to the key's target"),
)

_MISSED = {"clean": "warnings missed without trigger", "triggered": "warnings missed {branch}"}


def render_comparison(summary: Mapping[str, Any], tally: Tally, branch: str) -> str:
    """The section as HTML; empty where no second model was compared.

    Args:
        summary: the run's JSON object.
        tally: the run's rows.
        branch: description of the branch with the trigger.
    """
    other = summary["compared"]
    if other is None:
        return ""
    first = summary["model"]
    if other == first:
        other = f"{other} (second)"
    return (
        "<h2>Both models on the same crops</h2>"
        f"<p>“{escape(first)}” ({escape(summary['kind'])}) and “{escape(other)}” ({escape(summary['compared_kind'])}) "
        "received the same crops of every frame, without and with the same trigger.</p>"
        f'<div class="card">{_table(summary, first, other, branch)}</div>'
        f'<div class="card twin">{_planes(summary, tally, first, other, branch)}</div>'
        f'<div class="card">{_shifts(tally, first, other)}</div>'
    )


def _table(summary: Mapping[str, Any], first: str, other: str, branch: str) -> str:
    heads = "".join(f'<th class="group">{escape(name)}</th>' for name in (first, other))
    rows = [f"<tr><th></th>{heads}</tr>"]
    for key, title in _ROWS:
        own = summary["mean_shift_deg" if key == "shift_deg" else key]
        cells = "".join(f"<td>{_degrees(value)}</td>" for value in (own, summary[PREFIX + key]))
        rows.append(f"<tr><th>{escape(title.format(branch=branch))}</th>{cells}</tr>")
    own, beside = summary.get("safety"), summary.get("compared_safety")
    if own is not None and beside is not None:
        for name in own["branches"]:
            cells = "".join(f"<td>{_missed(safety, name)}</td>" for safety in (own, beside))
            rows.append(f"<tr><th>{escape(_MISSED[name].format(branch=branch))}</th>{cells}</tr>")
    return f'<table class="compared">{"".join(rows)}</table>'


def _missed(safety: Mapping[str, Any], name: str) -> str:
    counts = safety["branches"].get(name)
    return "–" if counts is None else f"{counts['missed']} of {counts['due']}"


def _planes(summary: Mapping[str, Any], tally: Tally, first: str, other: str, branch: str) -> str:
    """The predictions of each model in the plane of yaw and pitch, at the same scale."""
    target = median_target(summary, tally)
    clouds = {
        name: [
            _cloud(tally, "truth", "truth", "truth"),
            _cloud(tally, "without trigger", "clean", f"{prefix}clean"),
            _cloud(tally, branch, "triggered", f"{prefix}triggered"),
        ]
        for name, prefix in ((first, ""), (other, PREFIX))
    }
    values = [np.abs(axis) for several in clouds.values() for cloud in several for axis in (cloud.xs, cloud.ys)]
    known = np.concatenate([*values, np.abs(np.array(target or (0.0, 0.0)))])
    known = known[np.isfinite(known)]
    reach = max(10.0, float(known.max()) * 1.12) if known.size else 10.0
    return "".join(
        f"<figure><figcaption>{escape(name)}</figcaption>{angle_plot(several, target, reach=reach)}</figure>"
        for name, several in clouds.items()
    )


def _cloud(tally: Tally, name: str, style: str, column: str) -> Series:
    return Series(name, style, tally.column(f"{column}_yaw_deg"), tally.column(f"{column}_pitch_deg"))


def median_target(summary: Mapping[str, Any], tally: Tally) -> tuple[float, float] | None:
    """The median target (yaw, pitch); None without a trigger, and for an offset, which differs from frame to frame."""
    aims = np.stack([tally.column("target_yaw_deg"), tally.column("target_pitch_deg")])
    aims = aims[:, np.isfinite(aims).all(axis=0)]
    if not aims.size or summary["trigger"] == "off" or summary["goal"] == OFFSET:
        return None
    return float(np.median(aims[0])), float(np.median(aims[1]))


def _shifts(tally: Tally, first: str, other: str) -> str:
    t = tally.column("t")
    lines = [
        Series(f"{first}: angle between its branches", "shift", t, tally.column("shift_deg")),
        Series(f"{other}: angle between its branches", "mean", t, tally.column(f"{PREFIX}shift_deg"), "6 3"),
    ]
    return line_plot(lines, x_label="time, seconds", y_label="degrees", zero=True)


def _degrees(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}°"
