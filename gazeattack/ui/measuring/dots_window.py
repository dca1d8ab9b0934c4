"""The dots on the whole screen: thirty that stay, then one that moves."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gazeattack.angles import Gaze
from gazeattack.live.collecting import DotSession
from gazeattack.live.frame_result import FrameResult
from gazeattack.ui.theme import CLEAN, LIGHT, Theme
from gazeattack.ui.widgets.dots import draw_dot, draw_line, draw_message

TICK_MS = 16
_AHEAD_S = 0.2  # the dot moves on between two results, but not without them
_SILENT_S = 2.0
SILENT = "No pictures arrive: check the camera."


class DotsWindow(QWidget):
    """Fed with results through `take`; Space starts, Esc cancels.

    steer: looks at the dot for a synthetic subject; None for a person.
    finished carries the DotSession, once; closed: it has gone away, however.
    """

    finished = Signal(object)
    closed = Signal()

    def __init__(
        self,
        session: DotSession,
        theme: Theme = LIGHT,
        *,
        steer: Callable[[Gaze | None], None] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setWindowTitle("gazeattack: measure on yourself")
        self.setAccessibleName("Measure on yourself")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.session, self._theme, self._steer = session, theme, steer
        self.started = False
        self._notice: str | None = None
        self._last = time.monotonic()
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.update)

    def take(self, result: FrameResult) -> None:
        """One result of whoever looks at the dots."""
        self._notice = result.notice if result.face is None else None
        self._last = time.monotonic()
        if not self.started:
            return
        self.session.step(result)
        if self._steer is not None:
            self._steer(self.session.aim(result))
        if self.session.done:
            self.finished.emit(self.session)
            self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - an event of Qt
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.start()

    def start(self) -> None:
        """Show the first dot."""
        if not self.started:
            self.started = True
            self._timer.start()
            self.update()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102 - an event of Qt
        self._timer.stop()
        if self._steer is not None:
            self._steer(None)
        self.closed.emit()
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - an event of Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area, size = QRectF(self.rect()), max(15.0, self.height() / 36)
        painter.fillRect(self.rect(), QColor(self._theme.card))
        if not self.started:
            person = (
                "You look at 30 dots, two seconds each, and then follow a moving one for 30 seconds. Sit as usual; "
            )
            person += "your head may move. Blink when you need to."
            subject = (
                "The synthetic subject looks at 30 dots, two seconds each, and then at a moving one for 30 seconds."
            )
            draw_message(
                painter,
                area,
                size,
                self._theme,
                "Look at the dot until it moves on" if self._steer is None else "Dots for the synthetic subject",
                person if self._steer is None else subject,
                "Space or Enter: start · Esc: cancel",
            )
        else:
            self._draw_session(painter, area, size)

    def _draw_session(self, painter: QPainter, area: QRectF, size: float) -> None:
        silent = time.monotonic() - self._last
        x, y = self.session.script.at(self.session.elapsed + min(silent, _AHEAD_S))
        at = QPointF(x * area.width(), y * area.height())
        # at the edge, so that nothing draws the eyes from the dot
        share = min(1.0, self.session.elapsed / self.session.script.duration)
        painter.fillRect(QRectF(0, area.height() - 4, area.width() * share, 4), CLEAN)
        notice = SILENT if silent > _SILENT_S else self._notice
        if notice:
            draw_line(painter, area, area.height() * (0.62 if y < 0.5 else 0.3), size, self._theme, notice, bad=True)
        draw_dot(painter, at, size, self._theme)
