"""The keypad with both branches' marks and dwell rings on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gazeattack.safety.dwell import Keypad
from gazeattack.safety.paired import CLEAN, TRIGGERED, TRUTH
from gazeattack.ui.theme import LIGHT, Theme
from gazeattack.ui.widgets.fit_text import draw_fitting, sized
from gazeattack.ui.widgets.fps_meter import PaintMeter
from gazeattack.ui.widgets.markers import BRANCH_MARKERS, draw_marker


@dataclass(frozen=True)
class Looking:
    """place: on the keypad, in its own space.  level: progress of the dwell, 0 to 1.  key: looked at, or None."""

    place: tuple[float, float]
    level: float
    key: str | None


class KeypadView(QWidget):
    """Paints the keys of a Keypad over all of itself."""

    def __init__(self) -> None:
        super().__init__()
        self.meter = PaintMeter()
        self._keypad = Keypad()
        self._looks: Mapping[str, Looking] = {}
        self._wanted: str | None = None
        self._theme, self._scale = LIGHT, 1.0
        self.setAccessibleName("Keypad: looking at a key types it")
        self.setMinimumSize(200, 200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def sizeHint(self) -> QSize:
        """Wide keys."""
        return QSize(620, 460)

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Change the colours and the size of text."""
        self._theme, self._scale = theme, scale
        self.update()

    def show_looks(self, keypad: Keypad, looks: Mapping[str, Looking], wanted: str | None = None) -> None:
        """Show where every branch looks; wanted: the next key to type."""
        self._keypad, self._looks, self._wanted = keypad, looks, wanted
        self.meter.arrive()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - an event of Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, pad = self._theme, self._keypad
        painter.fillRect(self.rect(), QColor(theme.window))
        for key in "".join(pad.keys):
            self._draw_key(painter, key)
        self.meter.paint()
        for branch in (TRUTH, CLEAN, TRIGGERED):
            look = self._looks.get(branch)
            if look is not None:
                colour, shape, _ = BRANCH_MARKERS[branch]
                size = {TRUTH: 22.0, CLEAN: 13.0, TRIGGERED: 14.0}[branch] * self._scale
                draw_marker(painter, self._at(look.place), colour, shape, size)

    def _draw_key(self, painter: QPainter, key: str) -> None:
        theme = self._theme
        box = self._box(key).adjusted(5, 5, -5, -5)
        painter.setPen(QPen(QColor(theme.edge), 2))
        painter.setBrush(QColor(theme.card))
        painter.drawRoundedRect(box, 12, 12)
        for inset, branch in ((4.0, CLEAN), (11.0, TRIGGERED)):
            look = self._looks.get(branch)
            if look is None or look.key != key:
                continue
            inset *= self._scale
            colour = BRANCH_MARKERS[branch][0]
            ring = box.adjusted(inset, inset, -inset, -inset)
            style = Qt.PenStyle.DashLine if branch == TRIGGERED else Qt.PenStyle.SolidLine
            painter.setPen(QPen(colour, 4 * self._scale, style))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(ring, 10, 10)
            # the dwell fills from below
            full = QColor(colour)
            full.setAlpha(70)
            painter.fillRect(ring.adjusted(0, ring.height() * (1 - look.level), 0, 0), full)
        painter.setPen(QColor(theme.text))
        painter.setFont(sized(self.font(), box.height() * 0.5, bold=True))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), key)
        if key == self._wanted:
            # within both frames, and above the dwell, which fills from below
            line = QRectF(box.left(), box.top() + 14 * self._scale, box.width(), 19 * self._scale)
            draw_fitting(painter, line, "next key", 15 * self._scale, bold=True, align=Qt.AlignmentFlag.AlignCenter)

    def _box(self, key: str) -> QRectF:
        left, top, right, bottom = self._keypad.box(key) or (0.0, 0.0, 0.0, 0.0)
        return QRectF(self._point(left, top), self._point(right, bottom))

    def _point(self, x: float, y: float) -> QPointF:
        pad = self._keypad
        across, along = (x - pad.left) / (pad.right - pad.left), (y - pad.top) / (pad.bottom - pad.top)
        return QPointF(across * self.width(), along * self.height())

    def _at(self, place: tuple[float, float]) -> QPointF:
        at = self._point(*place)
        return QPointF(min(max(at.x(), 14.0), self.width() - 14.0), min(max(at.y(), 14.0), self.height() - 14.0))
