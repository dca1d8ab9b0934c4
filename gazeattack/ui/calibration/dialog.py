"""The full-screen calibration: dots to look at, one after the other, and the result."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from gazeattack.angles import Gaze
from gazeattack.errors import CalibrationError
from gazeattack.live.frame_result import FrameResult
from gazeattack.screen.calibration import Calibration
from gazeattack.screen.geometry import ScreenGeometry
from gazeattack.ui.calibration.procedure import CalibrationProcedure
from gazeattack.ui.theme import CLEAN, LIGHT, Theme
from gazeattack.ui.widgets.dots import draw_dot, draw_line, draw_message
from gazeattack.ui.widgets.fit_text import draw_fitting

GLIDE_MS, TICK_MS = 350, 16
COPY = "Copy (Ctrl+C)"


class CalibrationDialog(QWidget):
    """Fed with results through `take`; everything can be done with the keyboard.

    steer: looks at the dot for a synthetic subject, which then needs no keys at all; None for a person.
    fitted carries a Calibration, once; closed: it has gone away, however.
    """

    fitted = Signal(object)
    closed = Signal()

    def __init__(
        self,
        geometry: ScreenGeometry,
        user: str,
        theme: Theme = LIGHT,
        *,
        steer: Callable[[Gaze | None], None] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setWindowTitle("gazeattack: calibration")
        self.setAccessibleName("Calibration")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._geometry, self._user, self._theme, self._steer = geometry, user, theme, steer
        self.run = CalibrationProcedure(geometry)
        self.result: Calibration | None = None
        self.refused: CalibrationError | None = None
        self._notice: str | None = None
        self._asked: Gaze | None = None
        self._started = False
        self._from, self._glide = QPointF(0.5, 0.5), 1.0
        self._moving = QTimer(self)
        self._moving.setInterval(TICK_MS)
        self._moving.timeout.connect(self._move)

    @property
    def done(self) -> bool:
        """Whether it has come to an end, good or bad."""
        return self.result is not None or self.refused is not None

    def take(self, result: FrameResult) -> None:
        """One result of whoever is being calibrated."""
        self._notice = result.notice if result.face is None else None
        if self.done or not self._started:
            self.update()
            return
        if self._steer is not None and not self._moving.isActive():
            self._look(result)
        before = self.run.point
        if self.run.step(result) and before is not None:
            self._next(before.mm)
        self.update()

    def _look(self, result: FrameResult) -> None:
        """Let the subject look at the dot, and take the dot as accepted."""
        assert self._steer is not None
        gaze = self.run.aim(result)
        if gaze is not None and not self.run.collecting:
            self._asked = gaze
            self.run.accept()
        if self._asked is not None:
            self._steer(self._asked)

    def _next(self, mm: tuple[float, float]) -> None:
        if self.run.point is None:
            self._finish()
            return
        self._from, self._glide = self._share(mm), 0.0
        self._moving.start()

    def _finish(self) -> None:
        if self._steer is not None:
            self._steer(None)
        try:
            self.result = self.run.fit(self._user)
        except CalibrationError as error:
            self.refused = error

    def _move(self) -> None:
        self._glide = min(1.0, self._glide + TICK_MS / GLIDE_MS)
        if self._glide >= 1.0:
            self._moving.stop()
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - an event of Qt
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.proceed()
        elif event.matches(QKeySequence.StandardKey.Copy) and self.done:
            QGuiApplication.clipboard().setText(self.text)
        elif event.key() == Qt.Key.Key_R and self.refused is not None:
            self._begin(CalibrationProcedure(self._geometry))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - an event of Qt
        self.proceed()

    def proceed(self) -> None:
        """What Space does: start, accept a point, repeat the bad points, or save the result."""
        if self.result is not None:
            self.fitted.emit(self.result)
            self.close()
        elif self.refused is not None:
            self._begin(CalibrationProcedure(self._geometry, only=self.refused.points, before=self.run.samples))
        elif not self._started:
            self._started = True
        elif not self._moving.isActive():
            self.run.accept()
        self.update()

    def _begin(self, run: CalibrationProcedure) -> None:
        self.run, self.refused, self._started = run, None, True
        self._asked = None
        self.update()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102 - an event of Qt
        self._moving.stop()
        if self._steer is not None:
            self._steer(None)
        self.closed.emit()
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - an event of Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self._theme.card))
        size = max(15.0, self.height() / 36)
        if self.result is not None:
            self._draw_points(painter, self.result, size)
            self._say(painter, size, *self._outcome(), f"Save (Space or Enter) · {COPY} · Discard (Esc)", top=0.13)
        elif self.refused is not None:
            again = " · ".join(str(number) for number in self.refused.points) or "all"
            keys = f"Space or Enter: repeat points {again} · R: start over · {COPY} · Esc: cancel"
            self._say(painter, size, *self._outcome(), keys)
        elif not self._started:
            self._say(
                painter,
                size,
                "Calibration: look at 13 dots, one after the other",
                "Sit as you will later, and keep your head still. The last four dots only test the result.",
                "Space or Enter: start · Esc: cancel",
            )
        else:
            self._draw_dot(painter, size)

    @property
    def text(self) -> str:
        """The outcome in words, with the error of each point."""
        errors = () if self.result is None else self.result.point_deg
        return "\n".join([*self._outcome(), *(f"Point {number}: {deg:.1f}°" for number, deg in errors)])

    def _outcome(self) -> tuple[str, str]:
        """A heading and a sentence, once it is done."""
        if self.result is None:
            return "Calibration rejected", str(self.refused)
        off = self.result.held_out
        head = f"Calibrated. Held-out error: {off.deg:.1f}°, {off.cm:.1f} cm, {off.px:.0f} px"
        return head, "Solid rings: fitted points. Dashed rings: the four held-out points."

    def _share(self, mm: tuple[float, float]) -> QPointF:
        return QPointF(mm[0] / self._geometry.width_mm, mm[1] / self._geometry.height_mm)

    def _draw_dot(self, painter: QPainter, size: float) -> None:
        point = self.run.point
        if point is None:
            return
        eased = self._glide * self._glide * (3 - 2 * self._glide)
        share = self._from + (self._share(point.mm) - self._from) * eased
        at = QPointF(share.x() * self.width(), share.y() * self.height())
        draw_dot(painter, at, size, self._theme, self.run.progress if self.run.collecting else None)
        held = " (test point)" if point.held_out else ""
        what = "keep looking" if self.run.collecting else "look at the dot, then press Space or Enter"
        if self._steer is not None:
            what = "the synthetic subject looks at the dot"
        line = f"{self.run.place + 1} of {len(self.run.points)}{held}: {what} · Esc: cancel"
        # never where the dot is
        y = self.height() * (0.62 if share.y() < 0.55 else 0.36)
        self._line(painter, y, size, line)
        if self._notice:
            self._line(painter, y + size * 1.7, size, self._notice, bad=True)

    def _draw_points(self, painter: QPainter, calibration: Calibration, size: float) -> None:
        """Draw the remaining error at every point."""
        errors = dict(calibration.point_deg)
        for point in CalibrationProcedure(self._geometry).points:
            share = self._share(point.mm)
            at = QPointF(share.x() * self.width(), share.y() * self.height())
            painter.setPen(QPen(CLEAN, 3, Qt.PenStyle.DashLine if point.held_out else Qt.PenStyle.SolidLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(at, size * 0.7, size * 0.7)
            painter.setPen(QColor(self._theme.text))
            box = QRectF(at.x() - size * 3, at.y() + size * 0.8, size * 6, size * 1.3)
            if box.bottom() > self.height():
                box.moveBottom(at.y() - size * 0.8)
            draw_fitting(painter, box, f"{errors[point.number]:.1f}°", size * 0.9, align=Qt.AlignmentFlag.AlignCenter)

    def _say(self, painter: QPainter, size: float, head: str, *lines: str, top: float = 0.36) -> None:
        draw_message(painter, QRectF(self.rect()), size, self._theme, head, *lines, top=top)

    def _line(self, painter: QPainter, y: float, size: float, text: str, *, bad: bool = False) -> None:
        draw_line(painter, QRectF(self.rect()), y, size, self._theme, text, bad=bad)
