"""All moving parts of the angle plot, painted as one item: a dozen plot items would take ten times as long."""

from __future__ import annotations

from collections import deque

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from gazeattack.angles import Gaze, to_angles
from gazeattack.attack.goal import ALL_TO_ONE
from gazeattack.live.frame_result import ComparedModel, FrameResult
from gazeattack.ui.strings.triggers import RING
from gazeattack.ui.theme import (
    CLEAN,
    COMPARED_CLEAN,
    COMPARED_TRIGGERED,
    LIGHT,
    TARGET,
    TRIGGERED,
    TRUTH,
    Theme,
)
from gazeattack.ui.widgets.markers import draw_marker

RING_DEG = 5.0
# how far up the angle plot goes for how far to the side
PITCH_SHARE = 0.8
TRAIL_S = 1.2
TRAIL_PARTS = 6
EVERYWHERE = QRectF(-180, -180, 360, 360)
Point = tuple[float, float]


def target_ring(target: Gaze, radius_deg: float = RING_DEG, points: int = 49) -> np.ndarray:
    """The closed curve of gazes `radius_deg` away from a target, (yaw, pitch) in degrees [points, 2]."""
    axis = target.vector()
    side = np.cross(axis, (0.0, 1.0, 0.0))
    side /= np.linalg.norm(side)
    up = np.cross(side, axis)
    turn = np.linspace(0, 2 * np.pi, points)[:, None]
    radius = np.radians(radius_deg)
    around = np.cos(radius) * axis + np.sin(radius) * (np.cos(turn) * side + np.sin(turn) * up)
    return np.degrees(to_angles(around))[:, ::-1]


class GazeItem(pg.GraphicsObject):
    """Both predictions with their trails, the truth, and the target's ring; coordinates are (yaw, pitch) in degrees."""

    def __init__(self) -> None:
        super().__init__()
        self._theme, self._scale = LIGHT, 1.0
        self._points: dict[str, Point | None] = {}
        self._trails: dict[str, deque[tuple[float, Point]]] = {"clean": deque(), "triggered": deque()}
        self._target: Gaze | None = None
        self._aim = ""

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Change the colours and the size of the marks."""
        self._theme, self._scale = theme, scale
        self.update()

    def clear(self) -> None:
        """Show nothing and forget the trails."""
        self._points, self._target = {}, None
        for trail in self._trails.values():
            trail.clear()
        self.update()

    def follow(self, result: FrameResult) -> float:
        """Move to a new result, without painting it.

        Returns:
            The yaw, in degrees, that must be shown so that all marks are (see AnglePlot).
        """
        if not result.both_closed:
            # the ring stays in a blink
            self._target, self._aim = result.target, RING[result.goal or ALL_TO_ONE]
        second = result.compared or ComparedModel("", "")
        self._points = {
            "truth": _point(result.frame.truth),
            "clean": None if result.clean is None else _point(result.clean.gaze),
            "triggered": None if result.triggered is None else _point(result.triggered.gaze),
            "compared clean": None if second.clean is None else _point(second.clean.gaze),
            "compared triggered": None if second.triggered is None else _point(second.triggered.gaze),
        }
        for name, trail in self._trails.items():
            point = self._points[name]
            if point is None or (trail and result.t <= trail[-1][0]):
                trail.clear()
            if point is not None:
                trail.append((result.t, point))
            while trail and result.t - trail[0][0] > TRAIL_S:
                trail.popleft()
        reach = [(point, 0.0) for point in self._points.values() if point]
        aim = _point(self._target)
        if aim:
            reach.append((aim, RING_DEG))
        return max(
            (max(abs(yaw) + ring, (abs(pitch) + ring) / PITCH_SHARE) for (yaw, pitch), ring in reach), default=0.0
        )

    def table(self) -> list[tuple[str | float, ...]]:
        """The trails and the other marks, a header first."""
        rows: list[tuple[str | float, ...]] = [("mark", "seconds_before", "yaw_deg", "pitch_deg")]
        last = max((trail[-1][0] for trail in self._trails.values() if trail), default=0.0)
        for name, trail in self._trails.items():
            rows += [(name, last - t, *point) for t, point in trail]
        marks = {**self._points, "target": _point(self._target)}
        rows += [(name, 0.0, *point) for name, point in marks.items() if point and name not in self._trails]
        return rows

    def boundingRect(self) -> QRectF:  # noqa: D102 - an event of Qt
        return EVERYWHERE

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint in pixels, so that marks keep their size and shape whatever the range."""
        place = painter.worldTransform()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_axes(painter, place)
        self._paint_target(painter, place)
        self._paint_trail(painter, place, "clean", CLEAN)
        self._paint_trail(painter, place, "triggered", TRIGGERED)
        clean, triggered, truth = (self._points.get(name) for name in ("clean", "triggered", "truth"))
        other_clean, other_triggered = (self._points.get(f"compared {name}") for name in ("clean", "triggered"))
        for start, end in ((clean, triggered), (other_clean, other_triggered)):
            if start and end:
                painter.setPen(QPen(QColor(self._theme.text), 1.6, Qt.PenStyle.DotLine))
                painter.drawLine(_map(place, start), _map(place, end))
        for point, colour, shape, size in (
            (truth, TRUTH, "cross", 16.0),
            (clean, CLEAN, "disc", 9.0),
            (triggered, TRIGGERED, "triangle", 10.0),
            # hollow and smaller, so that the first model's shows below it
            (other_clean, COMPARED_CLEAN, "ring", 6.0),
            (other_triggered, COMPARED_TRIGGERED, "hollow triangle", 7.0),
        ):
            if point:
                draw_marker(painter, _map(place, point), colour, shape, size * self._scale)

    def _paint_axes(self, painter: QPainter, place: QTransform) -> None:
        painter.setPen(QPen(QColor(self._theme.edge), 1.5))
        painter.drawLine(_map(place, (-180, 0)), _map(place, (180, 0)))
        painter.drawLine(_map(place, (0, -180)), _map(place, (0, 180)))

    def _paint_target(self, painter: QPainter, place: QTransform) -> None:
        if self._target is None:
            return
        ring = QPolygonF([_map(place, (yaw, pitch)) for yaw, pitch in target_ring(self._target).tolist()])
        painter.setPen(QPen(TARGET, 2.5, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(ring)
        font = QFont(painter.font())
        font.setPixelSize(round(13 * self._scale))
        painter.setFont(font)
        painter.setPen(QColor(self._theme.text))
        below, label = ring.boundingRect(), self._aim
        width = painter.fontMetrics().horizontalAdvance(label) + 4.0
        view = self.getViewBox().sceneBoundingRect()
        left = max(min(below.center().x() - width / 2, view.right() - width), view.left() + 2)
        box = QRectF(left, below.bottom() + 1, width, 18 * self._scale)
        markers = [_map(place, point) for point in self._points.values() if point]
        room = 10 * self._scale
        if any(box.adjusted(-room, -room, room, room).contains(at) for at in markers):
            box.moveBottom(below.top() - 1)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), label)

    def _paint_trail(self, painter: QPainter, place: QTransform, name: str, colour: QColor) -> None:
        path = [_map(place, point) for _, point in self._trails[name]]
        size = max(1, len(path) // TRAIL_PARTS)
        for part in range(TRAIL_PARTS):
            # each part takes in the next one's first point, so that no gap shows
            end = len(path) if part == TRAIL_PARTS - 1 else (part + 1) * size + 1
            faded = colour.lighter(150) if self._theme.dark else QColor(colour)
            faded.setAlphaF((part + 1) / (TRAIL_PARTS + 1))
            painter.setPen(QPen(faded, 2))
            painter.drawPolyline(path[part * size : end])


def _map(place: QTransform, point: Point) -> QPointF:
    return place.map(QPointF(*point))


def _point(gaze: Gaze | None) -> Point | None:
    """(yaw, pitch) in degrees."""
    if gaze is None:
        return None
    pitch, yaw = gaze.degrees
    return yaw, pitch
