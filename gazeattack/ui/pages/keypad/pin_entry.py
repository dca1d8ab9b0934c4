"""The digits that one branch has typed, compared with the PIN that was asked for."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen

from gazeattack.ui.theme import ALERT, Theme
from gazeattack.ui.widgets.copying import make_copyable
from gazeattack.ui.widgets.fit_text import draw_fitting, sized
from gazeattack.ui.widgets.markers import BRANCH_MARKERS, draw_marker
from gazeattack.ui.widgets.titled_panel import TitledPanel


class PinEntry(TitledPanel):
    """The digits in boxes: a tick below a right one, a cross below a wrong one."""

    def __init__(self, branch: str, title: str) -> None:
        super().__init__(branch, title)
        self._pin, self._typed, self._foot = "", "", ""
        self._ended = False
        self.setMinimumSize(170, 130)
        make_copyable(self)
        self._name()

    @property
    def typed(self) -> str:
        """The digits shown."""
        return self._typed

    def sizeHint(self) -> QSize:
        """Room for four digits and their verdict."""
        return QSize(320, 220)

    def show_typed(self, pin: str, typed: str, foot: str, *, ended: bool = False) -> None:
        """Show what was typed where `pin` was asked for; foot: a line below; ended: nobody types any more."""
        if (pin, typed, foot, ended) != (self._pin, self._typed, self._foot, self._ended):
            self._pin, self._typed, self._foot, self._ended = pin, typed, foot, ended
            self._name()
            self.update()

    @property
    def verdict(self) -> str:
        """Whether the PIN is complete, and right."""
        if not self._pin or len(self._typed) < len(self._pin):
            if self._ended:
                return f"{f'Stuck on {self._typed[-1]}' if self._typed else 'Nothing typed'}: PIN not entered"
            return "Typing ..." if self._typed else "Nothing typed yet"
        return "PIN accepted" if self._typed[: len(self._pin)] == self._pin else "Wrong PIN"

    def _name(self) -> None:
        self.setAccessibleName(f"{self._title}: {self._typed or 'nothing'}, {self.verdict}")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - an event of Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._theme
        colour, shape, _ = BRANCH_MARKERS[self._branch]
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(QPen(colour, 3))
        painter.setBrush(QColor(theme.card))
        painter.drawRoundedRect(box, 8, 8)
        inner = box.adjusted(12, 8, -12, -8)
        size = max(12.0, min(self.height() / 10, self.width() / 17))
        draw_marker(painter, QPointF(inner.left() + size * 0.55, inner.top() + size * 0.8), colour, shape, size * 0.42)
        painter.setPen(QColor(theme.text))
        head = QRectF(inner.left() + size * 1.5, inner.top(), inner.width() - size * 1.5, size * 1.6)
        draw_fitting(painter, head, self._title, size * 1.05, bold=True)
        foot = QRectF(inner.left(), inner.bottom() - size * 1.4, inner.width(), size * 1.4)
        verdict = foot.translated(0, -size * 2.0)
        verdict.setHeight(size * 1.9)
        row = QRectF(inner.left(), head.bottom() + 4, inner.width(), verdict.top() - head.bottom() - 10)
        self._draw_digits(painter, row)
        wrong = self.verdict == "Wrong PIN" or (self._ended and len(self._typed) < len(self._pin))
        painter.setPen((QColor("#FF8A8A") if theme.dark else ALERT) if wrong else QColor(theme.text))
        draw_fitting(painter, verdict, self.verdict, size * 1.5, bold=True)
        painter.setPen(QColor(theme.dim))
        draw_fitting(painter, foot, self._foot, size * 0.95)

    def _draw_digits(self, painter: QPainter, row: QRectF) -> None:
        theme, count = self._theme, max(1, len(self._pin))
        side = min(row.height(), (row.width() - 8 * (count - 1)) / count)
        left = row.center().x() - (side * count + 8 * (count - 1)) / 2
        for place in range(count):
            box = QRectF(left + place * (side + 8), row.center().y() - side / 2, side, side)
            typed = place < len(self._typed)
            right = typed and self._typed[place] == self._pin[place]
            painter.setPen(QPen(ALERT if typed and not right else QColor(theme.edge), 3 if typed and not right else 2))
            painter.setBrush(QColor(theme.sunken))
            painter.drawRoundedRect(box, 8, 8)
            if not typed:
                continue
            painter.setPen(QColor(theme.text))
            painter.setFont(sized(self.font(), side * 0.6, bold=True))
            painter.drawText(box.adjusted(0, 0, 0, -side * 0.14), int(Qt.AlignmentFlag.AlignCenter), self._typed[place])
            _draw_verdict(painter, QPointF(box.center().x(), box.bottom() - side * 0.14), side * 0.09, right, theme)


def _draw_verdict(painter: QPainter, at: QPointF, size: float, right: bool, theme: Theme) -> None:
    """A tick or a cross."""
    bad = QColor("#FF8A8A") if theme.dark else ALERT
    painter.setPen(QPen(QColor(theme.good) if right else bad, max(2.0, size * 0.5)))
    if right:
        painter.drawPolyline([at + QPointF(-size, 0), at + QPointF(-size * 0.2, size * 0.8), at + QPointF(size, -size)])
    else:
        painter.drawLine(at + QPointF(-size, -size), at + QPointF(size, size))
        painter.drawLine(at + QPointF(-size, size), at + QPointF(size, -size))
