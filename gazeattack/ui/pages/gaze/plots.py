"""The angle plot and the time plot.  Items are made once; a frame only changes their values."""

from __future__ import annotations

from collections import deque

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from gazeattack.angles import Gaze
from gazeattack.live.frame_result import FrameResult
from gazeattack.ui.pages.gaze.plot_items import PITCH_SHARE, GazeItem
from gazeattack.ui.strings.comparison import model_names
from gazeattack.ui.theme import COMPARED_TRIGGERED, LIGHT, TRIGGERED, Theme
from gazeattack.ui.widgets.plot_export import PlotExport
from gazeattack.ui.widgets.plot_look import fix_view, style_axes

HISTORY_S = 12.0
HALF_RANGES = (35, 45, 60, 90)
TOP_STEPS = (10, 20, 30, 45, 60, 90, 180)


class AnglePlot(pg.PlotWidget):
    """The predicted gaze of each branch: yaw to the right as in the mirrored view, pitch upwards.

    hovered carries the Gaze under the mouse, None when it leaves.
    """

    hovered = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Angle plot: yaw across, pitch up, in degrees")
        self.setMinimumSize(240, 140)
        self.setMouseTracking(True)
        _fix(self)
        self.getPlotItem().setAspectLocked(True)
        self._half, self._reach = 0, 0.0
        self._gaze_item = GazeItem()
        self.export = PlotExport(self, "gaze", self._gaze_item.table)
        self.addItem(self._gaze_item, ignoreBounds=True)
        self._widen(0.0)

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Change the colours and the size of text."""
        _dress(self, theme, "yaw (°), + = subject's right →", "pitch (°), up →", scale)
        self._gaze_item.set_theme(theme, scale)

    def clear_trails(self) -> None:
        """Clear the past: another source or model."""
        self._gaze_item.clear()
        self._half, self._reach = 0, 0.0
        self._widen(0.0)

    def step(self, result: FrameResult) -> None:
        """Move every mark to a new result; draw() shows it."""
        self._reach = max(self._reach, self._gaze_item.follow(result))

    def draw(self) -> None:
        """Show the marks where they are."""
        self._widen(self._reach)
        self._gaze_item.update()

    def _widen(self, reach: float) -> None:
        """Show all angles up to `reach`; a range once shown stays, so that the axes keep still."""
        half = next((half for half in HALF_RANGES if half >= reach), HALF_RANGES[-1])
        if half > self._half:
            self._half = half
            self.getPlotItem().setRange(
                xRange=(-half, half), yRange=(-half * PITCH_SHARE, half * PITCH_SHARE), padding=0
            )

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - an event of Qt
        spot = self.getPlotItem().vb.mapSceneToView(self.mapToScene(event.position().toPoint()))
        yaw, pitch = (float(np.clip(angle, -limit, limit)) for angle, limit in ((spot.x(), 40), (spot.y(), 30)))
        self.hovered.emit(Gaze.from_degrees(pitch, yaw))
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: object) -> None:  # noqa: D102 - an event of Qt
        self.hovered.emit(None)
        super().leaveEvent(event)


class TimePlot(pg.PlotWidget):
    """The angle between the branches over the last seconds of frame time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Time plot: angle between the clean and the triggered gaze, in degrees")
        self.setMinimumSize(240, 96)
        _fix(self)
        # time, and the angle of each model
        self._history: deque[tuple[float, ...]] = deque()
        self._names: tuple[str, str] | None = None
        self.export = PlotExport(self, "gaze-moved", self.table)
        self._look: tuple[Theme, float] = (LIGHT, 1.0)
        self._curve = pg.PlotCurveItem(pen=pg.mkPen(TRIGGERED, width=2.5), connect="finite")
        self.addItem(self._curve, ignoreBounds=True)
        dashed = pg.mkPen(COMPARED_TRIGGERED, width=2.5, style=Qt.PenStyle.DashLine)
        self._second = pg.PlotCurveItem(pen=dashed, connect="finite")
        self.addItem(self._second, ignoreBounds=True)
        self._top = 0
        # time runs before now, so that the axis stands still and costs nothing
        self.getPlotItem().setXRange(-HISTORY_S, 0, padding=0)
        self._fit(0.0)

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Change the colours and the size of text."""
        self._look = theme, scale
        _dress(self, theme, _caption(self._names), "degrees", scale)

    def table(self) -> list[tuple[str | float, ...]]:
        """The history, a header first; an angle that is not known is "nan"."""
        second = () if self._names is None else (f"{self._names[1]}_moved_deg",)
        rows = [row if second else row[:2] for row in self._history]
        return [("t_s", "gaze_moved_deg", *second), *rows]

    def clear_history(self) -> None:
        """Clear the past: another source or model."""
        self._history.clear()
        self._curve.setData([], [])
        self._second.setData([], [])

    def step(self, result: FrameResult) -> None:
        """Add a result; one without two branches leaves a gap.  draw() shows it."""
        if self._history and result.t <= self._history[-1][0]:
            self._history.clear()
        second = result.compared
        shifts = (result.shift_deg, None if second is None else second.shift_deg)
        self._history.append((result.t, *(np.nan if shift is None else shift for shift in shifts)))
        self._show_names(None if second is None else model_names(result))
        while result.t - self._history[0][0] > HISTORY_S:
            self._history.popleft()

    def draw(self) -> None:
        """Show the history."""
        if not self._history:
            return
        values = np.array(self._history, dtype=np.float64)
        self._curve.setData(values[:, 0] - values[-1, 0], values[:, 1])
        if self._names is not None:
            self._second.setData(values[:, 0] - values[-1, 0], values[:, 2])
        known = values[:, 1:][np.isfinite(values[:, 1:])]
        self._fit(float(known.max()) if known.size else 0.0)

    def _show_names(self, names: tuple[str, str] | None) -> None:
        if names != self._names:
            self._names = names
            self._second.setData([], [])
            theme, scale = self._look
            _dress(self, theme, _caption(names), "degrees", scale)

    def _fit(self, highest: float) -> None:
        top = next((step for step in TOP_STEPS if step >= highest * 1.05), TOP_STEPS[-1])
        if top != self._top:
            self._top = top
            self.getPlotItem().setYRange(0, top * 1.08, padding=0)


def _caption(names: tuple[str, str] | None) -> str:
    if names is None:
        return "Angle between both predictions · time before now (s)"
    return f"Gaze moved by: {names[0]} (solid), {names[1]} (dashed) · time before now (s)"


def _fix(plot: pg.PlotWidget) -> None:
    """A plot with a fixed view that is cheap to paint for every frame."""
    fix_view(plot)
    # what is dropped here is the window's
    plot.setAcceptDrops(False)
    plot.viewport().setAcceptDrops(False)
    # the background is painted over all of it, so what lies below need not be painted for every frame
    plot.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)


def _dress(plot: pg.PlotWidget, theme: Theme, bottom: str, left: str, scale: float) -> None:
    style_axes(plot, theme, bottom, left, round(13 * scale), theme.dim)
