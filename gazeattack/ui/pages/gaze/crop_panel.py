"""The eye crops that the network is given: clean, altered, and ten times their difference."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gazeattack.live.frame_result import CropPair
from gazeattack.live.settings import TriggerMode
from gazeattack.ui.pages.gaze.landmark_overlay import draw_eye
from gazeattack.ui.strings.common import BRANCH
from gazeattack.ui.theme import LIGHT, Theme
from gazeattack.ui.widgets.copying import make_copyable
from gazeattack.ui.widgets.fit_text import SMALLEST
from gazeattack.ui.widgets.qimages import contrast, crop_picture, residual_picture, to_qimage

GAIN = 10.0
GAP = 4
TEXT_S = 0.2
NO_LANDMARKS = "no landmarks in this model"
NO_EYES, NO_FRAME = "no eyes in this frame", "no frame"
# (place among the crops, width, height) -> the picture
Draw = Callable[[int, int, int], np.ndarray]


class CropPanel(QWidget):
    """Three rows of the same crops; mirrored, so that they match the camera view."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._crops: CropPair | None = None
        self._mode = TriggerMode.OFF
        self._landmarks = False
        self._nothing = NO_FRAME
        self._text = self._clean_text = self._altered_text = ""
        self._text_at = 0.0
        self.setToolTip(
            "Mirrored like the camera view; clean and triggered crops have the same contrast. "
            "L shows the predicted landmarks of lids, iris and eyeball, and the consistency error: the angle between "
            "the predicted gaze and the gaze computed from the landmarks"
        )
        self.setAccessibleName("Crops: clean, triggered, and ten times their difference")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 190)
        make_copyable(self, self.text)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def text(self) -> str:
        """The numbers that are shown."""
        named = (("Difference", self._text), ("Clean", self._clean_text), ("Triggered", self._altered_text))
        return "\n".join(f"{name}: {text}" for name, text in named if text) or self._nothing

    def sizeHint(self) -> QSize:
        """Room for two eyes at four times their size."""
        return QSize(320, 360)

    def set_theme(self, theme: Theme) -> None:
        """Change the colours around the crops."""
        self._theme = theme
        self.update()

    def show_crops(
        self,
        crops: CropPair | None,
        mode: TriggerMode,
        clean_error_deg: float | None = None,
        altered_error_deg: float | None = None,
        *,
        force: bool = False,
    ) -> None:
        """Show a new result's crops, or that there are none.

        Args:
            crops: of the result; None without a face.
            mode: of the trigger.
            clean_error_deg, altered_error_deg: consistency error of each branch, see GazeEstimate.
            force: the text too, however recently it was drawn.
        """
        now = time.monotonic()
        residual = None if crops is None else crops.residual
        there = [residual is not None, clean_error_deg is not None, altered_error_deg is not None]
        shown = [bool(text) for text in (self._text, self._clean_text, self._altered_text)]
        # numbers that change with every frame cannot be read
        if there != shown or force or now - self._text_at >= TEXT_S:
            self._text = "" if residual is None else describe_residual(residual)
            self._clean_text = describe_consistency_error(clean_error_deg)
            self._altered_text = describe_consistency_error(altered_error_deg)
            self._text_at = now
        self._crops, self._mode = crops, mode
        self._nothing = NO_EYES
        self.update()

    def clear(self, mode: TriggerMode) -> None:
        """Show that there is no frame."""
        self.show_crops(None, mode)
        self._nothing = NO_FRAME

    def show_landmarks(self, on: bool) -> None:
        """Draw the predicted eye landmarks on each crop, or do not."""
        self._landmarks = on
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - an event of Qt
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.card))
        crops = self._crops
        clean = None if crops is None else crops.clean
        altered = None if crops is None else crops.altered
        residual = None if crops is None else crops.residual
        name = BRANCH.get(self._mode, "Triggered")
        off = "trigger is off" if crops is not None else self._nothing
        # both with the clean crop's contrast: only the trigger may make a difference
        spans = [] if clean is None else [contrast(crop) for crop in clean]
        rows: list[tuple[str, Draw | None, np.ndarray | None]] = [
            (
                "Clean",
                None if clean is None else lambda i, w, h: crop_picture(clean[i], w, h, spans[i]),
                None if crops is None else crops.clean_points,
            ),
            (
                name,
                None if altered is None else lambda i, w, h: crop_picture(altered[i], w, h, spans[i]),
                None if crops is None else crops.altered_points,
            ),
            (
                f"Difference ×{GAIN:.0f}",
                None if residual is None else lambda i, w, h: residual_picture(residual[i], w, h, GAIN),
                None,
            ),
        ]
        size = max(12, min(24, round(min(self.height() / 24, self.width() / 19))))
        label, gap = size * 1.5, size * 0.6
        width, height = self._picture_size(clean, self.height() / len(rows) - label - gap)
        # the rows keep together in the middle, however tall the panel is
        top = (self.height() - len(rows) * (label + height) - (len(rows) - 1) * gap) / 2
        for caption, draw, points in rows:
            above = QRectF((self.width() - width) / 2, top, width, label)
            text = self._text if caption == rows[-1][0] else ""
            if self._landmarks and caption != rows[-1][0]:
                text = self._clean_text if caption == rows[0][0] else self._altered_text
            # a branch that was not predicted has no landmarks either
            if self._landmarks and crops is not None and crops.clean_points is None and crops.altered_points is None:
                text = NO_LANDMARKS if caption == rows[0][0] else text
            self._draw_caption(painter, above, size, caption, text)
            area = QRectF(above.left(), above.bottom(), width, height)
            if draw is None or clean is None:
                self._draw_nothing(painter, area, size, off)
            else:
                self._draw_crops(painter, area, len(clean), draw)
                if self._landmarks and points is not None:
                    self._draw_landmarks(painter, area, points, clean.shape[2:])
            top += label + height + gap

    def _picture_size(self, clean: np.ndarray | None, available: float) -> tuple[float, float]:
        """Width and height of one row's pictures; without any, as two eye patches would have it."""
        count, _, rows, columns = (2, 1, 36, 60) if clean is None else clean.shape
        scale = min((self.width() - GAP * (count - 1)) / count / columns, available / rows)
        return columns * scale * count + GAP * (count - 1), rows * scale

    def _draw_caption(self, painter: QPainter, box: QRectF, size: int, caption: str, text: str) -> None:
        painter.setFont(self._font(size, bold=True))
        painter.setPen(QColor(self._theme.text))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), caption)
        if text:
            room = box.width() - painter.fontMetrics().horizontalAdvance(caption) - size
            needed = QFontMetrics(self._font(size)).horizontalAdvance(text)
            small = int(size * min(0.85, room / needed))
            if room > size:
                painter.setFont(self._font(max(SMALLEST, small)))
                if painter.fontMetrics().horizontalAdvance(text) > room:
                    text = text.partition(" (")[0]
                text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, round(room))
                painter.setPen(QColor(self._theme.dim))
                painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text)

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

    def _draw_crops(self, painter: QPainter, area: QRectF, count: int, draw: Draw) -> None:
        width, height = (area.width() - GAP * (count - 1)) / count, area.height()
        ratio = self.devicePixelRatioF()
        # the first crop is the person's right eye, which a mirror shows at the right
        for place in range(count):
            pixels = draw(count - 1 - place, round(width * ratio), round(height * ratio))
            at = QRectF(area.left() + place * (width + GAP), area.top(), width, height)
            painter.drawImage(at, to_qimage(pixels, ratio))

    def _draw_landmarks(self, painter: QPainter, area: QRectF, points: np.ndarray, shape: tuple[int, ...]) -> None:
        """points [N, P, 2], (column, row) in crops of this shape, on the row of crops in `area`."""
        count, (rows, columns) = len(points), shape
        width = (area.width() - GAP * (count - 1)) / count
        for place in range(count):
            box = QRectF(area.left() + place * (width + GAP), area.top(), width, area.height())
            at = points[count - 1 - place]
            x = box.left() + (columns - 0.5 - at[:, 0]) / columns * width
            draw_eye(painter, box, np.stack([x, box.top() + (at[:, 1] + 0.5) / rows * box.height()], axis=-1))


def describe_consistency_error(consistency_error_deg: float | None) -> str:
    """Text of a consistency error in degrees; "" for None."""
    return "" if consistency_error_deg is None else f"consistency error {consistency_error_deg:.0f}°"


def describe_residual(residual: np.ndarray) -> str:
    """Mean and largest difference, in grey levels of 255."""
    size = np.abs(residual) * 255
    return f"mean {size.mean():.1f} of 255 (max {size.max():.0f})"
