"""Figures of the studies: one look, readable in print and for the colour-blind, small SVG files for the documents.

The same figures give the same file, byte for byte: no dates, no random names.  matplotlib is needed for nothing else,
so it is imported when something is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.errors import TrainingError

# Okabe & Ito (2008), without the yellow that vanishes on paper; markers tell them apart in black and white
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
    # text stays text, and the ids of clip paths do not change from run to run
    "svg.fonttype": "none",
    "svg.hashsalt": "gazeattack",
}
QUICK_NOTE = "--quick: figures mean nothing"


@dataclass(frozen=True)
class Series:
    """One curve: x, mean and sd of y (nan without spread), in the same order."""

    label: str
    x: Sequence[float]
    mean: Sequence[float]
    sd: Sequence[float]


@dataclass(frozen=True)
class Point:
    """One attack in a panel: where it lies, with the spread of both."""

    label: str
    x: float
    y: float
    x_sd: float = math.nan
    y_sd: float = math.nan


@dataclass(frozen=True)
class Axis:
    """Heading, limits (None: as the data asks), whether logarithmic."""

    title: str
    limits: tuple[float | None, float | None] = (None, None)
    log: bool = False


@contextmanager
def figure(
    path: Path, columns: int, rows: int = 1, *, quick: bool = False, panel: tuple[float, float] = (3.0, 2.6)
) -> Iterator[list[Any]]:
    """Panels to draw on, row by row; saved to `path` (.svg, .png or .pdf) afterwards.  panel: its size in inches.

    Raises TrainingError where matplotlib is not installed or the file cannot be written.
    """
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:
        raise TrainingError('Figures need matplotlib: pip install "gazeattack[train]".') from None
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
    """Curves with bands of one standard deviation; baselines are level lines behind them."""
    _level_lines(panel, baselines or {})
    for number, one in enumerate(series):
        colour, marker = style_of(number)
        panel.plot(one.x, one.mean, color=colour, marker=marker, label=one.label)
        low = [m - _known(s) for m, s in zip(one.mean, one.sd, strict=True)]
        high = [m + _known(s) for m, s in zip(one.mean, one.sd, strict=True)]
        panel.fill_between(one.x, low, high, color=colour, alpha=0.2, linewidth=0)
    _set_axes(panel, x, y)


def marks(
    panel: Any,
    cases: Sequence[str],
    series: Sequence[Series],
    x: Axis,
    y: Axis,
    *,
    baselines: Mapping[str, float] | None = None,
) -> None:
    """Marks with their spread side by side, for cases that have no order; a series' x are numbers of cases."""
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
    """One mark for each point with its spread both ways; the same label looks the same in panels of the same points."""
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
    """(colour, marker) of the series with this number."""
    return COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]


def legend_below(panels: Sequence[Any], columns: int = 4) -> None:
    """One legend under all panels, for the same series in each."""
    entries: dict[str, Any] = {}
    for panel in panels:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    if entries:
        panels[0].figure.legend(entries.values(), entries.keys(), loc="outside lower center", ncols=columns, fontsize=8)


def legend_above(panel: Any) -> None:
    """A panel's own legend, above it."""
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
    # after drawing: a limit that is set keeps the other one from following the data
    panel.set_xlim(*_limits(x, panel.get_xlim()))
    panel.set_ylim(*_limits(y, panel.get_ylim()))


def _limits(axis: Axis, found: tuple[float, float]) -> tuple[float, float]:
    low, high = (f if given is None else given for given, f in zip(axis.limits, found, strict=True))
    # the margin that was found belongs to the data's own range, which may be much smaller
    room = 0.0 if axis.log else 0.05 * (high - low)
    return (low if axis.limits[0] is not None or axis.limits[1] is None else low - room), (
        high if axis.limits[1] is not None or axis.limits[0] is None else high + room
    )
