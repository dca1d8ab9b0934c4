"""A legend in rows at the top of a plot, in room of its own, so that it covers no data."""

from __future__ import annotations

import math

import pyqtgraph as pg
from PySide6.QtGui import QColor

from gazeattack.ui.theme import Theme

COLUMNS = 3


def add_legend(plot: pg.PlotWidget) -> pg.LegendItem:
    """A legend at the top right of a plot."""
    legend = plot.getPlotItem().addLegend(offset=(-8, 2), colCount=COLUMNS)
    legend.layout.setContentsMargins(8, 0, 8, 0)
    return legend


def room_for(names: int, top: float, row: float) -> float:
    """The upper end of the y axis that leaves room for the legend.

    Args:
        names: number of entries.
        top: the largest value that is drawn; the axis begins at 0.
        row: height of a row, as a share of that value.
    """
    return top * (1.04 + row * math.ceil(names / COLUMNS))


def colour_legend(legend: pg.LegendItem, theme: Theme, pixels: int) -> None:
    """Give a legend the colours of a theme and a size of text."""
    legend.setBrush(pg.mkBrush(QColor(theme.card)))
    legend.setPen(pg.mkPen(QColor(theme.edge)))
    legend.setLabelTextColor(QColor(theme.text))
    legend.setLabelTextSize(f"{pixels}px")
