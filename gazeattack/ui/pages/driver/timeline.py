"""The zones of the last minute, one lane for each branch, and when warnings began."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gazeattack.safety.observation import Attention
from gazeattack.safety.paired import CLEAN, TRIGGERED, TRUTH
from gazeattack.safety.score import Span
from gazeattack.safety.summary import SafetySummary
from gazeattack.ui.theme import ALERT, LIGHT, Theme
from gazeattack.ui.theme import TRIGGERED as ORANGE
from gazeattack.ui.widgets.fit_text import draw_fitting, sized
from gazeattack.ui.widgets.markers import BRANCH_MARKERS, draw_marker
from gazeattack.ui.widgets.plot_export import PlotExport

LENGTH_S, STEP_S = 60.0, 10.0
# (fill, text, name in the legend) by attention
_FILLS = {
    Attention.ROAD: ("#5FA893", "#0E1A16", "road"),
    Attention.DRIVING: ("#CFE3DC", "#15202B", "mirror or speedometer"),
    Attention.AWAY: ("#F0C35A", "#15202B", "off the road"),
    Attention.CLOSED: ("#4B4F8A", "#FFFFFF", "eyes closed"),
}
_WARNING = "a warning begins"
LEGEND = (*(name for *_, name in _FILLS.values()), _WARNING)
_TIP = "What each branch reports over the last minute: the same frames, without and with the trigger"

_MIDDLE = int(Qt.AlignmentFlag.AlignVCenter)


class Timeline(QWidget):
    """Painted a few times a second, from a summary."""

    def __init__(self) -> None:
        super().__init__()
        self._theme, self._scale = LIGHT, 1.0
        self._summary: SafetySummary | None = None
        self._origin = self._begin = self._now = 0.0
        self.setAccessibleName("Timeline: the zone that each branch reports")
        self.setToolTip(_TIP)
        self.setMinimumSize(300, 92)
        self.export = PlotExport(self, "timeline", self.table)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """Three lanes, their times and the legend."""
        return QSize(800, 124)

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Change the colours and the size of text."""
        self._theme, self._scale = theme, scale
        self.update()

    def show_summary(self, summary: SafetySummary | None, begin: float, now: float) -> None:
        """Show the last LENGTH_S up to `now` of a run that began at `begin` (frame time); None: nothing."""
        passed = max(0.0, math.ceil((now - begin - LENGTH_S) / STEP_S) * STEP_S)
        self._summary, self._origin, self._begin, self._now = summary, begin, begin + passed, now
        self.update()

    def table(self) -> list[tuple[str | float, ...]]:
        """What each branch reports, from the run's beginning on, a header first."""
        spans = [] if self._summary is None else self._summary.spans
        rows = [(s.branch, s.begin - self._origin, s.end - self._origin, s.attention.value, s.zone) for s in spans]
        return [("branch", "begin_s", "end_s", "attention", "zone"), *rows]

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - an event of Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = 13 * self._scale
        painter.setFont(sized(self.font(), size))
        left, foot = size * 9.2, size * 2.9
        plot = QRectF(left, 2, self.width() - left - 6, self.height() - foot - 2)
        summary = self._summary
        lanes = [TRUTH, CLEAN, TRIGGERED] if summary is not None and summary.reference == TRUTH else [CLEAN, TRIGGERED]
        high = plot.height() / len(lanes)
        for number, branch in enumerate(lanes):
            lane = QRectF(plot.left(), plot.top() + number * high, plot.width(), high - 4)
            self._draw_lane(painter, lane, branch, size)
        self._draw_times(painter, plot, size)
        self._draw_legend(painter, QRectF(plot.left(), self.height() - size * 1.4, plot.width(), size * 1.3), size)
        if summary is not None:
            self._draw_trigger(painter, plot, summary, size)

    def _x(self, plot: QRectF, t: float) -> float:
        return plot.left() + min(max((t - self._begin) / LENGTH_S, 0.0), 1.0) * plot.width()

    def _draw_lane(self, painter: QPainter, lane: QRectF, branch: str, size: float) -> None:
        colour, shape, name = BRANCH_MARKERS[branch]
        draw_marker(painter, QPointF(size * 0.7, lane.center().y()), colour, shape, size * 0.42)
        painter.setPen(QColor(self._theme.text))
        draw_fitting(painter, QRectF(size * 1.5, lane.top(), size * 7.5, lane.height()), name, size)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.sunken))
        painter.drawRect(lane)
        if self._summary is None:
            return
        if branch == TRIGGERED and not any(span.branch == branch for span in self._summary.spans):
            # before any trigger both branches are the same
            branch = CLEAN
        for span in self._summary.spans:
            if span.branch == branch and span.end > self._begin:
                self._draw_span(painter, lane, span, size)
        for event in self._summary.events:
            if event.kind == "warning" and event.branch == branch and event.t >= self._begin:
                x = self._x(lane, event.t)
                painter.fillRect(QRectF(x - 1.5, lane.top() - 1, 3, lane.height() + 2), ALERT)

    def _draw_span(self, painter: QPainter, lane: QRectF, span: Span, size: float) -> None:
        if span.attention not in _FILLS:
            return
        fill, ink, _ = _FILLS[span.attention]
        left, right = self._x(lane, span.begin), self._x(lane, span.end)
        box = QRectF(left, lane.top(), max(1.0, right - left), lane.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(fill))
        painter.drawRect(box)
        painter.setFont(sized(self.font(), size * 0.95))
        if box.width() > painter.fontMetrics().horizontalAdvance(span.zone) + 8:
            painter.setPen(QColor(ink))
            painter.drawText(box.adjusted(4, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), span.zone)

    def _draw_times(self, painter: QPainter, plot: QRectF, size: float) -> None:
        painter.setFont(sized(self.font(), size * 0.92))
        painter.setPen(QColor(self._theme.dim))
        for second in range(0, int(LENGTH_S) + 1, int(STEP_S)):
            x = plot.left() + second / LENGTH_S * plot.width()
            box = QRectF(min(x - 30, plot.right() - 56), plot.bottom(), 60, size * 1.4)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), f"{self._begin - self._origin + second:.0f} s")
        painter.setPen(QPen(QColor(self._theme.text), 2))
        x = self._x(plot, self._now)
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))

    def _draw_legend(self, painter: QPainter, row: QRectF, size: float) -> None:
        painter.setFont(sized(self.font(), size * 0.92))
        metrics = painter.fontMetrics()
        room = row.width() - sum(metrics.horizontalAdvance(name) + size * 1.4 for name in LEGEND)
        gap, x = max(4.0, min(size * 1.6, room / len(LEGEND))), row.left()
        for name, fill in zip(LEGEND, [*(fill for fill, *_ in _FILLS.values()), None], strict=True):
            width = 3.0 if fill is None else size
            painter.fillRect(QRectF(x, row.top() + size * 0.15, width, size), ALERT if fill is None else QColor(fill))
            painter.setPen(QColor(self._theme.dim))
            text = metrics.horizontalAdvance(name)
            painter.drawText(QRectF(x + size * 1.3, row.top(), text + 4, row.height()), _MIDDLE, name)
            x += size * 1.4 + text + gap

    def _draw_trigger(self, painter: QPainter, plot: QRectF, summary: SafetySummary, size: float) -> None:
        for event in summary.events:
            if event.kind != "trigger" or event.t < self._begin:
                continue
            x = self._x(plot, event.t)
            painter.setPen(QPen(ORANGE, 3, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom() + size * 0.3))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ORANGE)
            painter.setFont(sized(self.font(), size * 0.9, bold=True))
            tag = QRectF(0, 0, painter.fontMetrics().horizontalAdvance(event.text) + 10, size * 1.35)
            tag.moveTo(min(max(x - tag.width() / 2, plot.left()), plot.right() - tag.width()), plot.bottom())
            painter.drawRoundedRect(tag, 3, 3)
            painter.setPen(QColor("white"))
            painter.drawText(tag, int(Qt.AlignmentFlag.AlignCenter), event.text)
