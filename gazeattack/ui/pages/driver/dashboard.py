"""The card of one branch: its state in large, the monitors' timers, and their warnings."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF

from gazeattack.live.monitoring import BranchView
from gazeattack.safety.attend import AttenD
from gazeattack.safety.observation import Attention, State
from gazeattack.ui.strings.common import ATTENTION, WITHOUT_TRIGGER
from gazeattack.ui.theme import ALERT, LIGHT
from gazeattack.ui.widgets.copying import make_copyable
from gazeattack.ui.widgets.fit_text import draw_fitting, sized
from gazeattack.ui.widgets.markers import BRANCH_MARKERS, draw_marker
from gazeattack.ui.widgets.titled_panel import TitledPanel

_SHORT = {
    "addw": "EU distraction (ADDW)",
    "ncap-long": "NCAP long look away",
    "ncap-vats": "NCAP repeated looks",
    "ncap-unresponsive": "NCAP unresponsive",
    "nhtsa": "NHTSA glances",
    "attend": "AttenD buffer",
}
# neighbours have the same size of text
LONGEST_TITLE = WITHOUT_TRIGGER
LONGEST_FOOT = "10.1 of 16.8 s off road missed"


@dataclass(frozen=True)
class Row:
    """One monitor: its name, how full its bar is (0 to 1), its timer, whether it warns, whether it is inactive."""

    name: str
    title: str
    level: float
    clock: str
    lit: bool
    resting: bool


@dataclass(frozen=True)
class DashboardState:
    """What a dashboard shows.  headline: in large; alert: a warning is lit; foot: the run so far."""

    headline: str
    detail: str
    attention: Attention
    alert: bool
    rows: tuple[Row, ...]
    foot: tuple[str, ...]


def dashboard_state(view: BranchView, titles: dict[str, str], foot: tuple[str, ...]) -> DashboardState:
    """The state of a branch as its card shows it."""
    rows = []
    for name, verdict in view.verdicts.items():
        buffer = name == AttenD.name
        rows.append(
            Row(
                name,
                _SHORT.get(name, titles.get(name, name)),
                # the buffer is shown as what is left, the timers as what has passed
                round(1 - verdict.level if buffer else verdict.level, 2),
                f"{verdict.seconds:.1f} s left" if buffer else f"{verdict.seconds:.1f} s",
                verdict.warning,
                verdict.state is State.INACTIVE,
            )
        )
    lit = bool(view.lit)
    where = "" if view.zone == view.attention.value else view.zone
    headline = ATTENTION[view.attention]
    return DashboardState(
        "WARNING" if lit else headline,
        (where or headline) if lit else where,
        view.attention,
        lit,
        tuple(rows),
        foot,
    )


class Dashboard(TitledPanel):
    """Painted as one widget, and only where something changed."""

    def __init__(self, branch: str, title: str) -> None:
        super().__init__(branch, title)
        self._state: DashboardState | None = None
        self.setMinimumSize(170, 200)
        make_copyable(self, self.text)
        self._name()

    @property
    def state(self) -> DashboardState | None:
        """What is shown."""
        return self._state

    def text(self) -> str:
        """Everything that is shown, line by line."""
        now = self._state
        if now is None:
            return self.accessibleName()
        rows = [f"{row.title}: {row.clock}{', warning' if row.lit else ''}" for row in now.rows]
        return "\n".join([self.accessibleName(), *([now.detail] if now.detail else []), *rows, *now.foot])

    def sizeHint(self) -> QSize:
        """Room for five monitors."""
        return QSize(300, 320)

    def show_state(self, now: DashboardState | None) -> None:
        """Show a new state; None: nothing is known."""
        if now != self._state:
            self._state = now
            self._name()
            self.update()

    def _name(self) -> None:
        self.setAccessibleName(f"{self._title}: {self._state.headline if self._state else 'nothing yet'}")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - an event of Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, now = self._theme, self._state
        colour, shape, _ = BRANCH_MARKERS[self._branch]
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(QPen(ALERT if now and now.alert else colour, 3))
        painter.setBrush(QColor(theme.card))
        painter.drawRoundedRect(box, 8, 8)
        inner = box.adjusted(10, 7, -10, -6)
        size = max(12.0, min(self.height() / 20, self.width() / 16))
        head = QRectF(inner.left(), inner.top(), inner.width(), size * 2.1)
        draw_marker(painter, QPointF(head.left() + size * 0.75, head.center().y()), colour, shape, size * 0.6)
        painter.setPen(QColor(theme.text))
        room = head.adjusted(size * 1.9, 0, 0, 0)
        draw_fitting(painter, room, self._title, size * 1.7, bold=True, like=LONGEST_TITLE)
        state = QRectF(inner.left(), head.bottom() + 2, inner.width(), size * 3.5)
        self._draw_state(painter, state, now, size)
        if now is None:
            return
        foot = size * 1.35 * len(now.foot)
        top, left = state.bottom() + size * 0.4, inner.bottom() - foot - state.bottom() - size * 0.6
        high = min(size * 3.0, left / max(1, len(now.rows)))
        for row in now.rows:
            self._draw_row(painter, QRectF(inner.left(), top, inner.width(), high), row)
            top += high
        for line, text in enumerate(now.foot):
            below = QRectF(inner.left(), inner.bottom() - foot + line * size * 1.35, inner.width(), size * 1.35)
            painter.setPen(QColor(theme.text if line == 0 else theme.dim))
            draw_fitting(painter, below, text, size * 0.95, bold=line == 0, like=LONGEST_FOOT if line else None)

    def _draw_state(self, painter: QPainter, box: QRectF, now: DashboardState | None, size: float) -> None:
        theme = self._theme
        ink = QColor("white")
        if now is None:
            fill, ink = QColor(theme.sunken), QColor(theme.dim)
        elif now.alert:
            fill = ALERT
        elif now.attention is Attention.ROAD:
            fill = QColor(LIGHT.good)
        elif now.attention in (Attention.UNKNOWN, Attention.LOST):
            fill, ink = QColor(theme.sunken), QColor(theme.text)
        else:
            fill, ink = QColor("#F0C35A"), QColor("#15202B")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(box, 6, 6)
        text = box.adjusted(8, size * 0.25, -8, -size * 0.25)
        if now is not None and now.alert:
            draw_sign(painter, QRectF(text.left(), text.top(), size * 3, text.height()), ink, fill)
            text.setLeft(text.left() + size * 3.4)
        painter.setPen(ink)
        headline = "Waiting for a face ..." if now is None else now.headline
        detail = "" if now is None else now.detail
        upper = QRectF(text.left(), text.top(), text.width(), text.height() * (0.58 if detail else 1.0))
        draw_fitting(painter, upper, headline, size * 1.9, bold=True)
        if detail:
            lower = QRectF(text.left(), upper.bottom(), text.width(), text.height() * 0.42)
            draw_fitting(painter, lower, detail, size * 1.25)

    def _draw_row(self, painter: QPainter, box: QRectF, row: Row) -> None:
        """Name and clock over a bar, a warning sign at the right where it warns."""
        theme = self._theme
        size = min(box.height() * 0.5, box.width() / 17)
        sign = box.height() * 0.82
        line = QRectF(box.left(), box.top(), box.width() - sign - 6, box.height() * 0.6)
        painter.setPen(ALERT if row.lit and not theme.dark else QColor(theme.text))
        clock = "too slow" if row.resting else row.clock
        painter.setFont(sized(self.font(), size))
        width = painter.fontMetrics().horizontalAdvance(clock) + 6
        painter.drawText(line, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), clock)
        draw_fitting(painter, line.adjusted(0, 0, -width, 0), row.title, size, bold=row.lit)
        bar = QRectF(line.left(), line.bottom() + 1, line.width(), max(4.0, box.height() * 0.22))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.sunken))
        painter.drawRoundedRect(bar, 3, 3)
        if row.level > 0 and not row.resting:
            painter.setBrush(ALERT if row.lit else BRANCH_MARKERS[self._branch][0])
            painter.drawRoundedRect(QRectF(bar.left(), bar.top(), bar.width() * row.level, bar.height()), 3, 3)
        lamp = QRectF(box.right() - sign, box.top() + box.height() * 0.06, sign, sign)
        if row.lit:
            draw_sign(painter, lamp, ALERT, QColor("white"))
        else:
            draw_sign(painter, lamp, QColor(theme.sunken), QColor(theme.card))


def draw_sign(painter: QPainter, box: QRectF, fill: QColor, ink: QColor) -> None:
    """The warning triangle with its exclamation mark."""
    high = min(box.height(), box.width() / 1.1)
    middle, top = box.center().x(), box.center().y() - high / 2
    painter.setPen(QPen(fill, high * 0.1, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(fill)
    inset = high * 0.08
    painter.drawPolygon(
        QPolygonF(
            [
                QPointF(middle, top + inset),
                QPointF(middle + high * 0.5, top + high - inset),
                QPointF(middle - high * 0.5, top + high - inset),
            ]
        )
    )
    painter.setPen(QPen(ink, high * 0.11, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawLine(QPointF(middle, top + high * 0.36), QPointF(middle, top + high * 0.6))
    painter.drawPoint(QPointF(middle, top + high * 0.78))
