"""The driver's view with its zones, and the gaze of each branch."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF, QResizeEvent, QTransform
from PySide6.QtWidgets import QSizePolicy, QWidget

from gazeattack.safety.observation import GazeObservation
from gazeattack.safety.paired import CLEAN, TRIGGERED, TRUTH
from gazeattack.safety.zones import Zones
from gazeattack.ui.pages.driver.scene import draw_scene, outline
from gazeattack.ui.theme import LIGHT, Theme
from gazeattack.ui.widgets.markers import BRANCH_MARKERS, draw_marker

# degrees relative to straight ahead: (yaw, pitch) of what is shown
YAWS, PITCHES = (-56.0, 66.0), (-66.0, 20.0)
TRAIL_S = 0.8
Point = tuple[float, float]


class WindscreenView(QWidget):
    """The zones as the inside of a car, drawn once per size; a frame adds only outlines and markers.

    theme: its colours.
    """

    def __init__(self, zones: Zones) -> None:
        super().__init__()
        self._zones = zones
        self.theme, self._scale = LIGHT, 1.0
        self._scene: QPixmap | None = None
        self._seen: Mapping[str, GazeObservation] = {}
        self._trails: dict[str, deque[tuple[float, Point]]] = {CLEAN: deque(), TRIGGERED: deque()}
        self.setAccessibleName("Windscreen view: the zones and both gaze points")
        self.setMinimumSize(260, 170)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def sizeHint(self) -> QSize:
        """The shape of what is shown."""
        return QSize(610, 430)

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Change the colours and the size of text."""
        self.theme, self._scale, self._scene = theme, scale, None
        self.update()

    def set_zones(self, zones: Zones) -> None:
        """Draw another layout, or another straight ahead."""
        if zones.zones != self._zones.zones:
            self._scene = None
        self._zones = zones
        self.clear()

    def clear(self) -> None:
        """Show the zones alone."""
        self._seen = {}
        for trail in self._trails.values():
            trail.clear()
        self.update()

    def show_observations(self, seen: Mapping[str, GazeObservation]) -> None:
        """Move the marks to a new frame."""
        self._seen = seen
        for branch, trail in self._trails.items():
            now = seen.get(branch)
            if now is None or now.gaze is None or (trail and now.t <= trail[-1][0]):
                trail.clear()
            if now is not None and now.gaze is not None:
                trail.append((now.t, self._zones.relative(now.gaze)))
                while now.t - trail[0][0] > TRAIL_S:
                    trail.popleft()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - an event of Qt
        self._scene = None

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - an event of Qt
        place = self._place()
        if self._scene is None:
            self._scene = self._draw_scene(place)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._scene)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # the truth lies below, so that it shows around an accurate prediction
        for branch in (TRUTH, CLEAN, TRIGGERED):
            now = self._seen.get(branch)
            if now is not None and now.gaze is not None:
                self._draw_branch(painter, place, branch, now)

    def _draw_branch(self, painter: QPainter, place: QTransform, branch: str, now: GazeObservation) -> None:
        assert now.gaze is not None
        colour, shape, _ = BRANCH_MARKERS[branch]
        if now.zone is not None and branch != TRUTH:
            pen = QPen(colour, 4 * self._scale, Qt.PenStyle.DashLine if branch == TRIGGERED else Qt.PenStyle.SolidLine)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolygon(outline(now.zone, place))
        trail = self._trails.get(branch)
        if trail and len(trail) > 1:
            faded = QColor(colour)
            faded.setAlpha(150)
            painter.setPen(QPen(faded, 3))
            painter.drawPolyline(QPolygonF([self._inside(place, point) for _, point in trail]))
        size = {TRUTH: 18.0, CLEAN: 11.0, TRIGGERED: 12.0}[branch] * self._scale
        draw_marker(painter, self._inside(place, self._zones.relative(now.gaze)), colour, shape, size)

    def _inside(self, place: QTransform, point: Point) -> QPointF:
        """A direction in pixels; one that lies outside at the rim."""
        at = place.map(QPointF(*point))
        return QPointF(min(max(at.x(), 14.0), self.width() - 14.0), min(max(at.y(), 14.0), self.height() - 14.0))

    def _place(self) -> QTransform:
        """(yaw, pitch) in degrees to pixels: right is the driver's right, as through the windscreen."""
        wide, high = YAWS[1] - YAWS[0], PITCHES[1] - PITCHES[0]
        scale = min(self.width() / wide, self.height() / high)
        left, top = (self.width() - wide * scale) / 2, (self.height() - high * scale) / 2
        return QTransform(scale, 0, 0, -scale, left - YAWS[0] * scale, top + PITCHES[1] * scale)

    def _draw_scene(self, place: QTransform) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        font = QFont(self.font())
        font.setPixelSize(round(13 * self._scale))
        painter = QPainter(picture)
        draw_scene(painter, QRectF(self.rect()), self._zones, place, self.theme, font)
        painter.end()
        return picture
