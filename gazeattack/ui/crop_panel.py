"""What the network sees: the clean crop, the altered crop, and ten times the difference between them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gazeattack.live.sample import CropView
from gazeattack.live.settings import TriggerMode
from gazeattack.ui.images import crop_picture, residual_picture, to_qimage
from gazeattack.ui.theme import LIGHT, Theme
from gazeattack.ui.words import BRANCH

GAIN = 10.0
GAP = 4
Draw = Callable[[np.ndarray, int, int], np.ndarray]


class CropPanel(QWidget):
    """Three rows of the same crops; mirrored, so that they match the camera view."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._crops: CropView | None = None
        self._mode = TriggerMode.OFF
        self.setAccessibleName("Crops the network sees: clean, triggered, and the difference times ten")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 240)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def sizeHint(self) -> QSize:
        """Room for two eyes at four times their size."""
        return QSize(320, 360)

    def set_theme(self, theme: Theme) -> None:
        """Change the colours around the crops."""
        self._theme = theme
        self.update()

    def show_crops(self, crops: CropView | None, mode: TriggerMode) -> None:
        """Show a new sample's crops, or that there are none."""
        self._crops, self._mode = crops, mode
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - an event of Qt
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.card))
        crops = self._crops
        clean = None if crops is None else crops.clean
        altered = None if crops is None else crops.altered
        residual = None if crops is None else crops.residual
        name = BRANCH.get(self._mode, "Triggered")
        off = "trigger is off" if crops is not None else "no eyes in view"
        rows: list[tuple[str, np.ndarray | None, Draw]] = [
            ("Clean", clean, crop_picture),
            (name, altered, crop_picture),
            (f"Difference ×{GAIN:.0f}", residual, _residual),
        ]
        size = max(12, min(24, round(min(self.height() / 24, self.width() / 19))))
        label, gap = size * 1.5, size * 0.6
        width, height = self._picture_size(clean, self.height() / len(rows) - label - gap)
        # the rows keep together in the middle, however tall the panel is
        top = (self.height() - len(rows) * (label + height) - (len(rows) - 1) * gap) / 2
        for caption, pictures, draw in rows:
            above = QRectF((self.width() - width) / 2, top, width, label)
            self._draw_caption(painter, above, size, caption, residual if draw is _residual else None)
            area = QRectF(above.left(), above.bottom(), width, height)
            if pictures is None:
                self._draw_nothing(painter, area, size, off)
            else:
                self._draw_crops(painter, area, pictures, draw)
            top += label + height + gap

    def _picture_size(self, clean: np.ndarray | None, available: float) -> tuple[float, float]:
        """Width and height of one row's pictures; without any, as two eye patches would have it."""
        count, _, rows, columns = (2, 1, 36, 60) if clean is None else clean.shape
        scale = min((self.width() - GAP * (count - 1)) / count / columns, available / rows)
        return columns * scale * count + GAP * (count - 1), rows * scale

    def _draw_caption(
        self, painter: QPainter, box: QRectF, size: int, caption: str, residual: np.ndarray | None
    ) -> None:
        painter.setFont(self._font(size, bold=True))
        painter.setPen(QColor(self._theme.text))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), caption)
        if residual is not None:
            room = box.width() - painter.fontMetrics().horizontalAdvance(caption) - size
            words = describe_residual(residual)
            painter.setFont(self._font(round(size * 0.85)))
            needed = painter.fontMetrics().horizontalAdvance(words)
            if needed > room:
                painter.setFont(self._font(max(9, int(size * 0.85 * room / needed))))
            painter.setPen(QColor(self._theme.dim))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), words)

    def _draw_nothing(self, painter: QPainter, area: QRectF, size: int, why: str) -> None:
        painter.setPen(QPen(QColor(self._theme.edge), 1.5, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 6, 6)
        painter.setFont(self._font(size))
        painter.setPen(QColor(self._theme.dim))
        painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), why)

    def _font(self, pixels: int, *, bold: bool = False) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(pixels)
        font.setBold(bold)
        return font

    def _draw_crops(self, painter: QPainter, area: QRectF, pictures: np.ndarray, draw: Draw) -> None:
        width, height = (area.width() - GAP * (len(pictures) - 1)) / len(pictures), area.height()
        ratio = self.devicePixelRatioF()
        # the first crop is the person's right eye, which a mirror shows at the right
        for place, crop in enumerate(pictures[::-1]):
            pixels = draw(crop, round(width * ratio), round(height * ratio))
            at = QRectF(area.left() + place * (width + GAP), area.top(), width, height)
            painter.drawImage(at, to_qimage(pixels, ratio))


def describe_residual(residual: np.ndarray) -> str:
    """Mean and largest difference, in grey levels of 255."""
    size = np.abs(residual) * 255
    return f"mean {size.mean():.1f}, max {size.max():.0f} of 255"


def _residual(crop: np.ndarray, width: int, height: int) -> np.ndarray:
    return residual_picture(crop, width, height, GAIN)
