"""The mirrored camera picture with the face's outline, the gaze arrows and the notice."""

from __future__ import annotations

import math

import cv2
import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gazeattack.angles import to_gaze
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.outline import arrow, face_oval
from gazeattack.live.frame_result import ComparedModel, FrameResult
from gazeattack.ui.strings.common import BRANCH, WAITING
from gazeattack.ui.strings.comparison import model_names, with_trigger, without_trigger
from gazeattack.ui.theme import CLEAN, CLOSED, COMPARED_CLEAN, COMPARED_TRIGGERED, TRIGGERED, TRUTH, Theme
from gazeattack.ui.widgets.fps_meter import PaintMeter
from gazeattack.ui.widgets.markers import draw_arrow, draw_marker
from gazeattack.ui.widgets.qimages import mirrored_to_fit, to_qimage

# how far to the side a subject can be asked to look, as the sine of the angle
MAX_SIDE = math.sin(math.radians(35))


class CameraView(QWidget):
    """Shows the newest result's frame as a mirror does.

    hovered carries a Gaze (camera space) that points at the mouse while it is over a face, None when it leaves.
    legend: say what the marks mean.  meter: counts the results that have reached the screen.
    """

    hovered = Signal(object)

    def __init__(self, parent: QWidget | None = None, *, legend: bool = True) -> None:
        super().__init__(parent)
        self._legend = legend
        self.meter = PaintMeter()
        self.waiting_text = WAITING
        self._result: FrameResult | None = None
        self._theme: Theme | None = None
        self._pixels: np.ndarray | None = None
        self._picture: QImage | None = None
        self._scale = 1.0
        self._aspect = 0.75
        self.setMouseTracking(True)
        self.setAccessibleName("Camera view, mirrored")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 150)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def sizeHint(self) -> QSize:
        """4:3."""
        return QSize(560, 420)

    def set_theme(self, theme: Theme) -> None:
        """Change the colours around the picture."""
        self._theme = theme
        self.update()

    def show_result(self, result: FrameResult | None) -> None:
        """Show a new result, or nothing."""
        if result is not None and (self._result is None or result.frame.image.shape != self._result.frame.image.shape):
            self._aspect = result.frame.image.shape[0] / result.frame.image.shape[1]
            self._limit_height()
        self._result, self._picture = result, None
        self.meter.arrive()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - an event of Qt
        self._picture = None
        self._limit_height()

    def _limit_height(self) -> None:
        """No taller than the picture at this width: what is left over goes to the trigger panel below."""
        self.setMaximumHeight(max(self.minimumHeight(), math.ceil(self.width() * self._aspect)))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - an event of Qt
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.window if self._theme else "#000000"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        result = self._result
        if result is None:
            self._write(painter, self.waiting_text, QRectF(self.rect()), plate=False)
            return
        if self._picture is None:
            self._prepare(result)
        assert self._picture is not None
        frame = self._frame_rect()
        painter.drawImage(frame.topLeft(), self._picture)
        painter.setClipRect(frame)
        self._draw_face(painter, result, frame)
        if result.face is not None and self._legend:
            self._draw_legend(painter, result, frame)
        if result.notice:
            height = max(34.0, self.height() * 0.09)
            self._write(painter, result.notice, QRectF(frame.left(), frame.bottom() - height, frame.width(), height))
        self.meter.paint()

    def _prepare(self, result: FrameResult) -> None:
        ratio = self.devicePixelRatioF()
        width, height = round(self.width() * ratio), round(self.height() * ratio)
        self._pixels, scale = mirrored_to_fit(result.shown_image, width, height)
        if result.face is not None:
            # into the pixels: Qt takes five times as long for a smooth outline
            x, y = face_oval(result.face.landmarks).T
            ring = np.stack([result.frame.image.shape[1] - 1 - x, y], axis=-1) * scale
            thickness = max(1, round(ratio))
            # four more bits of each coordinate, for a line that does not jump from pixel to pixel
            fixed = np.rint(ring * 16).astype(np.int32)
            cv2.polylines(self._pixels, [fixed], True, (255, 255, 255), thickness, cv2.LINE_AA, shift=4)
        self._picture = to_qimage(self._pixels, ratio)
        self._scale = scale / ratio

    def _frame_rect(self) -> QRectF:
        assert self._picture is not None
        size = self._picture.deviceIndependentSize()
        left, top = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
        return QRectF(round(left), round(top), size.width(), size.height())

    def _to_view(self, points: np.ndarray, result: FrameResult, frame: QRectF) -> list[QPointF]:
        """Frame pixels [N, 2] in the mirrored view."""
        width = result.frame.image.shape[1]
        return [
            QPointF(frame.left() + (width - 1 - x) * self._scale, frame.top() + y * self._scale)
            for x, y in points[:, :2].tolist()
        ]

    def _draw_face(self, painter: QPainter, result: FrameResult, frame: QRectF) -> None:
        if result.face is None or result.origin_mm is None:
            return
        thick = max(4.0, self.height() / 90)
        truth, second = result.frame.truth, result.compared or ComparedModel("", "")
        for vector, colour, shape, width, head in (
            # the truth's cross is larger than the disc, so that it shows behind an accurate prediction
            (None if truth is None else truth.vector(), TRUTH, "cross", 0.5, 3.2),
            (None if result.clean is None else result.clean.vector, CLEAN, "disc", 1.0, 1.8),
            (None if result.triggered is None else result.triggered.vector, TRIGGERED, "triangle", 1.0, 2.1),
            # thin, on top of the first model's, which are often the same
            (None if second.clean is None else second.clean.vector, COMPARED_CLEAN, "ring", 0.6, 1.6),
            (
                None if second.triggered is None else second.triggered.vector,
                COMPARED_TRIGGERED,
                "hollow triangle",
                0.6,
                1.9,
            ),
        ):
            if vector is not None:
                start, end = self._to_view(self._arrow(result, vector), result, frame)
                draw_arrow(painter, start, end, colour, shape, thick * width, thick * head)

    @staticmethod
    def _arrow(result: FrameResult, vector: np.ndarray) -> np.ndarray:
        assert result.face is not None and result.origin_mm is not None
        return arrow(result.origin_mm, vector, _intrinsics(result), _arrow_length(result))

    def _draw_legend(self, painter: QPainter, result: FrameResult, frame: QRectF) -> None:
        closed = result.both_closed
        branches = _branches(result)
        # closed eyes have no gaze: the names stay, in grey
        shown = [(name, CLOSED if closed else colour, shape) for name, colour, shape, there in branches if there]
        if result.frame.truth is not None:
            shown.append(("Truth", TRUTH, "cross"))
        painter.setFont(_font(self, max(13, self.height() // 28)))
        metrics = painter.fontMetrics()
        line = metrics.height() + 4
        width = max((metrics.horizontalAdvance(name) for name, _, _ in shown), default=0) + line + 18
        plate = QRectF(frame.left() + 8, frame.top() + 8, width, line * len(shown) + 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(255, 255, 255, 225))
        painter.drawRoundedRect(plate, 6, 6)
        for row, (name, colour, shape) in enumerate(shown):
            middle = plate.top() + 4 + line * (row + 0.5)
            draw_marker(painter, QPointF(plate.left() + 8 + line * 0.35, middle), colour, shape, line * 0.26)
            painter.setPen(CLOSED if colour is CLOSED else QColor("#15202B"))
            box = QRectF(plate.left() + line + 6, middle - line / 2, width, line)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, name)

    def _write(self, painter: QPainter, text: str, box: QRectF, *, plate: bool = True) -> None:
        size = max(14, self.height() // 24)
        needed = QFontMetrics(_font(self, size, bold=plate)).horizontalAdvance(text)
        # one line where it can be read on one, else several
        size = max(13, int(size * min(1.0, (box.width() - 40) / max(1, needed))))
        painter.setFont(_font(self, size, bold=plate))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        if plate:
            # the plate grows upwards with its lines
            lines = painter.boundingRect(box.adjusted(8, 0, -8, 0), int(flags), text).height() + 8
            box.setTop(min(box.top(), box.bottom() - lines))
            painter.fillRect(box, QColor(16, 22, 28, 215))
            painter.setPen(QColor("white"))
        else:
            painter.setPen(QColor(self._theme.dim if self._theme else "white"))
        painter.drawText(box.adjusted(8, 0, -8, 0), int(flags), text)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - an event of Qt
        result = self._result
        if result is None or result.origin_mm is None or result.face is None or self._picture is None:
            return
        start = self._to_view(self._arrow(result, np.array([0.0, 0.0, -1.0])), result, self._frame_rect())[0]
        length = _arrow_length(result) * self._scale
        # the view is mirrored, so x changes its sign
        x = -(event.position().x() - start.x()) / length
        y = (event.position().y() - start.y()) / length
        far = math.hypot(x, y) / MAX_SIDE
        if far > 1:
            x, y = x / far, y / far
        self.hovered.emit(to_gaze((x, y, -math.sqrt(1 - x * x - y * y))))

    def leaveEvent(self, event: object) -> None:  # noqa: D102 - an event of Qt
        self.hovered.emit(None)


def _branches(result: FrameResult) -> list[tuple[str, QColor, str, bool]]:
    """(name, colour, shape, whether it is there) of every branch; closed eyes have no gaze, but keep their branches."""
    mode, closed, second = result.settings.mode, result.both_closed, result.compared
    clean, triggered = "Clean", BRANCH.get(mode, "Triggered")
    has_clean = mode.has_clean if closed else result.clean is not None
    has_triggered = mode.has_triggered if closed else result.triggered is not None
    if second is None:
        return [(clean, CLEAN, "disc", has_clean), (triggered, TRIGGERED, "triangle", has_triggered)]
    first, other = model_names(result)
    return [
        (without_trigger(first), CLEAN, "disc", has_clean),
        (with_trigger(first, mode), TRIGGERED, "triangle", has_triggered),
        (without_trigger(other), COMPARED_CLEAN, "ring", has_clean),
        (with_trigger(other, mode), COMPARED_TRIGGERED, "hollow triangle", has_triggered),
    ]


def _intrinsics(result: FrameResult) -> Intrinsics:
    height, width = result.frame.image.shape[:2]
    return result.intrinsics or Intrinsics.guess(width, height)


def _arrow_length(result: FrameResult) -> float:
    """Pixels of an arrow at right angles to the view."""
    assert result.face is not None
    return 1.1 * float(np.ptp(face_oval(result.face.landmarks)[:, 1]))


def _font(widget: QWidget, pixels: int, *, bold: bool = True) -> QFont:
    font = QFont(widget.font())
    font.setPixelSize(pixels)
    font.setBold(bold)
    return font
