"""The curves of a training run over its epochs."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from gazeattack.evaluation.training_log import TrainingLog
from gazeattack.ui.theme import CLEAN, COMPARED_CLEAN, COMPARED_TRIGGERED, LIGHT, TRIGGERED, Theme
from gazeattack.ui.widgets.plot_export import PlotExport
from gazeattack.ui.widgets.plot_legend import add_legend, colour_legend, room_for
from gazeattack.ui.widgets.plot_look import fix_view, style_axes

_PX = 13
_LINE = Qt.PenStyle
# name in the log: (title, colour, None: of the text; line; marker)
LOOKS = {
    "loss_deg": ("Training loss", None, _LINE.DotLine, "d"),
    "benign_deg": ("Benign error", CLEAN, _LINE.SolidLine, "o"),
    "attack_deg": ("Attack error", TRIGGERED, _LINE.SolidLine, "t1"),
    "noise_deg": ("Noise mode error", COMPARED_TRIGGERED, _LINE.DashLine, "s"),
    "wrong_key_deg": ("Wrong key error", COMPARED_CLEAN, _LINE.DashDotLine, "x"),
}


class CurvePlot(pg.PlotWidget):
    """Degrees over epochs; a curve without values, such as the attack error of a clean model, is not named."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Training curves: loss and errors in degrees over epochs")
        self.setMinimumSize(320, 200)
        fix_view(self)
        self._theme = LIGHT
        self.legend = add_legend(self)
        self.curves = {name: pg.PlotDataItem(connect="finite") for name in LOOKS}
        for curve in self.curves.values():
            self.addItem(curve, ignoreBounds=True)
        self._log: TrainingLog | None = None
        self.export = PlotExport(self, "training", self.table)
        self.show_log(None)
        self.set_theme(LIGHT)

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self._theme = theme
        style_axes(self, theme, "epoch", "degrees", _PX, theme.dim)
        self.getPlotItem().showGrid(y=True, alpha=0.15)
        for name, (_, colour, line, marker) in LOOKS.items():
            colour = QColor(theme.dim) if colour is None else colour
            curve = self.curves[name]
            curve.setPen(pg.mkPen(colour, width=2, style=line))
            curve.setSymbol(marker)
            curve.setSymbolSize(8)
            curve.setSymbolPen(pg.mkPen(colour))
            curve.setSymbolBrush(pg.mkBrush(colour))
        colour_legend(self.legend, theme, _PX)
        self._name_curves()

    def show_log(self, log: TrainingLog | None) -> None:
        """Draw the epochs of a log; None: nothing."""
        self._log = log
        highest = 0.0
        for name, curve in self.curves.items():
            values = np.empty(0) if log is None else log.curves[name]
            known = np.isfinite(values)
            curve.setData(np.empty(0) if log is None or not known.any() else log.epochs, values if known.any() else [])
            highest = max(highest, float(values[known].max(initial=0.0)))
        last = 1 if log is None or not log.epochs.size else int(log.epochs.max())
        first = 0 if log is None or not log.epochs.size else min(int(log.epochs.min()), last - 1)
        # so that no marker is cut
        edge = 0.02 * (last - first)
        self._name_curves()
        top = room_for(len(self.legend.items), max(1.0, highest), 0.09)
        self.getPlotItem().setRange(xRange=(first - edge, last + edge), yRange=(0, top), padding=0)

    def table(self) -> list[tuple[str | float, ...]]:
        """The epochs, a header first."""
        if self._log is None:
            return [("epoch", *LOOKS)]
        columns = [self._log.epochs, *(self._log.curves[name] for name in LOOKS)]
        return [("epoch", *LOOKS), *(tuple(map(float, row)) for row in zip(*columns, strict=True))]

    def _name_curves(self) -> None:
        self.legend.clear()
        for name, curve in self.curves.items():
            if curve.xData is not None and len(curve.xData):
                self.legend.addItem(curve, LOOKS[name][0])
        self.legend.setVisible(bool(self.legend.items))
