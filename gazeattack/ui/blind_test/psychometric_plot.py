"""The psychometric curve: the share of right answers over the strength of the trigger."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from gazeattack.blind_test.aggregate import Curve, Point
from gazeattack.blind_test.table import table_of
from gazeattack.ui.theme import CLEAN, COMPARED_CLEAN, COMPARED_TRIGGERED, LIGHT, TARGET, TRIGGERED, TRUTH, Theme
from gazeattack.ui.widgets.plot_export import PlotExport
from gazeattack.ui.widgets.plot_legend import add_legend, colour_legend, room_for
from gazeattack.ui.widgets.plot_look import fix_view, style_axes

_PX = 14
_STEPS = 80
_LINE = Qt.PenStyle
# (colour, marker, line) of one attack after the other
_LOOKS = (
    (CLEAN, "o", _LINE.SolidLine),
    (TRIGGERED, "t1", _LINE.DashLine),
    (TRUTH, "s", _LINE.DotLine),
    (TARGET, "d", _LINE.DashDotLine),
    (COMPARED_CLEAN, "x", _LINE.DashDotDotLine),
    (COMPARED_TRIGGERED, "t", _LINE.SolidLine),
)
_SIDE = 0.012  # share of the axis between attacks of the same strength


class PsychometricPlot(pg.PlotWidget):
    """Points with their 95 % intervals, the fitted curves, and guessing as a dotted line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Right answers of the blind test over the strength of the trigger")
        self.setMinimumSize(320, 200)
        fix_view(self)
        self.legend = add_legend(self)
        self._theme = LIGHT
        self._points: tuple[Point, ...] = ()
        self._curves: tuple[Curve, ...] = ()
        self.export = PlotExport(self, "blind-test", lambda: table_of(self._points, self._curves))
        self.set_theme(LIGHT)

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self._theme = theme
        style_axes(self, theme, "strength, in multiples of the key's own", "right answers (%)", _PX, theme.text)
        item = self.getPlotItem()
        # shares end at 100 %, the room above is the legend's
        item.getAxis("left").setTicks([[(share, str(share)) for share in range(0, 101, 20)]])
        item.showGrid(y=True, alpha=0.15)
        colour_legend(self.legend, theme, _PX)
        self._draw()

    def show_tests(self, points: Sequence[Point], curves: Sequence[Curve]) -> None:
        """Draw the answers of one person or of many.

        Args:
            points: see points_of().
            curves: of the attacks that have one.
        """
        self._points, self._curves = tuple(points), tuple(curves)
        self._draw()

    def _draw(self) -> None:
        item = self.getPlotItem()
        for drawn in list(item.items):
            item.removeItem(drawn)
        self.legend.clear()
        last = max((point.relative_strength for point in self._points), default=1.0) or 1.0
        fitted = {curve.attack: curve for curve in self._curves}
        for chance in sorted({point.score.chance for point in self._points}):
            line = pg.PlotDataItem(
                [0, last * 1.06],
                [100 * chance] * 2,
                pen=pg.mkPen(QColor(self._theme.dim), width=1.5, style=_LINE.DotLine),
            )
            item.addItem(line, ignoreBounds=True)
            self.legend.addItem(line, f"guessing, {100 * chance:.0f} %")
        several = len({point.choices for point in self._points}) > 1
        groups = groupby(self._points, key=lambda point: (point.attack, point.choices))
        for place, ((attack, choices), group) in enumerate(groups):
            name = f"{attack}, {choices} crops" if several else attack
            self._draw_attack(place, name, list(group), fitted.get(attack), last)
        top = room_for(len(self.legend.items), 100, 0.15)
        item.setRange(xRange=(0, last * 1.06), yRange=(0, top), padding=0)

    def _draw_attack(self, place: int, name: str, points: list[Point], curve: Curve | None, last: float) -> None:
        colour, marker, style = _LOOKS[place % len(_LOOKS)]
        if self._theme.dark:
            colour = colour.lighter(130)
        item = self.getPlotItem()
        pen = pg.mkPen(colour, width=2.5, style=style)
        if curve is not None:
            xs = np.linspace(0, max(point.relative_strength for point in points), _STEPS)
            ys = [100 * curve.at(float(x), points[0].score.chance) for x in xs]
            item.addItem(pg.PlotDataItem(xs, ys, pen=pen), ignoreBounds=True)
        # beside each other where attacks share a strength
        xs = np.array([point.relative_strength for point in points]) + place * _SIDE * last
        shares = np.array([100 * point.score.share for point in points])
        low, high = (np.array([100 * end(point) for point in points]) for end in (_low, _high))
        bars = pg.ErrorBarItem(
            x=xs, y=shares, top=high - shares, bottom=shares - low, beam=0.015 * last, pen=pg.mkPen(colour, width=1.5)
        )
        item.addItem(bars, ignoreBounds=True)
        marks = pg.PlotDataItem(
            xs,
            shares,
            pen=None,
            symbol=marker,
            symbolSize=11,
            symbolPen=pg.mkPen(colour),
            symbolBrush=pg.mkBrush(colour),
        )
        item.addItem(marks, ignoreBounds=True)
        self.legend.addItem(marks, name)


def _low(point: Point) -> float:
    return point.score.low


def _high(point: Point) -> float:
    return point.score.high
