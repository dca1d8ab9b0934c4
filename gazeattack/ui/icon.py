"""The window's icon, drawn here: an eye with two pupils, one for the true gaze and one for the predicted gaze."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

from gazeattack.ui.theme import CLEAN, TRIGGERED

SIZE = 256.0


def window_icon() -> QIcon:
    """Needs a QApplication."""
    pixmap = QPixmap(int(SIZE), int(SIZE))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("#15202B"))
    painter.drawRoundedRect(QRectF(0, 0, SIZE, SIZE), 56, 56)
    eye = QPainterPath(QPointF(24, 128))
    eye.quadTo(QPointF(128, 20), QPointF(232, 128))
    eye.quadTo(QPointF(128, 236), QPointF(24, 128))
    painter.setBrush(QColor("white"))
    painter.drawPath(eye)
    painter.setBrush(CLEAN)
    painter.drawEllipse(QPointF(104, 128), 40, 40)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(TRIGGERED, 14, Qt.PenStyle.DotLine, Qt.PenCapStyle.RoundCap))
    painter.drawEllipse(QPointF(164, 128), 34, 34)
    painter.end()
    return QIcon(pixmap)
