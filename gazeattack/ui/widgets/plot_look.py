"""The look that all plots share: a fixed view, and axes in the colours of the theme."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont

from gazeattack.ui.theme import Theme


def fix_view(plot: pg.PlotWidget) -> None:
    """A plot that cannot be dragged, zoomed or opened by a menu, and takes the focus by Tab."""
    item = plot.getPlotItem()
    item.setMouseEnabled(x=False, y=False)
    item.setMenuEnabled(False)
    item.hideButtons()
    item.vb.disableAutoRange()
    plot.setAntialiasing(True)
    plot.setFocusPolicy(Qt.FocusPolicy.TabFocus)


def style_axes(plot: pg.PlotWidget, theme: Theme, bottom: str, left: str, pixels: int, label: str) -> None:
    """Give a plot's background and axes the colours of a theme.

    Args:
        plot: with a bottom and a left axis.
        theme: of the window.
        bottom: label of the x axis.
        left: label of the y axis.
        pixels: size of all text.
        label: colour of both labels.
    """
    plot.setBackground(theme.card)
    font = QFont(plot.font())
    font.setPixelSize(pixels)
    for side, text in (("bottom", bottom), ("left", left)):
        axis = plot.getPlotItem().getAxis(side)
        axis.setTickFont(font)
        axis.setPen(pg.mkPen(QColor(theme.edge)))
        axis.setTextPen(pg.mkPen(QColor(theme.text)))
        axis.setLabel(text, **{"font-size": f"{pixels}px", "color": label})
