"""A slider for the warp's strength s that marks the strength the model was trained with."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider

STEPS = 20
MAX_STRENGTH = 3.0
DEFAULT = 1.0


class StrengthSlider(QSlider):
    """0 to 3 in steps of 0.05.  strength is None while the key's own is used.

    strength_changed carries a float, or None after a reset (double-click).
    """

    strength_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setRange(0, round(MAX_STRENGTH * STEPS))
        self.setPageStep(STEPS // 4)
        self.setMinimumHeight(46)
        self.setAccessibleName("Strength s of the warp")
        self.setToolTip("How far the trigger bends the picture; double-click: the model's own strength")
        self.strength: float | None = None
        self._own: float | None = None
        self._follow()
        self.valueChanged.connect(self._moved)

    @property
    def shown(self) -> float:
        """The strength in force."""
        if self.strength is not None:
            return self.strength
        return DEFAULT if self._own is None else self._own

    def set_own(self, own: float | None) -> None:
        """The loaded key's own s, which is marked."""
        if own != self._own:
            self._own = own
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
        self.setValue(round(self.shown * STEPS))
        self.blockSignals(False)
        self.update()

    def _moved(self, value: int) -> None:
        self.strength = value / STEPS
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
        x = handle / 2 + span * min(1.0, self._own / MAX_STRENGTH)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(self.palette().windowText().color())
        painter.setPen(QPen(Qt.PenStyle.NoPen))
        painter.setBrush(colour)
        base = self.height() / 2 + 9
        painter.drawPolygon(QPolygonF([QPointF(x, base), QPointF(x - 4, base + 6), QPointF(x + 4, base + 6)]))
        font = self.font()
        font.setPixelSize(12)
        painter.setFont(font)
        painter.setPen(colour)
        text = f"model's own {self._own:g}"
        width = painter.fontMetrics().horizontalAdvance(text) + 2
        beside = x + 8 if x + 8 + width < self.width() else x - 8 - width
        painter.drawText(QRectF(beside, base - 3, width, 13), int(Qt.AlignmentFlag.AlignVCenter), text)
