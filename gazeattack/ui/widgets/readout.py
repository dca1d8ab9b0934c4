"""A caption above a large value."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gazeattack.ui.theme import LIGHT, Theme
from gazeattack.ui.widgets.builders import plain_tip
from gazeattack.ui.widgets.copying import make_copyable
from gazeattack.ui.widgets.fit_text import SMALLEST
from gazeattack.ui.widgets.markers import draw_marker

NOTHING = "–"


class Readout(QWidget):
    """A caption over a value that is written as large as fits; tip: what the value is.

    shape, colour: the branch's mark before the caption (see draw_marker), or None.
    """

    def __init__(
        self, caption: str, tip: str, *, shape: str | None = None, colour: QColor | None = None, hero: bool = False
    ) -> None:
        super().__init__()
        self._caption, self._shape, self._colour, self._hero = caption, shape, colour, hero
        self._value = NOTHING
        self._strong = False
        self._theme = LIGHT
        self.setMinimumHeight(64 if hero else 44)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setToolTip(plain_tip(tip))
        make_copyable(self)
        self._name()

    @property
    def value(self) -> str:
        """The text shown."""
        return self._value

    def sizeHint(self) -> QSize:
        """Taller for a main value (hero)."""
        return QSize(200, 88 if self._hero else 54)

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self._theme = theme
        self.update()

    def set_value(self, value: str | None, *, strong: bool = False, caption: str | None = None) -> None:
        """Show a value (None: nothing known); strong: in the triggered branch's colour."""
        value = NOTHING if value is None else value
        caption = self._caption if caption is None else caption
        if (value, strong, caption) != (self._value, self._strong, self._caption):
            self._value, self._strong, self._caption = value, strong, caption
            self._name()
            self.update()

    def _name(self) -> None:
        self.setAccessibleName(f"{self._caption}: {self._value}")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - an event of Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        if self._strong:
            painter.setPen(QPen(QColor(self._theme.bad), 2))
            painter.setBrush(QColor(self._theme.warning))
        else:
            painter.setPen(QPen(QColor(self._theme.edge), 1))
            painter.setBrush(QColor(self._theme.card))
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 8, 8)
        inner = box.adjusted(10, 5, -10, -5)
        small = max(12, min(max(22, self.height() // 9), round(self.height() * (0.2 if self._hero else 0.26))))
        top = QRectF(inner.left(), inner.top(), inner.width(), small * 1.35)
        left = top.left()
        if self._shape and self._colour is not None:
            draw_marker(painter, QPointF(left + small * 0.5, top.center().y()), self._colour, self._shape, small * 0.36)
            left += small * 1.35
        room = top.right() - left
        painter.setFont(self._fitting(self._caption, small, room, bold=False))
        painter.setPen(QColor(self._theme.dim))
        caption = painter.fontMetrics().elidedText(self._caption, Qt.TextElideMode.ElideMiddle, round(room) + 1)
        painter.drawText(top.adjusted(left - top.left(), 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), caption)
        rest = QRectF(inner.left(), top.bottom(), inner.width(), inner.bottom() - top.bottom())
        painter.setFont(self._fitting(self._value, rest.height() * 0.92, rest.width()))
        painter.setPen(QColor(self._theme.bad if self._strong else self._theme.text))
        painter.drawText(rest, int(Qt.AlignmentFlag.AlignVCenter), self._value)

    def _fitting(self, text: str, pixels: float, width: float, *, bold: bool = True) -> QFont:
        """A font of at most `pixels` in which the text is no wider than `width`."""
        needed = QFontMetricsF(self._sized(round(pixels), bold=bold)).horizontalAdvance(text)
        return self._sized(max(SMALLEST, int(pixels * min(1.0, width / max(needed, 1.0)))), bold=bold)

    def _sized(self, pixels: int, *, bold: bool = True) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(pixels)
        font.setBold(bold)
        return font
