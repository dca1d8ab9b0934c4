"""The marks that stand for clean, triggered and true gaze: the same in the camera view, the plot and the readouts."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF

from gazeattack.ui.theme import CLEAN, COMPARED_CLEAN, COMPARED_TRIGGERED, HALO, TRIGGERED, TRUTH

# (colour, shape, name) of every branch
BRANCH_MARKERS = {
    "clean": (CLEAN, "disc", "Without trigger"),
    "triggered": (TRIGGERED, "triangle", "With trigger"),
    "truth": (TRUTH, "cross", "Truth"),
    # of the second model
    "compared clean": (COMPARED_CLEAN, "ring", "Clean"),
    "compared triggered": (COMPARED_TRIGGERED, "hollow triangle", "Triggered"),
}


def draw_marker(painter: QPainter, at: QPointF, colour: QColor, shape: str, size: float, angle: float = 0.0) -> None:
    """A disc (clean), a triangle (triggered; pointing up, turned by `angle` degrees) or a cross (truth).

    A ring and a hollow triangle are the same branches of a second model.
    """
    painter.save()
    painter.translate(at)
    hollow = shape in ("ring", "hollow triangle")
    painter.setPen(QPen(colour, max(2.0, size * 0.45)) if hollow else QPen(HALO, 2))
    painter.setBrush(HALO if hollow else QBrush(colour))
    if shape in ("disc", "ring"):
        painter.drawEllipse(QPointF(0, 0), size, size)
    elif shape in ("triangle", "hollow triangle"):
        painter.rotate(angle)
        painter.drawPolygon(
            QPolygonF([QPointF(0, -size * 1.35), QPointF(size * 1.1, size * 0.8), QPointF(-size * 1.1, size * 0.8)])
        )
    else:
        for pen_colour, width in ((HALO, size * 0.4 + 3), (colour, size * 0.4)):
            painter.setPen(QPen(pen_colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            painter.drawLine(QPointF(-size, 0), QPointF(size, 0))
            painter.drawLine(QPointF(0, -size), QPointF(0, size))
    painter.restore()


def draw_arrow(
    painter: QPainter, start: QPointF, end: QPointF, colour: QColor, shape: str, width: float, head: float
) -> None:
    """A halo, the line (dashed for the triangle), then the mark as its head: colour is never the only difference."""
    along = end - start
    painter.setPen(QPen(HALO, width + 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.drawLine(start, end)
    pen = QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
    if shape in ("triangle", "hollow triangle"):
        pen.setDashPattern([2.2, 0.9])
    painter.setPen(pen)
    painter.drawLine(start, end)
    angle = math.degrees(math.atan2(along.y(), along.x())) + 90 if math.hypot(along.x(), along.y()) > 4 else 0.0
    draw_marker(painter, end, colour, shape, head, angle)
