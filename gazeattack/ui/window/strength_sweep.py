"""How much trigger until the backdoor activates: every strength on one paused frame, as a curve and a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pyqtgraph as pg
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from gazeattack.live.frame_result import FrameResult
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.ui.theme import LIGHT, TRIGGERED, Theme
from gazeattack.ui.widgets.builders import button
from gazeattack.ui.widgets.plot_export import PlotExport
from gazeattack.ui.widgets.ring import FocusRing
from gazeattack.ui.window.session_controller import SessionController

STEPS = 31
NOT_PAUSED = "The sweep needs a still frame: pause (P) while a face is in view, then choose it again."
NO_KEY = "This model has no trigger key, so there is no strength to sweep."
# (strength, angle between both predictions in degrees)
Point = tuple[float, float]


class SweepDialog(QDialog):
    """The curve."""

    def __init__(self, points: Sequence[Point], knob: str, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Strength sweep of the paused frame")
        self._points = tuple(points)
        self.plot = pg.PlotWidget()
        self.plot.setBackground(theme.card)
        self.plot.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.ring = FocusRing(self)
        self.plot.setAccessibleName("Angle between both predictions over the strength of the trigger")
        for side, text in (("bottom", knob), ("left", "Gaze moved by (°)")):
            axis = self.plot.getPlotItem().getAxis(side)
            axis.setTextPen(pg.mkPen(theme.text))
            axis.setLabel(text, color=theme.text)
        pen = pg.mkPen(TRIGGERED, width=2.5)
        self.plot.plot(*zip(*self._points, strict=True), pen=pen, symbol="t1", symbolSize=7, symbolBrush=TRIGGERED)
        self.export = PlotExport(self.plot, "sweep", lambda: [("strength", "gaze_moved_deg"), *self._points])
        self.save = button("Save plot ...")
        self.save.clicked.connect(self.export.ask)
        close = button("Close")
        close.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.save)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.addWidget(self.plot, 1)
        column.addLayout(row)
        self.resize(640, 420)


class StrengthSweep(QObject):
    """Computes the curve through the session, one strength after the other.

    Args:
        window: which the dialog belongs to.
        session: paused on the frame.
        scale: the name of the strength and its largest value; None without a key.
        restore: hands the session the settings chosen in the window.

    message: a passing message.  warning: a sentence about what went wrong.
    """

    message = Signal(str)
    warning = Signal(str)

    def __init__(
        self,
        window: QWidget,
        session: SessionController,
        scale: Callable[[], tuple[str, float] | None],
        restore: Callable[[], None],
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._scale, self._restore = window, session, scale, restore
        self._theme = LIGHT
        self._wanted: list[float] = []
        self._points: list[Point] = []
        self._settings = PipelineSettings()
        self.dialog: SweepDialog | None = None

    def set_theme(self, theme: Theme) -> None:
        """Change the colours of the next curve."""
        self._theme = theme

    def start(self) -> None:
        """Begin, or say why not."""
        scale, last = self._scale(), self._session.last_result
        if scale is None:
            self.message.emit(NO_KEY)
        elif not self._session.paused or last is None or last.face is None:
            self.message.emit(NOT_PAUSED)
        else:
            self._settings = replace(last.settings, mode=TriggerMode.BOTH)
            self._wanted = [scale[1] * step / (STEPS - 1) for step in range(STEPS)]
            self._points = []
            self._next()

    def step(self, result: FrameResult) -> None:
        """Take the result of the strength that was asked for."""
        if not self._wanted or result.settings.strength != self._wanted[0]:
            return
        strength = self._wanted.pop(0)
        if result.shift_deg is not None:
            self._points.append((strength, result.shift_deg))
        if self._wanted:
            self._next()
            return
        self._restore()
        scale = self._scale()
        if self._points and scale is not None:
            self.dialog = SweepDialog(self._points, scale[0], self._theme, self._window)
            self.dialog.export.warning.connect(self.warning)
            self.dialog.export.message.connect(self.message)
            self.dialog.show()

    def _next(self) -> None:
        self._session.configure(replace(self._settings, strength=self._wanted[0]))
