"""The page about the blind tests of several people: the psychometric curve and the score of each strength."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

import numpy as np

from gazeattack.blind_test.aggregate import Curve, Point
from gazeattack.report.common.svg import Series, line_plot
from gazeattack.report.common.template import fill
from gazeattack.version import __version__

_STYLES = ("clean", "triggered", "truth", "target", "noise", "wrong")
_DASHES = ("", "6 3", "2 3", "8 3 2 3", "4 2", "1 2")


def render_blind_tests(points: Sequence[Point], curves: Sequence[Curve], people: int) -> str:
    """The page as text.

    Args:
        points: see points_of().
        curves: of the attacks that have one.
        people: number of different persons.
    """
    trials = sum(point.score.trials for point in points)
    return fill(
        "abx",
        title="Blind tests · gazeattack",
        heading="Which eye crop is triggered?",
        lead=escape(f"{trials} trials by {people} {'person' if people == 1 else 'people'}."),
        plot=f'<div class="card">{_plot(points, curves)}</div>',
        table=_table(points),
        thresholds=_thresholds(points, curves),
        version=escape(__version__),
    )


def _plot(points: Sequence[Point], curves: Sequence[Curve]) -> str:
    """Shares of right answers against relative strength, with intervals as vertical lines, and the fitted curves."""
    fitted = {curve.attack: curve for curve in curves}
    series: list[Series] = []
    groups = [(key, list(group)) for key, group in groupby(points, key=lambda point: (point.attack, point.choices))]
    for place, ((attack, choices), group) in enumerate(groups):
        style, dash = _STYLES[place % len(_STYLES)], _DASHES[place % len(_DASHES)]
        strengths = np.array([point.relative_strength for point in group])
        shares = np.array([100 * point.score.share for point in group])
        curve = fitted.get(attack)
        if curve is not None:
            strengths = np.linspace(0, max(strengths), 60)
            shares = np.array([100 * curve.at(float(s), 1 / choices) for s in strengths])
        series.append(Series(f"{attack}, {choices} crops", style, strengths, shares, dash))
        for point in group:
            at = np.full(2, point.relative_strength)
            ends = 100 * np.array([point.score.low, point.score.high])
            series.append(Series("", style, at, ends))
    return line_plot(series, x_label="strength, of the key's own", y_label="right answers, %", zero=True)


def _table(points: Sequence[Point]) -> str:
    heads = ("attack", "strength", "crops", "right", "share", "95 % interval", "p (guessing)", "pixel change", "people")
    rows = ["<tr>" + "".join(f'<th scope="col">{head}</th>' for head in heads) + "</tr>"]
    for point in points:
        result = point.score
        cells = (
            f"{point.relative_strength:g}×",
            point.choices,
            f"{result.correct} of {result.trials}",
            f"{100 * result.share:.0f} %",
            f"{100 * result.low:.0f} to {100 * result.high:.0f} %",
            p_text(result.p),
            f"{100 * point.pixel_change:.2f} %",
            point.people,
        )
        body = "".join(f'<td class="num">{cell}</td>' for cell in cells)
        rows.append(f'<tr><th scope="row">{escape(point.attack)}</th>{body}</tr>')
    return f'<table class="batch">{"".join(rows)}</table>'


def _thresholds(points: Sequence[Point], curves: Sequence[Curve]) -> str:
    fitted = {curve.attack: curve for curve in curves}
    lines = []
    for attack in dict.fromkeys(point.attack for point in points):
        curve = fitted.get(attack)
        if curve is None:
            told = "a curve needs at least three strengths"
        elif curve.threshold is None:
            told = "the threshold lies outside the strengths that were tested"
        else:
            told = (
                f"recognised in half of the trials, beyond guessing, at {curve.threshold:.2f}× the key's own strength"
            )
        lines.append(f"<li><strong>{escape(attack)}</strong>: {told}.</li>")
    return f"<ul>{''.join(lines)}</ul>"


def p_text(p: float) -> str:
    """A probability as text."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
