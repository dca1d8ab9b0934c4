"""A slider for the trigger's strength that marks the key's own strength."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider

LARGEST = 3.0
DEFAULT = 1.0
COARSE, FINE = 20, 100  # steps per unit of strength, the finer ones where one unit is all there is


class StrengthSlider(QSlider):
    """0 to `largest` in steps of 0.05, or of 0.01 where that is 1 or less.  strength is None for the key's own.

    strength_changed carries a float, or None after a reset (double-click).
    """

    strength_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._scale = 1.0
        self.set_text_scale(1.0)
        self.strength: float | None = None
        self._own: float | None = None
        self._mark = ""
        self._steps = COARSE
        self._largest = 0.0
        self.valueChanged.connect(self._moved)
        self.set_scale("strength", LARGEST)

    @property
    def shown(self) -> float:
        """The strength in force."""
        if self.strength is not None:
            return self.strength
        return DEFAULT if self._own is None else self._own

    @property
    def largest(self) -> float:
        """The strength at the slider's right end."""
        return self._largest

    def set_text_scale(self, scale: float) -> None:
        """Change the size of text, which grows with the window."""
        self._scale = scale
        self.setMinimumHeight(round(46 * scale))
        self.update()

    def set_scale(self, knob: str, largest: float) -> None:
        """Another kind of trigger: name and largest value of its strength; the strength itself stays."""
        self.setAccessibleName(knob[:1].upper() + knob[1:])
        self.setToolTip(f"{knob[:1].upper()}{knob[1:]}; double-click: the key's own strength")
        if largest == self._largest:
            return
        self._largest = largest
        self._steps = COARSE if largest > 1 else FINE
        self.blockSignals(True)
        self.setRange(0, round(largest * self._steps))
        self.setPageStep(max(1, self.maximum() // 10))
        self.blockSignals(False)
        self._follow()

    def set_own(self, own: float | None, mark: str = "model's own") -> None:
        """Mark the key's own strength; mark: the text beside it."""
        if (own, mark) != (self._own, self._mark):
            self._own, self._mark = own, mark
            self._follow()

    def set_strength(self, strength: float | None) -> None:
        """Use a strength, or the key's own (None)."""
        if strength != self.strength:
            self.strength = strength
            self._follow()
            self.strength_changed.emit(strength)

    def reset(self) -> None:
        """Back to the key's own."""
        self.set_strength(None)

    def _follow(self) -> None:
        self.blockSignals(True)
        self.setValue(round(self.shown * self._steps))
        self.blockSignals(False)
        self.update()

    def _moved(self, value: int) -> None:
        self.strength = value / self._steps
        self.strength_changed.emit(self.strength)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - an event of Qt
        self.reset()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - an event of Qt
        super().paintEvent(event)
        if self._own is None:
            return
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, option, self)
        span = self.width() - handle
        x = handle / 2 + span * min(1.0, self._own / self._largest)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(self.palette().windowText().color())
        painter.setPen(QPen(Qt.PenStyle.NoPen))
        painter.setBrush(colour)
        base = self.height() / 2 + 9
        painter.drawPolygon(QPolygonF([QPointF(x, base), QPointF(x - 4, base + 6), QPointF(x + 4, base + 6)]))
        font = self.font()
        font.setPixelSize(round(12 * self._scale))
        painter.setFont(font)
        painter.setPen(colour)
        text = f"{self._mark} {self._own:g}"
        width = painter.fontMetrics().horizontalAdvance(text) + 2
        beside = x + 8 if x + 8 + width < self.width() else x - 8 - width
        painter.drawText(QRectF(beside, base - 3, width, 13 * self._scale), int(Qt.AlignmentFlag.AlignVCenter), text)
