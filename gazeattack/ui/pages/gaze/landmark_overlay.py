"""The eye landmarks of one crop: outline of the opening, cross on the iris, ring on the eyeball's centre."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from gazeattack.model.landmarks import EYE_LANDMARKS

LINE, AROUND = "#ffd21f", "#000000"
IRIS, EYEBALL, UPPER, LOWER, INNER, OUTER = range(len(EYE_LANDMARKS))


def draw_eye(painter: QPainter, box: QRectF, points: np.ndarray) -> None:
    """Draw EYE_LANDMARKS [6, 2], (x, y) of the painter, within `box`."""
    if not np.isfinite(points).all():
        return
    at = [QPointF(float(x), float(y)) for x, y in points]
    size = max(2.0, box.height() / 24)
    opening = QPainterPath(at[INNER])
    for lid, end in ((UPPER, OUTER), (LOWER, INNER)):
        start = at[INNER] if end == OUTER else at[OUTER]
        # the curve that passes through the lid
        opening.quadTo(at[lid] * 2 - (start + at[end]) / 2, at[end])
    cross = QPainterPath()
    for step in (QPointF(size, 0), QPointF(0, size)):
        cross.moveTo(at[IRIS] - step)
        cross.lineTo(at[IRIS] + step)
    ring = QPainterPath()
    ring.addEllipse(at[EYEBALL], size * 0.6, size * 0.6)
    painter.save()
    painter.setClipRect(box)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # dark below, so that it shows on every skin
    for colour, width in ((AROUND, 3.0), (LINE, 1.4)):
        painter.setPen(QPen(QColor(colour), width))
        for path in (opening, cross, ring):
            painter.drawPath(path)
    painter.restore()
