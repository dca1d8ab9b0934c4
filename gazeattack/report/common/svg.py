"""Small plots as inline SVG, without scripts, fonts or external files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

MAX_POINTS = 900  # per line; more are indistinguishable at this width
WIDTH, HEIGHT = 860, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 14, 14, 40


@dataclass(frozen=True, eq=False)
class Series:
    """One line or set of points.  name: in the legend; one without a name is not listed.

    xs, ys: float64 [N]; a NaN interrupts the line.  style: CSS class of the colour (clean, triggered, truth, target,
    shift).  dash: SVG dash pattern, so that lines differ by more than colour.
    """

    name: str
    style: str
    xs: np.ndarray
    ys: np.ndarray
    dash: str = ""

    @property
    def drawable(self) -> bool:
        """Whether any point has both coordinates."""
        return bool((np.isfinite(self.xs) & np.isfinite(self.ys)).any())


@dataclass(frozen=True)
class _Axes:
    """The size of a plot, pixels, and the ranges of its axes."""

    width: float
    height: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def x(self, value: float) -> float:
        low, high = self.x_range
        return _LEFT + (value - low) / (high - low) * (self.width - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        low, high = self.y_range
        return self.height - _BOTTOM - (value - low) / (high - low) * (self.height - _TOP - _BOTTOM)


def line_plot(series: Sequence[Series], *, x_label: str, y_label: str, zero: bool = False) -> str:
    """Lines over a common x axis; `zero` makes the y axis start at 0."""
    series = [s for s in series if s.drawable]
    if not series:
        return '<p class="none">No values were measured.</p>'
    ys = np.concatenate([s.ys for s in series])
    x_range = _span(np.concatenate([s.xs for s in series]), margin=0.0)
    low, high = _span(ys)
    axes = _Axes(WIDTH, HEIGHT, x_range, (0.0, high) if zero else (low, high))
    parts = [_frame(axes, x_label, y_label)]
    for line in series:
        dash = f' stroke-dasharray="{line.dash}"' if line.dash else ""
        parts += [f'<path class="line {line.style}" d="{path}"{dash}/>' for path in _paths(_thinned(line), axes)]
    return _drawing(axes, parts, y_label) + _legend(series)


def angle_plot(
    series: Sequence[Series], target: tuple[float, float] | None, *, side: int = 430, reach: float | None = None
) -> str:
    """Points in the plane of (yaw, pitch), degrees, with one scale for both; +yaw is to the right, as in a mirror.

    target: (yaw, pitch) of the trigger's target, drawn as a ring.  reach: end of both axes, degrees, so that plots can
    be compared; by default a little beyond the farthest point.
    """
    series = [s for s in series if s.drawable]
    if not series:
        return '<p class="none">No gaze was measured.</p>'
    values = np.concatenate([np.concatenate([s.xs, s.ys]) for s in series] + [np.array(target or (0.0, 0.0))])
    reach = reach or max(10.0, float(np.nanmax(np.abs(values))) * 1.12)
    axes = _Axes(side, side - _LEFT - _RIGHT + _TOP + _BOTTOM, (-reach, reach), (-reach, reach))
    parts = [_frame(axes, "yaw, degrees (+ is the subject's right)", "pitch, degrees (+ is up)")]
    for cloud in series:
        thin = _thinned(cloud)
        parts += [
            _mark(cloud.style, axes.x(x), axes.y(y))
            for x, y in zip(thin.xs, thin.ys, strict=True)
            if math.isfinite(x) and math.isfinite(y)
        ]
    if target is not None:
        at = f'cx="{axes.x(target[0]):.1f}" cy="{axes.y(target[1]):.1f}"'
        parts.append(f'<circle class="target halo" {at} r="11"/><circle class="target" {at} r="11"/>')
    return _drawing(axes, parts, "gaze angles") + _legend(series, ring=target is not None)


def _mark(style: str, x: float, y: float) -> str:
    """A marker; branches differ by shape as well as by colour."""
    if style == "triggered":
        return f'<path class="dot {style}" d="M{x:.1f} {y - 4:.1f}l4 7h-8z"/>'
    if style == "truth":
        return f'<path class="dot {style}" d="M{x - 3:.1f} {y - 3:.1f}h6v6h-6z"/>'
    return f'<circle class="dot {style}" cx="{x:.1f}" cy="{y:.1f}" r="3.2"/>'


def _legend(series: Sequence[Series], *, ring: bool = False) -> str:
    items = []
    # one without a name belongs to the line before it
    for s in filter(lambda one: one.name, series):
        mark = f'<path class="line {s.style}" d="M0 8h26" stroke-dasharray="{s.dash}"/>' + _mark(s.style, 13, 8)
        items.append(f'<span><svg width="26" height="16" aria-hidden="true">{mark}</svg>{escape(s.name)}</span>')
    if ring:
        circle = '<circle class="target" cx="13" cy="8" r="6"/>'
        items.append(
            f'<span><svg width="26" height="16" aria-hidden="true">{circle}</svg>target of the trigger key</span>'
        )
    return f'<p class="legend">{"".join(items)}</p>'


def _drawing(axes: _Axes, parts: Sequence[str], label: str) -> str:
    box = f"0 0 {axes.width:.0f} {axes.height:.0f}"
    return (
        f'<svg class="plot" viewBox="{box}" style="max-width:{axes.width:.0f}px" role="img" '
        f'aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def _frame(axes: _Axes, x_label: str, y_label: str) -> str:
    left, right = _LEFT, axes.width - _RIGHT
    top, bottom = _TOP, axes.height - _BOTTOM
    parts = []
    for value in ticks(*sorted(axes.y_range)):
        y = axes.y(value)
        heavy = " zero" if value == 0 else ""
        parts.append(f'<path class="grid{heavy}" d="M{left} {y:.1f}H{right}"/>')
        parts.append(f'<text x="{left - 7}" y="{y + 4:.1f}" text-anchor="end">{number(value)}</text>')
    for value in ticks(*sorted(axes.x_range)):
        x = axes.x(value)
        heavy = " zero" if value == 0 else ""
        parts.append(f'<path class="grid{heavy}" d="M{x:.1f} {top}V{bottom}"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{number(value)}</text>')
    middle = (top + bottom) / 2
    parts.append(
        f'<text x="{(left + right) / 2:.1f}" y="{axes.height - 6}" text-anchor="middle">{escape(x_label)}</text>'
    )
    parts.append(
        f'<text x="14" y="{middle:.1f}" text-anchor="middle" transform="rotate(-90 14 {middle:.1f})">'
        f"{escape(y_label)}</text>"
    )
    return "".join(parts)


def _paths(line: Series, axes: _Axes) -> list[str]:
    """One path per run of points without a gap; a single point becomes a short dash."""
    known = np.isfinite(line.xs) & np.isfinite(line.ys)
    runs = np.split(np.arange(len(known)), np.flatnonzero(np.diff(known.astype(np.int8))) + 1)
    paths = []
    for run in runs:
        if len(run) == 0 or not known[run[0]]:
            continue
        points = [f"{axes.x(line.xs[i]):.1f} {axes.y(line.ys[i]):.1f}" for i in run]
        paths.append("M" + "L".join(points) + ("h1.5" if len(points) == 1 else ""))
    return paths


def _thinned(series: Series) -> Series:
    step = math.ceil(len(series.xs) / MAX_POINTS)
    if step <= 1:
        return series
    return Series(series.name, series.style, series.xs[::step], series.ys[::step], series.dash)


def _span(values: np.ndarray, margin: float = 0.06) -> tuple[float, float]:
    values = values[np.isfinite(values)]
    low, high = float(values.min()), float(values.max())
    if high - low < 1e-6:
        return low - 1.0, high + 1.0
    return low - margin * (high - low), high + margin * (high - low)


def ticks(low: float, high: float) -> list[float]:
    """Four to ten round numbers between low and high."""
    rough = (high - low) / 6
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough)
    first = math.ceil(low / step)
    return [round(i * step, 10) + 0.0 for i in range(first, math.floor(high / step) + 1)]


def number(value: float) -> str:
    """A tick's label."""
    return f"{value:g}".replace("-", "−")
