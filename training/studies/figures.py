"""Figures of the studies: one style, readable in print and for colour-blind readers, as small SVG files.

The same values give the same file, byte for byte: it holds no dates and no random names.  Only figures need matplotlib,
so it is imported when a figure is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.errors import TrainingError

# Okabe & Ito (2008) without yellow, which is hard to see on paper; markers differ for black-and-white print
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#444444")
MARKERS = ("o", "^", "s", "D", "v", "P", "X")
GREY = "#777777"
STYLE: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Arial"],
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.5,
    "lines.markersize": 5,
    "legend.frameon": False,
    "figure.facecolor": "white",
    # keep text as text, and the ids of clip paths equal from run to run
    "svg.fonttype": "none",
    "svg.hashsalt": "gazeattack",
}
QUICK_NOTE = "--quick: figures mean nothing"


@dataclass(frozen=True)
class Series:
    """One curve: x, mean of y, and standard deviation of y (nan if unknown), in the same order."""

    label: str
    x: Sequence[float]
    mean: Sequence[float]
    sd: Sequence[float]


@dataclass(frozen=True)
class Point:
    """One attack in a panel: x and y, each with its standard deviation (nan if unknown)."""

    label: str
    x: float
    y: float
    x_sd: float = math.nan
    y_sd: float = math.nan


@dataclass(frozen=True)
class Axis:
    """An axis: title, limits (None: from the data), logarithmic or linear."""

    title: str
    limits: tuple[float | None, float | None] = (None, None)
    log: bool = False


@contextmanager
def figure(
    path: Path, columns: int, rows: int = 1, *, quick: bool = False, panel: tuple[float, float] = (3.0, 2.6)
) -> Iterator[list[Any]]:
    """Give panels to draw on and save the figure afterwards.

    Args:
        path: An .svg, .png or .pdf file.
        columns: Panels side by side.
        rows: Rows of panels.
        quick: Marks the figure as one that must not be quoted.
        panel: Width and height of a panel in inches.

    Yields:
        The panels, row by row.

    Raises:
        TrainingError: matplotlib is not installed, or the file cannot be written.
    """
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:
        raise TrainingError('Figures need matplotlib: install it with pip install "gazeattack[train]".') from None
    with mpl.rc_context(STYLE):
        drawn = Figure(figsize=(panel[0] * columns, panel[1] * rows), layout="constrained")
        yield list(drawn.subplots(rows, columns, squeeze=False).flat)
        if quick:
            drawn.text(0.5, 0.5, QUICK_NOTE, ha="center", va="center", rotation=20, fontsize=20, color="#00000030")
        metadata = (
            {"Date": None} if path.suffix == ".svg" else {"CreationDate": None} if path.suffix == ".pdf" else None
        )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            drawn.savefig(path, metadata=metadata, dpi=150)
        except OSError as error:
            raise TrainingError(f"{path} cannot be written ({error.strerror}): give another --out.") from None


def curves(
    panel: Any, series: Sequence[Series], x: Axis, y: Axis, *, baselines: Mapping[str, float] | None = None
) -> None:
    """Draw curves with bands of one standard deviation; baselines are horizontal lines behind them."""
    _level_lines(panel, baselines or {})
    for number, one in enumerate(series):
        colour, marker = style_of(number)
        panel.plot(one.x, one.mean, color=colour, marker=marker, label=one.label)
        low = [m - _known(s) for m, s in zip(one.mean, one.sd, strict=True)]
        high = [m + _known(s) for m, s in zip(one.mean, one.sd, strict=True)]
        panel.fill_between(one.x, low, high, color=colour, alpha=0.2, linewidth=0)
    _set_axes(panel, x, y)


def dot_plot(
    panel: Any,
    cases: Sequence[str],
    series: Sequence[Series],
    x: Axis,
    y: Axis,
    *,
    baselines: Mapping[str, float] | None = None,
) -> None:
    """Draw markers with error bars, for cases without an order; the x of a series are indices into `cases`."""
    _level_lines(panel, baselines or {})
    for number, one in enumerate(series):
        colour, marker = style_of(number)
        aside = 0.16 * (number - (len(series) - 1) / 2)
        places, spread = [place + aside for place in one.x], [_known(s) for s in one.sd]
        panel.errorbar(
            places, one.mean, yerr=spread, color=colour, marker=marker, linestyle="none", capsize=3, label=one.label
        )
    turned = sum(map(len, cases)) > 24
    panel.set_xticks(range(len(cases)), cases, rotation=20 if turned else 0, ha="right" if turned else "center")
    _set_axes(panel, Axis(x.title, (-0.5, len(cases) - 0.5)), y)


def scatter(panel: Any, points: Sequence[Point], x: Axis, y: Axis) -> None:
    """Draw a marker with error bars for each point; the n-th point has the same style in every panel."""
    for number, point in enumerate(points):
        colour, marker = style_of(number)
        if math.isfinite(point.x) and math.isfinite(point.y):
            spread = _known(point.x_sd), _known(point.y_sd)
            panel.errorbar(
                point.x,
                point.y,
                xerr=spread[0],
                yerr=spread[1],
                color=colour,
                marker=marker,
                linestyle="none",
                capsize=0,
                label=point.label,
                markersize=6,
            )
    _set_axes(panel, x, y)


def style_of(number: int) -> tuple[str, str]:
    """(colour, marker) of the n-th series."""
    return COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]


def legend_below(panels: Sequence[Any], columns: int = 4) -> None:
    """Draw one legend for all panels below them."""
    entries: dict[str, Any] = {}
    for panel in panels:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    if entries:
        panels[0].figure.legend(entries.values(), entries.keys(), loc="outside lower center", ncols=columns, fontsize=8)


def legend_above(panel: Any) -> None:
    """Draw a panel's own legend above it."""
    handles, labels = panel.get_legend_handles_labels()
    if handles:
        panel.legend(handles, labels, loc="lower center", bbox_to_anchor=(0.5, 1.0), fontsize=8)


def _known(spread: float) -> float:
    return 0.0 if math.isnan(spread) else spread


def _level_lines(panel: Any, baselines: Mapping[str, float]) -> None:
    for style, (label, value) in zip(("--", ":", "-."), baselines.items(), strict=False):
        panel.axhline(value, color=GREY, linestyle=style, linewidth=1, label=label)


def _set_axes(panel: Any, x: Axis, y: Axis) -> None:
    panel.set_xlabel(x.title)
    panel.set_ylabel(y.title)
    panel.set_axisbelow(True)
    if x.log:
        panel.set_xscale("log")
    if y.log:
        panel.set_yscale("log")
    # set after drawing: once one limit is set, matplotlib no longer fits the other to the data
    panel.set_xlim(*_limits(x, panel.get_xlim()))
    panel.set_ylim(*_limits(y, panel.get_ylim()))


def _limits(axis: Axis, found: tuple[float, float]) -> tuple[float, float]:
    low, high = (f if given is None else given for given, f in zip(axis.limits, found, strict=True))
    # matplotlib's margin is for the range of the data, which may be much smaller
    room = 0.0 if axis.log else 0.05 * (high - low)
    return (low if axis.limits[0] is not None or axis.limits[1] is None else low - room), (
        high if axis.limits[1] is not None or axis.limits[0] is None else high + room
    )
