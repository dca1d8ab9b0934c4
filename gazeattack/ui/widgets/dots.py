"""What a person is shown to look at: a dot, and sentences that stay away from it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gazeattack.ui.theme import ALERT, CLEAN, Theme
from gazeattack.ui.widgets.fit_text import draw_fitting


def draw_dot(painter: QPainter, at: QPointF, size: float, theme: Theme, progress: float | None = None) -> None:
    """A dot with a bright centre.  size: of text, pixels.  progress: 0 to 1, drawn around it; None: no ring."""
    radius = size * 1.1
    painter.setPen(QPen(QColor(theme.edge), size * 0.3))
    painter.setBrush(CLEAN)
    painter.drawEllipse(at, radius, radius)
    if progress is not None:
        pen = QPen(QColor(theme.text), size * 0.3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ring = QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius)
        painter.drawArc(ring, 90 * 16, round(-360 * 16 * progress))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("white"))
    painter.drawEllipse(at, radius * 0.22, radius * 0.22)


def draw_message(
    painter: QPainter, area: QRectF, size: float, theme: Theme, head: str, *lines: str, top: float = 0.36
) -> None:
    """A heading and wrapped lines in the middle of `area`; the last line is dim.  top: where, as a share."""
    wide = area.width() * 0.84
    box = QRectF((area.width() - wide) / 2, area.height() * top, wide, size * 2.2)
    painter.setPen(QColor(theme.text))
    draw_fitting(painter, box, head, size * 1.6, bold=True, align=Qt.AlignmentFlag.AlignCenter)
    y = box.bottom() + size * 0.3
    for number, line in enumerate(lines):
        last = number == len(lines) - 1
        painter.setPen(QColor(theme.dim if last and len(lines) > 1 else theme.text))
        font = painter.font()
        font.setPixelSize(round(size))
        font.setBold(False)
        painter.setFont(font)
        flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)
        room = QRectF(box.left(), y, wide, size * 8)
        painter.drawText(room, flags, line)
        y = painter.boundingRect(room, flags, line).bottom() + size * 0.4


def draw_line(
    painter: QPainter, area: QRectF, y: float, size: float, theme: Theme, text: str, *, bad: bool = False
) -> None:
    """One line across `area` at height y; bad: in the colour of a warning."""
    painter.setPen((ALERT if not theme.dark else QColor("#FF8A8A")) if bad else QColor(theme.text))
    box = QRectF(area.width() * 0.08, y, area.width() * 0.84, size * 1.6)
    draw_fitting(painter, box, text, size, align=Qt.AlignmentFlag.AlignCenter)
