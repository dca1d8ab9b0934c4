"""The to-scale drawing in "Screen and camera"; the camera can be dragged in it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gazeattack.screen.drawing import Area, SetupDrawing, draw_setup, fit_scale, ticks
from gazeattack.screen.setup import ScreenSetup
from gazeattack.ui.theme import CLEAN, TARGET, TRIGGERED

GAP, LEFT, RIGHT, TOP, BOTTOM = 62.0, 58.0, 12.0, 24.0, 40.0  # pixels around the views, for axes and titles
REACH = 14.0  # pixels
_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


class SetupView(QWidget):
    """Front view and side view with axes in centimetres.

    camera_moved carries the camera's new place: x to the right of the screen's left edge and y below its top edge, mm.
    """

    camera_moved = Signal(float, float)

    def __init__(self, setup: ScreenSetup) -> None:
        super().__init__()
        self._drawing = draw_setup(setup)
        self._grabbed: tuple[float, float, float] | None = None
        self.setToolTip("Drag the camera, or move it by the arrow keys, one millimetre a press")
        self.setMinimumSize(560, 220)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.show_setup(setup)

    def sizeHint(self) -> QSize:
        """Wide enough for both views."""
        return QSize(700, 260)

    def show_setup(self, setup: ScreenSetup) -> None:
        """Draw other values."""
        self._drawing = drawing = draw_setup(setup)
        self.setAccessibleName(
            f"Drawing: screen {drawing.screen.width / 10:.1f} by {drawing.screen.height / 10:.1f} cm, camera "
            f"{drawing.camera[0] / 10:.1f} cm from its left edge and {-drawing.camera[1] / 10:.1f} cm above its top "
            f"edge, eyes {drawing.eyes[0] / 10:.0f} cm away"
        )
        self.update()

    def camera_px(self) -> QPointF:
        """Where the camera is drawn in the front view."""
        scale, left, top = self._grabbed or self._frame()
        return QPointF(left + self._drawing.camera[0] * scale, top + self._drawing.camera[1] * scale)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - an event of Qt
        if (self.camera_px() - event.position()).manhattanLength() <= REACH:
            # the drawing must not shrink below the mouse
            self._grabbed = self._frame()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - an event of Qt
        if self._grabbed is not None:
            scale, left, top = self._grabbed
            x, y = (event.position().x() - left) / scale, (event.position().y() - top) / scale
            self.camera_moved.emit(float(round(x)), float(round(y)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - an event of Qt
        self._grabbed = None
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - an event of Qt
        arrow = _ARROWS.get(Qt.Key(event.key()))
        if arrow is None:
            super().keyPressEvent(event)
            return
        x, y = self._drawing.camera
        self.camera_moved.emit(x + arrow[0], y + arrow[1])

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - an event of Qt
        drawing, painter = self._drawing, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPixelSize(12)
        painter.setFont(font)
        scale, left, top = self._grabbed or self._frame()
        self._draw_front(painter, drawing, QPointF(left, top), scale)
        beside = left + drawing.front.right * scale + GAP - drawing.side.left * scale
        self._draw_side(painter, drawing, QPointF(beside, top), scale)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(CLEAN, 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def _frame(self) -> tuple[float, float, float]:
        """Pixels a millimetre, and the pixels (x, y) of the screen's top left corner in the front view."""
        room_x, room_y = self.width() - LEFT - RIGHT, self.height() - TOP - BOTTOM
        drawing = self._drawing
        scale = fit_scale(drawing, room_x, room_y, GAP)
        used = (drawing.front.width + drawing.side.width) * scale + GAP
        x = LEFT + max(room_x - used, 0.0) / 2 - drawing.front.left * scale
        y = TOP + max(room_y - drawing.front.height * scale, 0.0) / 2 - drawing.front.top * scale
        return scale, x, y

    def _draw_front(self, painter: QPainter, drawing: SetupDrawing, zero: QPointF, scale: float) -> None:
        box = _axes(painter, self._pens(), drawing.front, zero, scale, "Front view", "cm from the left edge")
        painter.setPen(QPen(self.palette().windowText().color(), 2))
        painter.setBrush(QColor(CLEAN.red(), CLEAN.green(), CLEAN.blue(), 60))
        screen = QRectF(zero.x(), zero.y(), drawing.screen.width * scale, drawing.screen.height * scale)
        painter.drawRect(screen.intersected(box))
        painter.drawText(screen, int(Qt.AlignmentFlag.AlignCenter), "screen")
        self._draw_camera(painter, self.camera_px(), draggable=True)

    def _draw_side(self, painter: QPainter, drawing: SetupDrawing, zero: QPointF, scale: float) -> None:
        below = "cm to the eyes" if drawing.measured else "cm to the eyes (60 cm assumed)"
        box = _axes(painter, self._pens(), drawing.side, zero, scale, "Side view", below)
        text = self.palette().windowText().color()
        painter.setPen(QPen(text, 4))
        painter.drawLine(zero, zero + QPointF(0, drawing.screen.height * scale))
        line = Qt.PenStyle.SolidLine if drawing.measured else Qt.PenStyle.DashLine
        head = drawing.head
        painter.setPen(QPen(text, 2, line))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        at = QRectF(zero.x() + head.left * scale, zero.y() + head.top * scale, head.width * scale, head.height * scale)
        painter.drawEllipse(at.intersected(box) if not box.contains(at) else at)
        camera, eyes = (zero + QPointF(x, drawing.camera[1]) * scale for x in (0.0, drawing.eyes[0]))
        painter.setPen(QPen(TARGET, 2, line))
        painter.drawLine(camera, eyes)
        painter.setBrush(TARGET)
        painter.drawEllipse(eyes, 4, 4)
        self._draw_camera(painter, camera, draggable=False)

    def _draw_camera(self, painter: QPainter, at: QPointF, *, draggable: bool) -> None:
        painter.setPen(QPen(QColor("white"), 2))
        painter.setBrush(TRIGGERED)
        painter.drawEllipse(at, 7, 7)
        if draggable:
            painter.setPen(self.palette().windowText().color())
            painter.drawText(at + QPointF(11, -5), "camera")

    def _pens(self) -> tuple[QPen, QPen]:
        """For axes, and for their text."""
        text = self.palette().windowText().color()
        faint = QColor(text)
        faint.setAlpha(90)
        return QPen(faint, 1), QPen(text, 1)


def _axes(
    painter: QPainter, pens: tuple[QPen, QPen], area: Area, zero: QPointF, scale: float, title: str, below: str
) -> QRectF:
    """Frame, ticks and labels of one view; the frame in pixels."""
    box = QRectF(zero.x() + area.left * scale, zero.y() + area.top * scale, area.width * scale, area.height * scale)
    faint, text = pens
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(faint)
    painter.drawRect(box)
    metrics, middle = painter.fontMetrics(), int(Qt.AlignmentFlag.AlignCenter)
    high = float(metrics.height())
    for value in ticks(area.left / 10, area.right / 10, max(int(box.width() / 44), 1)):
        x = zero.x() + value * 10 * scale
        painter.setPen(faint)
        painter.drawLine(QPointF(x, box.bottom()), QPointF(x, box.bottom() - 5))
        painter.setPen(text)
        painter.drawText(QRectF(x - 22, box.bottom() + 1, 44, high), middle, f"{value:g}")
    for value in ticks(area.top / 10, area.bottom / 10, max(int(box.height() / 28), 1)):
        y = zero.y() + value * 10 * scale
        painter.setPen(faint)
        painter.drawLine(QPointF(box.left(), y), QPointF(box.left() + 5, y))
        painter.setPen(text)
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRectF(box.left() - 50, y - high / 2, 45, high), right, f"{value:g}")
    painter.drawText(QPointF(box.left(), box.top() - 6), f"{title} (y: cm below the top edge)")
    painter.drawText(QRectF(box.left() - 60, box.bottom() + high, box.width() + 120, high + 2), middle, below)
    return box
