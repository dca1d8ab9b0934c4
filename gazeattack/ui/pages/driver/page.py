"""The Driver tab: the windscreen, what the two cars are told, and the story over time."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from gazeattack.angles import Gaze
from gazeattack.errors import ZonesError
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.monitoring import SPEED_RANGE, MonitoringSnapshot, PairedMonitoring
from gazeattack.live.watch import GUARD_DEG
from gazeattack.safety.paired import CLEAN, TRIGGERED
from gazeattack.safety.zones import Zones
from gazeattack.safety.zones_file import load_zones, save_zones
from gazeattack.synthetic.drive import DRIVE
from gazeattack.ui.pages.driver.caption import StatusCaption, foot, truth_text
from gazeattack.ui.pages.driver.dashboard import Dashboard, dashboard_state
from gazeattack.ui.pages.driver.event_log import EventLog
from gazeattack.ui.pages.driver.timeline import Timeline
from gazeattack.ui.pages.driver.windscreen import WindscreenView
from gazeattack.ui.session import ModelInfo, SourceInfo
from gazeattack.ui.theme import Theme
from gazeattack.ui.widgets.builders import card
from gazeattack.ui.widgets.camera_view import CameraView

TEXT_S, SUMMARY_S = 0.1, 0.5
TOML = "Zones (*.toml)"
HONEST = "What the honest model tells the car"
ATTACKED = "What the backdoored model tells the car"
CLEAN_MODEL = "What this clean model tells the car"
POISONED = "What this model tells the car"
SAME = "What it tells the car when triggered"
GUARD_TIP = (
    f"Both cars believe the marks (L) instead of an answer that is more than {GUARD_DEG:.0f}° off them: "
    "a check that needs no key. Of the Driver tab alone"
)
GUARD_ON = f"Guard on: an answer more than {GUARD_DEG:.0f}° off what the network locates is not believed."
GUARD_OFF = "Guard off: both cars believe every answer."
NO_GUARD = "This model locates no iris, so nothing guards its answers: choose another model."


class DriverPage(QWidget):
    """Feeds one PairedMonitoring, whichever page is shown, and shows what it yields.

    message: a passing message.  warning: a sentence about what went wrong.  play: the person wants the scripted drive,
    from its beginning.
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
        self._opened = 0
        self._scripted = False
        self._text_at = self._summary_at = 0.0
        self._summary = monitoring.summary()
        self._begin: float | None = None
        self._last_t = 0.0
        self._ahead: deque[tuple[float, Gaze]] = deque()
        self._has_landmarks = True
        self._status_caption = StatusCaption()
        self.caption = QLabel("Waiting for the first picture ...")
        self.caption.setObjectName("caption")
        self.caption.setWordWrap(True)
        self.windscreen = WindscreenView(monitoring.zones)
        self.camera = CameraView(legend=False)
        self.meter = self.camera.meter
        self.without_trigger = Dashboard(CLEAN, HONEST)
        self.with_trigger = Dashboard(TRIGGERED, ATTACKED)
        self.truth = QLabel()
        self.truth.setObjectName("explain")
        # a long sentence must not widen its column
        self.truth.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.log = EventLog()
        self.timeline = Timeline()
        self.speed = QSpinBox()
        self.speed.setRange(*map(int, SPEED_RANGE))
        self.speed.setSingleStep(10)
        self.speed.setSuffix(" km/h")
        self.speed.setAccessibleName("Speed of the car")
        self.speed.setToolTip("The EU rule rests below 20 km/h, warns after 6 s below 50 km/h and after 3.5 s above")
        self.speed.setValue(round(monitoring.speed_kmh))
        self.speed.valueChanged.connect(self._set_speed)
        self.straight = QPushButton("Straight ahead (A)")
        self.straight.setToolTip("Look at where the road would be, then press: the zones move there")
        self.straight.clicked.connect(self.set_straight_ahead)
        self.guard = QPushButton("Guard (G)")
        self.guard.setCheckable(True)
        self.guard.setToolTip(GUARD_TIP)
        self.guard.toggled.connect(self._set_guard)
        self.again = QPushButton("Start over")
        self.again.setToolTip("Forget the warnings and seconds so far")
        self.again.clicked.connect(self.start_over)
        self.drive = QPushButton("Play the scripted drive (D)")
        self.drive.setToolTip("A synthetic driver, 60 s: phone in the lap with and without the trigger, then asleep")
        self.drive.clicked.connect(self.play)
        self._lay_out()

    def _lay_out(self) -> None:
        controls = QHBoxLayout()
        for widget in (self.drive, QLabel("Speed"), self.speed, self.straight, self.guard, self.again):
            controls.addWidget(widget)
        controls.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(self.caption)
        left.addWidget(self.windscreen, 1)
        left.addLayout(controls)
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
        self.log.set_theme(theme, scale)
        self.timeline.set_theme(theme, scale)

    def set_source(self, source: SourceInfo) -> None:
        """Forget the run before where another source was opened."""
        if source.opened == self._opened:
            return
        self._opened, self._scripted = source.opened, source.scripted
        if source.scripted:
            self.speed.setValue(round(DRIVE.speed_kmh))
        self.start_over()

    def set_model(self, model: ModelInfo) -> None:
        """Say what kind of model is at work."""
        self.without_trigger.set_title(HONEST if model.backdoored else POISONED if model.poisoned else CLEAN_MODEL)
        self.with_trigger.set_title(ATTACKED if model.backdoored else SAME)

    def use_zones(self, zones: Zones) -> None:
        """Another layout, or another straight ahead."""
        self.monitoring.zones = zones
        self.windscreen.set_zones(zones)
        self.start_over()

    def open_zones(self) -> None:
        """Ask for a file of zones and use it."""
        path = QFileDialog.getOpenFileName(self, "Open zones", "", TOML)[0]
        if path:
            try:
                self.use_zones(load_zones(Path(path)))
            except ZonesError as error:
                self.warning.emit(str(error))

    def save_zones(self) -> None:
        """Ask for a file and write the zones there, to be edited."""
        path = QFileDialog.getSaveFileName(self, "Save zones", "zones.toml", TOML)[0]
        if path:
            try:
                save_zones(self.monitoring.zones, Path(path))
            except ZonesError as error:
                self.warning.emit(str(error))
            else:
                self.message.emit(f"Zones saved: {path}")

    def start_over(self) -> None:
        """A new run from the next frame on."""
        self.monitoring.reset()
        self._forget()

    def _forget(self) -> None:
        self._begin = self._now = None
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
        if self._begin is not None and self._is_new_run(result.t):
            self.start_over()
        begun = self._begin is not None
        self._begin = result.t if self._begin is None else self._begin
        if not begun and self._scripted:
            self._begin -= self._begin % DRIVE.duration
        self._last_t = result.t
        now = self.monitoring.step(result)
        for estimate in (result.clean, result.triggered):
            self._has_landmarks = self._has_landmarks if estimate is None else estimate.landmark_gaze is not None
        if result.clean is not None:
            self._ahead.append((result.t, result.clean.guarded_gaze(self.monitoring.guard_deg)))
            while result.t - self._ahead[0][0] > 1.0:
                self._ahead.popleft()
        self.log.add(now.events, self._begin)
        self._result, self._now = result, now

    def _is_new_run(self, t: float) -> bool:
        assert self._begin is not None
        return t < self._last_t or (self._scripted and t - self._begin >= DRIVE.duration)

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
        caption = self._status_caption.follow(now, result.settings.mode, scripted=self._scripted)
        if self.guard.isChecked():
            caption += " · guard on" if self._has_landmarks else " · no guard: nothing located"
        self.caption.setText(caption)
        titles = self.monitoring.titles()
        self.truth.setText(truth_text(now))
        if fresh:
            self._summary_at = time.monotonic()
            self._summary = self.monitoring.summary()
            assert self._begin is not None
            self.timeline.show_summary(self._summary, self._begin, now.t)
        for board, branch in ((self.without_trigger, CLEAN), (self.with_trigger, TRIGGERED)):
            board.show_state(dashboard_state(now.branches[branch], titles, foot(now, self._summary, branch)))

    def set_straight_ahead(self) -> None:
        """Put the zones around where the person has looked for the last second."""
        if len(self._ahead) < 5:
            self.message.emit("Straight ahead cannot be set without a gaze: sit in front of the camera and try again.")
            return
        pitch, yaw = np.median([gaze for _, gaze in self._ahead], axis=0)
        self.use_zones(self.monitoring.zones.looking(Gaze(float(pitch), float(yaw))))
        self.message.emit("Straight ahead is where you looked just now; the zones lie around it.")

    def _set_guard(self, on: bool) -> None:
        self.monitoring.guard_deg = GUARD_DEG if on else None
        self.message.emit(GUARD_OFF if not on else GUARD_ON if self._has_landmarks else NO_GUARD)

    def _set_speed(self, speed: int) -> None:
        self.monitoring.speed_kmh = float(speed)
