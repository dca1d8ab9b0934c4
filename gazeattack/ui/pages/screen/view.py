"""Both gaze points on the plane of the screen: scaled down in the tab, in full size with F11."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gazeattack.safety.paired import CLEAN, TRIGGERED, TRUTH
from gazeattack.screen.geometry import ScreenGeometry
from gazeattack.ui.strings.common import CAPTION
from gazeattack.ui.theme import LIGHT, Theme
from gazeattack.ui.widgets.fit_text import draw_fitting, sized
from gazeattack.ui.widgets.fps_meter import PaintMeter
from gazeattack.ui.widgets.markers import BRANCH_MARKERS, draw_marker

TRAIL_S = 1.0
# share of the tab that the drawn screen takes: points beside the screen are drawn there too
SHARE = 0.56
# the line of each label where several points are off screen
_LINES = tuple(name for *_, name in BRANCH_MARKERS.values())
Point = tuple[float, float]


class ScreenView(QWidget):
    """Paints the points; full_screen: the widget is the screen itself, not a picture of it.

    Only while full screen: left: the person wants out (Esc, F11 or a double click); triggered: Space was pressed.
    """

    left = Signal()
    triggered = Signal()

    def __init__(self, geometry: ScreenGeometry, *, full_screen: bool = False) -> None:
        super().__init__()
        self.meter = PaintMeter()
        self._geometry, self._full_screen = geometry, full_screen
        self._theme, self._scale = LIGHT, 1.0
        self._points: Mapping[str, Point] = {}
        self._trails: dict[str, deque[tuple[float, Point]]] = {CLEAN: deque(), TRIGGERED: deque()}
        self._text = ""
        self._rejected: frozenset[str] = frozenset()
        self.setAccessibleName("Both gaze points on the screen")
        self.setMinimumSize(260, 160)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if full_screen else Qt.FocusPolicy.TabFocus)

    def sizeHint(self) -> QSize:
        """A screen's shape."""
        return QSize(960, 540)

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Change the colours and the size of text."""
        self._theme, self._scale = theme, scale
        self.update()

    def set_geometry(self, geometry: ScreenGeometry) -> None:
        """Another screen."""
        self._geometry = geometry
        self.clear()

    def clear(self) -> None:
        """Show no points."""
        self._points = {}
        for trail in self._trails.values():
            trail.clear()
        self.update()

    def show_points(
        self, t: float, points: Mapping[str, Point], words: str, rejected: frozenset[str] = frozenset()
    ) -> None:
        """Move to a new frame's points, mm; words: the line below them; rejected: the branches to cross out."""
        self._points, self._text, self._rejected = points, words, rejected
        self.meter.arrive()
        for branch, trail in self._trails.items():
            point = points.get(branch)
            if point is None or (trail and t <= trail[-1][0]):
                trail.clear()
            if point is not None:
                trail.append((t, point))
                while t - trail[0][0] > TRAIL_S:
                    trail.popleft()
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - an event of Qt
        if self._full_screen and event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_F11):
            self.left.emit()
        elif self._full_screen and event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.triggered.emit()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102 - an event of Qt
        # closed by the window system, not by the page
        if self._full_screen and event.spontaneous():
            self.left.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - an event of Qt
        if self._full_screen:
            self.left.emit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - an event of Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self._theme.card if self._full_screen else self._theme.window))
        self.meter.paint()
        screen = self._screen()
        if not self._full_screen:
            painter.setPen(QPen(QColor(self._theme.dim), 8))
            painter.setBrush(QColor(self._theme.card))
            painter.drawRoundedRect(screen.adjusted(-4, -4, 4, 4), 6, 6)
            self._draw_camera(painter, screen)
        self._draw_grid(painter, screen)
        self._draw_points(painter, screen)
        self._draw_legend(painter)
        size = (28 if self._full_screen else 20) * self._scale
        painter.setPen(QColor(self._theme.text))
        painter.setFont(sized(self.font(), size))
        below = QRectF(16, self.height() - size * 2.0, self.width() - 32, size * 1.6)
        draw_fitting(painter, below, self._text, size, bold=True)
        if self._full_screen:
            painter.setPen(QColor(self._theme.dim))
            above = below.translated(0, -size * 1.6)
            draw_fitting(painter, above, f"{CAPTION} Esc: back to the window · Space: trigger", size * 0.6)

    def _screen(self) -> QRectF:
        """Where the screen lies in the widget."""
        if self._full_screen:
            return QRectF(self.rect())
        aspect = self._geometry.width_mm / self._geometry.height_mm
        room = QRectF(self.rect())
        width = SHARE * min(room.width(), room.height() * aspect)
        box = QRectF(0, 0, width, width / aspect)
        box.moveCenter(room.center() + QPointF(0, room.height() * 0.06))
        return box

    def _draw_grid(self, painter: QPainter, screen: QRectF) -> None:
        """A faint cross through the middle."""
        painter.setPen(QPen(QColor(self._theme.edge), 1))
        painter.drawLine(QPointF(screen.center().x(), screen.top()), QPointF(screen.center().x(), screen.bottom()))
        painter.drawLine(QPointF(screen.left(), screen.center().y()), QPointF(screen.right(), screen.center().y()))

    def _draw_points(self, painter: QPainter, screen: QRectF) -> None:
        clean, triggered = self._points.get(CLEAN), self._points.get(TRIGGERED)
        if clean and triggered:
            painter.setPen(QPen(QColor(self._theme.text), 1.6, Qt.PenStyle.DotLine))
            painter.drawLine(self._at(screen, clean)[0], self._at(screen, triggered)[0])
        for branch, size in ((TRUTH, 26.0), (CLEAN, 15.0), (TRIGGERED, 16.0)):
            point = self._points.get(branch)
            if point is None:
                continue
            colour, shape, name = BRANCH_MARKERS[branch]
            trail = self._trails.get(branch)
            if trail and len(trail) > 1:
                faded = QColor(colour)
                faded.setAlpha(130)
                painter.setPen(QPen(faded, 3))
                painter.drawPolyline(QPolygonF([self._at(screen, past)[0] for _, past in trail]))
            at, inside = self._at(screen, point)
            size *= self._scale * (1.6 if self._full_screen else 1.0)
            draw_marker(painter, at, colour, shape, size if inside else size * 0.7)
            if branch in self._rejected:
                self._cross_out(painter, at, size * 1.5)
            if not inside:
                self._draw_outside(painter, screen, at, name)

    def _cross_out(self, painter: QPainter, at: QPointF, size: float) -> None:
        painter.setPen(QPen(QColor(self._theme.text), 4 * self._scale))
        for way in (1, -1):
            painter.drawLine(at + QPointF(-size, -way * size), at + QPointF(size, way * size))

    def _draw_camera(self, painter: QPainter, screen: QRectF) -> None:
        """The webcam where it sits."""
        geometry, size = self._geometry, 14 * self._scale
        at = QPointF(
            screen.left() + geometry.camera_x_mm / geometry.width_mm * screen.width(),
            min(screen.top() + geometry.camera_y_mm / geometry.height_mm * screen.height(), screen.top() - 10),
        )
        painter.setPen(QPen(QColor(self._theme.text), 2))
        painter.setBrush(QColor(self._theme.window))
        painter.drawEllipse(at, 5, 5)
        painter.setPen(QColor(self._theme.dim))
        draw_fitting(painter, QRectF(at.x() + 12, at.y() - size, size * 6, size * 1.4), "camera", size)
        inside = QRectF(screen.left() + 8, screen.bottom() - size * 1.8, screen.width() - 16, size * 1.5)
        draw_fitting(painter, inside, "screen", size)

    def _draw_legend(self, painter: QPainter) -> None:
        size = (18 if self._full_screen else 15) * self._scale
        at = QPointF(size * 1.4, size * 1.4)
        for branch in (CLEAN, TRIGGERED, TRUTH):
            if branch not in self._points:
                continue
            colour, shape, name = BRANCH_MARKERS[branch]
            draw_marker(painter, at, colour, shape, size * 0.5)
            painter.setPen(QColor(self._theme.text))
            name = f"{name}: rejected" if branch in self._rejected else name
            draw_fitting(painter, QRectF(at.x() + size, at.y() - size * 0.8, size * 12, size * 1.6), name, size)
            at += QPointF(0, size * 1.7)

    def _draw_outside(self, painter: QPainter, screen: QRectF, at: QPointF, name: str) -> None:
        painter.setPen(QColor(self._theme.dim))
        size, away = 14 * self._scale, 22 * self._scale + 16 * self._scale * _LINES.index(name)
        box = QRectF(0, 0, size * 12, size * 1.4)
        box.moveCenter(at + QPointF(0, away if at.y() < screen.center().y() else -away))
        box.moveLeft(min(max(box.left(), 4.0), self.width() - box.width() - 4))
        draw_fitting(painter, box, f"{name}: off screen", size, align=Qt.AlignmentFlag.AlignCenter)

    def _at(self, screen: QRectF, mm: Point) -> tuple[QPointF, bool]:
        """Pixels of a point in mm, held at the screen's rim, and whether it is on the screen."""
        x = screen.left() + mm[0] / self._geometry.width_mm * screen.width()
        y = screen.top() + mm[1] / self._geometry.height_mm * screen.height()
        edge = (30 if self._full_screen else 20) * self._scale
        rim = QRectF(self.rect()).adjusted(edge, edge, -edge, -edge)
        held = QPointF(min(max(x, rim.left()), rim.right()), min(max(y, rim.top()), rim.bottom()))
        return (QPointF(x, y), True) if rim.contains(QPointF(x, y)) else (held, False)
