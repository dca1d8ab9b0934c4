"""The Driver tab: the windscreen, what the driver monitors report on each branch, and the timeline."""

from __future__ import annotations

import time
from collections import deque

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gazeattack.angles import Gaze
from gazeattack.live.attacked_half import AttackedHalf
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.guard import Guard, GuardCheck
from gazeattack.live.monitoring import MonitoringSnapshot, PairedMonitoring
from gazeattack.safety.paired import CLEAN, TRIGGERED
from gazeattack.safety.zones import Zones
from gazeattack.synthetic.drive import DRIVE
from gazeattack.ui.pages.driver.caption import StatusCaption, at_end, foot, truth_text
from gazeattack.ui.pages.driver.controls import DriverControls
from gazeattack.ui.pages.driver.dashboard import Dashboard, dashboard_state
from gazeattack.ui.pages.driver.event_log import EventLog
from gazeattack.ui.pages.driver.second_model import SecondModelLine
from gazeattack.ui.pages.driver.timeline import Timeline
from gazeattack.ui.pages.driver.windscreen import WindscreenView
from gazeattack.ui.pages.driver.zone_editor.dialog import ZoneEditor
from gazeattack.ui.pages.driver.zone_files import export_zones, open_zones
from gazeattack.ui.session import ModelInfo, SourceInfo
from gazeattack.ui.strings import driver as text
from gazeattack.ui.strings import tips
from gazeattack.ui.strings.common import WAITING, WITH_TRIGGER, WITHOUT_TRIGGER
from gazeattack.ui.theme import Theme
from gazeattack.ui.widgets.builders import card
from gazeattack.ui.widgets.camera_view import CameraView
from gazeattack.ui.widgets.eliding import ElidingLabel

TEXT_S, SUMMARY_S = 0.1, 0.5


class DriverPage(QWidget):
    """Feeds one PairedMonitoring, whichever page is shown, and shows its results.

    message: a passing message.  warning: a sentence about what went wrong.  play: start the scripted drive.
    """

    title = "Driver"
    message = Signal(str)
    warning = Signal(str)
    play = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.monitoring = monitoring = PairedMonitoring(speed_kmh=DRIVE.speed_kmh)
        self._result: FrameResult | None = None
        self._now: MonitoringSnapshot | None = None
        self._source = SourceInfo()
        self._straight = False
        self._attacked: AttackedHalf | None = None
        self._text_at = self._summary_at = 0.0
        self._summary = monitoring.summary()
        self._begin: float | None = None
        self._last_t = 0.0
        self._ahead: deque[tuple[float, Gaze]] = deque()
        self._check, self._has_check = GuardCheck.LANDMARKS, True
        self._status_caption = StatusCaption()
        self.caption = QLabel(WAITING)
        self.caption.setObjectName("caption")
        self.caption.setWordWrap(True)
        self.windscreen = WindscreenView(monitoring.zones)
        self.camera = CameraView(legend=False)
        self.camera.setMinimumSize(160, 120)
        self.meter = self.camera.meter
        self.without_trigger = Dashboard(CLEAN, WITHOUT_TRIGGER)
        self.with_trigger = Dashboard(TRIGGERED, WITH_TRIGGER)
        self.second = SecondModelLine(monitoring)
        for widget, tip in (
            (self.without_trigger, tips.CARD_OFF),
            (self.with_trigger, tips.CARD_ON),
            (self.windscreen, tips.WINDSCREEN),
            (self.camera, tips.CAMERA),
        ):
            widget.setToolTip(tip)
        self.truth = ElidingLabel()
        self.truth.setObjectName("explain")
        self.log = EventLog()
        self.timeline = Timeline()
        self.controls = controls = DriverControls()
        self.speed, self.guard, self.again = controls.speed, controls.guard, controls.again
        self.speed.setValue(round(monitoring.speed_kmh))
        self.speed.valueChanged.connect(self._set_speed)
        controls.straight.clicked.connect(self.set_straight_ahead)
        self.again.clicked.connect(self.start_over)
        controls.drive.clicked.connect(self.play)
        controls.zones.clicked.connect(self.edit_zones)
        self._lay_out()

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(self.caption)
        left.addWidget(self.windscreen, 1)
        left.addWidget(self.controls)
        boards = QHBoxLayout()
        boards.setSpacing(8)
        boards.addWidget(self.without_trigger)
        boards.addWidget(self.with_trigger)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.camera, 4)
        below.addWidget(self.log, 6)
        right = QVBoxLayout()
        right.setSpacing(6)
        right.addLayout(boards, 68)
        right.addWidget(self.second)
        right.addWidget(self.truth)
        right.addLayout(below, 28)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        grid.addLayout(left, 0, 0)
        grid.addLayout(right, 0, 1)
        grid.addWidget(card("", self.timeline), 1, 0, 1, 2)
        grid.setColumnStretch(0, 47)
        grid.setColumnStretch(1, 53)
        grid.setRowStretch(0, 84)
        grid.setRowStretch(1, 16)

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Pass the colours on to whatever paints itself."""
        self.windscreen.set_theme(theme, scale)
        self.camera.set_theme(theme)
        self.without_trigger.set_theme(theme)
        self.with_trigger.set_theme(theme)
        self.second.set_theme(theme)
        self.log.set_theme(theme, scale)
        self.timeline.set_theme(theme, scale)

    def set_source(self, source: SourceInfo) -> None:
        """Start a new run where another source was opened."""
        before, self._source = self._source, source
        if source.opened == before.opened:
            return
        self._straight = self._straight and source.spec == before.spec
        if source.scripted:
            self.speed.setValue(round(DRIVE.speed_kmh))
        self.start_over()

    def set_model(self, model: ModelInfo) -> None:
        """Nothing here depends on the kind of model: both cards are of the same one."""

    def use_zones(self, zones: Zones) -> None:
        """Another layout, or another straight ahead."""
        self.monitoring.zones = zones
        self.windscreen.set_zones(zones)
        self.start_over()

    def edit_zones(self) -> ZoneEditor:
        """Show the editor; the monitors use what its OK hands over."""
        editor = ZoneEditor(self.monitoring.zones, self.windscreen.theme, self.window())
        editor.taken.connect(self.use_zones)
        editor.open()
        return editor

    def open_zones(self) -> None:
        """Ask for a file of zones and use it."""
        zones = open_zones(self, self.warning.emit)
        if zones is not None:
            self.use_zones(zones)

    def export_zones(self) -> None:
        """Ask for a file and write the zones there, to be edited."""
        export_zones(self, self.monitoring.zones, self.message.emit, self.warning.emit)

    def start_over(self) -> None:
        """Start a new run with the next frame."""
        self.monitoring.reset()
        self.second.start_over()
        self._forget()

    def _forget(self) -> None:
        self._begin = self._now = None
        self._attacked = None
        if self._source.scripted:
            self._attacked = AttackedHalf(self.monitoring.zones, self.speed.value(), self._check)
        self._ahead.clear()
        self._status_caption.clear()
        self._text_at = self._summary_at = 0.0
        self.windscreen.clear()
        self.without_trigger.show_state(None)
        self.with_trigger.show_state(None)
        self.log.clear()
        self.timeline.show_summary(None, 0.0, 0.0)

    def clear(self) -> None:
        """Show no frame and no gaze; the run goes on with the next frame."""
        self._result = self._now = None
        self.camera.show_result(None)
        self.windscreen.clear()

    def step(self, result: FrameResult) -> None:
        """Feed the monitors."""
        compared = self.second.is_new_comparison(result)
        if self._begin is not None and (compared or self._is_new_run(result.t)):
            self.start_over()
        begun = self._begin is not None
        self._begin = result.t if self._begin is None else self._begin
        if not begun and self._source.scripted:
            self._begin -= self._begin % DRIVE.duration
        self._last_t = result.t
        now = self.monitoring.step(result)
        if self._attacked is not None:
            self._attacked.step(result)
        self.second.step(result)
        for estimate in (result.clean, result.triggered):
            self._has_check = self._has_check if estimate is None else estimate.checked_gaze(self._check) is not None
        if result.clean is not None:
            self._ahead.append((result.t, result.clean.guarded_gaze(self.monitoring.guard)))
            while result.t - self._ahead[0][0] > 1.0:
                self._ahead.popleft()
        self.log.add(now.events, self._begin)
        self._result, self._now = result, now

    def _is_new_run(self, t: float) -> bool:
        assert self._begin is not None
        return t < self._last_t or (self._source.scripted and t - self._begin >= DRIVE.duration)

    def draw(self, *, force: bool = False) -> None:
        """Draw the last result; force: text and sums too."""
        result, now = self._result, self._now
        if result is None or now is None:
            return
        self.camera.show_result(result)
        self.windscreen.show_observations(now.watched.paired.observations)
        clock = time.monotonic()
        if force or clock - self._text_at >= TEXT_S or now.events:
            self._text_at = clock
            self._show_text(result, now, fresh=force or bool(now.events) or clock - self._summary_at >= SUMMARY_S)

    def _show_text(self, result: FrameResult, now: MonitoringSnapshot, *, fresh: bool) -> None:
        ended = self._source.scripted and at_end(now.t)
        if fresh or ended:
            self._summary_at = time.monotonic()
            self._summary = self.monitoring.summary()
            assert self._begin is not None
            self.timeline.show_summary(self._summary, self._begin, now.t)
        verdict = self._attacked.verdict() if ended and self._attacked is not None else None
        caption = self._status_caption.follow(
            now, self._summary, result.settings.mode, scripted=self._source.scripted, attacked=verdict
        )
        guess = not (self._straight or self._source.truth_known)
        if guess and not self.log.count():
            caption = text.SET_STRAIGHT
        elif self.monitoring.guard is not None:
            caption += " · Guard on" if self._has_check else " · Guard has no landmarks"
        self.caption.setText(caption)
        titles = self.monitoring.titles()
        self.truth.setText(text.GUESS if guess else truth_text(now))
        self.second.draw()
        for board, branch in ((self.without_trigger, CLEAN), (self.with_trigger, TRIGGERED)):
            board.show_state(dashboard_state(now.branches[branch], titles, foot(now, self._summary, branch)))

    def set_straight_ahead(self) -> None:
        """Put the zones around where the person has looked for the last second; the run and its log go on."""
        if len(self._ahead) < 5:
            self.message.emit(text.NO_STRAIGHT)
            return
        pitch, yaw = np.median([gaze for _, gaze in self._ahead], axis=0)
        zones = self.monitoring.zones.looking(Gaze(float(pitch), float(yaw)))
        self.monitoring.zones = zones
        self.windscreen.set_zones(zones)
        self._status_caption.clear()
        self._straight = True
        self.log.note("Straight ahead set", self._last_t - (self._begin or 0.0))
        self.message.emit(text.STRAIGHT)

    def use_guard(self, guard: Guard | None, check: GuardCheck) -> None:
        """Follow the guard; what was counted with another check is counted anew."""
        self.monitoring.guard = guard
        if check is not self._check:
            self._check = check
            self.start_over()

    def _set_speed(self, speed: int) -> None:
        self.monitoring.speed_kmh = float(speed)
