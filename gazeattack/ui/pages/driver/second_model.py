"""One line for the second model with the trigger: the honest control below the cards of the first one."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gazeattack.live.frame_result import FrameResult
from gazeattack.live.monitoring import MonitoringSnapshot, PairedMonitoring
from gazeattack.safety.observation import Attention
from gazeattack.safety.paired import TRIGGERED
from gazeattack.ui.pages.driver.caption import foot
from gazeattack.ui.pages.driver.dashboard import DashboardState, dashboard_state
from gazeattack.ui.strings.comparison import model_names, with_trigger
from gazeattack.ui.theme import ALERT, LIGHT, Theme
from gazeattack.ui.widgets.copying import make_copyable
from gazeattack.ui.widgets.fit_text import draw_fitting
from gazeattack.ui.widgets.markers import BRANCH_MARKERS, draw_marker


class SecondModelLine(QWidget):
    """Feeds the second model's predictions to monitors of its own, and shows those with the trigger.

    It is hidden while no model is compared.  first: the first model's monitors, whose zones, speed and guard it shares.
    """

    def __init__(self, first: PairedMonitoring) -> None:
        super().__init__()
        self._first = first
        self._monitoring: PairedMonitoring | None = None
        self._now: MonitoringSnapshot | None = None
        self._model: str | None = None
        self._title = ""
        self._state: DashboardState | None = None
        self._theme = LIGHT
        self.setMinimumHeight(38)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        make_copyable(self)
        self.hide()

    def sizeHint(self) -> QSize:
        """One line that the back row reads."""
        return QSize(300, 46)

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self._theme = theme
        self.update()

    def is_new_comparison(self, result: FrameResult) -> bool:
        """Whether another second model is at work than before, so that both must start over to count the same."""
        model = None if result.compared is None else result.compared.bundle
        changed, self._model = model is not None and model != self._model, model
        return changed

    def start_over(self) -> None:
        """Count from the next frame on."""
        self._monitoring = self._now = self._state = None

    def step(self, result: FrameResult) -> None:
        """Feed the monitors; paints nothing."""
        if result.compared is None:
            self.start_over()
            return
        first = self._first
        if self._monitoring is None:
            self._monitoring = PairedMonitoring(first.names, first.zones)
        mine = self._monitoring
        mine.zones, mine.speed_kmh, mine.guard = first.zones, first.speed_kmh, first.guard
        self._now = self._monitoring.step(result.of_compared())
        self._title = with_trigger(model_names(result)[1], result.settings.mode)

    def draw(self) -> None:
        """Show the state after the last step."""
        monitoring, now = self._monitoring, self._now
        if self.isHidden() != (now is None):
            self.setVisible(now is not None)
        if monitoring is None or now is None:
            return
        lines = foot(now, monitoring.summary(), TRIGGERED)
        state = dashboard_state(now.branches[TRIGGERED], monitoring.titles(), lines)
        if state != self._state:
            self._state = state
            self.setAccessibleName(f"{self._title}: {state.headline}, {state.foot[0]}, {state.foot[1]}")
            self.setToolTip("The second model with the same trigger on the same crops, and what its monitors report")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - an event of Qt
        state, theme = self._state, self._theme
        if state is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour, shape, _ = BRANCH_MARKERS["compared triggered"]
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(QPen(ALERT if state.alert else colour, 3))
        painter.setBrush(QColor(theme.card))
        painter.drawRoundedRect(box, 8, 8)
        inner, size = box.adjusted(10, 4, -8, -4), min(16.0, box.height() * 0.36)
        draw_marker(painter, QPointF(inner.left() + size * 0.6, inner.center().y()), colour, shape, size * 0.42)
        title = QRectF(inner.left() + size * 1.6, inner.top(), inner.width() * 0.34 - size * 1.6, inner.height())
        painter.setPen(QColor(theme.text))
        draw_fitting(painter, title, self._title, size, bold=True)
        chip = QRectF(inner.left() + inner.width() * 0.35, inner.top(), inner.width() * 0.3, inner.height())
        calm = state.attention is Attention.ROAD
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ALERT if state.alert else QColor(LIGHT.good) if calm else QColor("#F0C35A"))
        painter.drawRoundedRect(chip, 5, 5)
        painter.setPen(QColor("white") if state.alert or calm else QColor("#15202B"))
        draw_fitting(painter, chip.adjusted(6, 0, -6, 0), state.headline, size, bold=True)
        rest = QRectF(chip.right() + 8, inner.top(), inner.right() - chip.right() - 8, inner.height())
        painter.setPen(QColor(theme.text))
        draw_fitting(painter, rest, state.foot[1], size)
