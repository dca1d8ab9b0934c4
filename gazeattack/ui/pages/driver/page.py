"""The Driver tab: the windscreen, what the two cars are told, and the story over time."""

from __future__ import annotations

import time
from collections import deque

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QSpinBox, QVBoxLayout, QWidget

from gazeattack.angles import Gaze
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.monitoring import SPEED_RANGE, MonitoringSnapshot, PairedMonitoring
from gazeattack.live.watch import GUARD_DEG
from gazeattack.safety.paired import CLEAN, TRIGGERED
from gazeattack.safety.zones import Zones
from gazeattack.synthetic.drive import DRIVE
from gazeattack.ui.pages.driver.caption import Story, foot, truth_words
from gazeattack.ui.pages.driver.dashboard import Dashboard, told
from gazeattack.ui.pages.driver.event_log import EventLog
from gazeattack.ui.pages.driver.timeline import Timeline
from gazeattack.ui.pages.driver.windscreen import WindscreenView
from gazeattack.ui.theme import Theme
from gazeattack.ui.widgets.builders import card
from gazeattack.ui.widgets.camera_view import CameraView

WORDS_S, SUMMARY_S = 0.1, 0.5
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
    """Feeds one PairedMonitoring and shows what it says.

    said: a passing message.  play: the person wants the scripted drive, from its beginning.
    """

    said = Signal(str)
    play = Signal()

    def __init__(self, monitoring: PairedMonitoring) -> None:
        super().__init__()
        self.monitoring = monitoring
        self._scripted = False
        self._words_at = self._summary_at = 0.0
        self._summary = monitoring.summary()
        self._begin: float | None = None
        self._last_t = 0.0
        self._ahead: deque[tuple[float, Gaze]] = deque()
        self._locates = True
        self._story = Story()
        self.caption = QLabel("Waiting for the first picture ...")
        self.caption.setObjectName("caption")
        self.caption.setWordWrap(True)
        self.windscreen = WindscreenView(monitoring.zones)
        self.camera = CameraView(legend=False)
        self.honest = Dashboard(CLEAN, HONEST)
        self.attacked = Dashboard(TRIGGERED, ATTACKED)
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
        boards.addWidget(self.honest)
        boards.addWidget(self.attacked)
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
        self.honest.set_theme(theme)
        self.attacked.set_theme(theme)
        self.log.set_theme(theme, scale)
        self.timeline.set_theme(theme, scale)

    def set_source(self, *, scripted: bool) -> None:
        """Another source: everything is forgotten; scripted: it is the drive."""
        self._scripted = scripted
        if scripted:
            self.speed.setValue(round(DRIVE.speed_kmh))
        self.start_over()
        self.camera.show_sample(None)

    def set_model(self, *, backdoored: bool, poisoned: bool = False) -> None:
        """Say what kind of model is at work."""
        self.honest.set_title(HONEST if backdoored else POISONED if poisoned else CLEAN_MODEL)
        self.attacked.set_title(ATTACKED if backdoored else SAME)

    def use_zones(self, zones: Zones) -> None:
        """Another layout, or another straight ahead."""
        self.monitoring.zones = zones
        self.windscreen.set_zones(zones)
        self.start_over()

    def start_over(self) -> None:
        """A new run from the next frame on."""
        self.monitoring.reset()
        self._forget()

    def _forget(self) -> None:
        self._begin = None
        self._ahead.clear()
        self._story.clear()
        self._words_at = self._summary_at = 0.0
        self.windscreen.clear()
        self.honest.show_told(None)
        self.attacked.show_told(None)
        self.log.clear()
        self.timeline.show_summary(None, 0.0, 0.0)

    def step(self, sample: FrameResult) -> MonitoringSnapshot:
        """Feed the monitors, which go on whichever tab is shown; draws nothing."""
        if self._begin is not None and self._is_new_run(sample.t):
            self.start_over()
        begun = self._begin is not None
        self._begin = sample.t if self._begin is None else self._begin
        if not begun and self._scripted:
            self._begin -= self._begin % DRIVE.duration
        self._last_t = sample.t
        now = self.monitoring.step(sample)
        for estimate in (sample.clean, sample.triggered):
            self._locates = self._locates if estimate is None else estimate.landmark_gaze is not None
        if sample.clean is not None:
            self._ahead.append((sample.t, sample.clean.guarded_gaze(self.monitoring.guard_deg)))
            while sample.t - self._ahead[0][0] > 1.0:
                self._ahead.popleft()
        self.log.add(now.events, self._begin)
        return now

    def _is_new_run(self, t: float) -> bool:
        assert self._begin is not None
        return t < self._last_t or (self._scripted and t - self._begin >= DRIVE.duration)

    def show_snapshot(self, sample: FrameResult, now: MonitoringSnapshot, *, settle: bool = False) -> None:
        """Draw a frame; settle: writing and figures, too, however recent the last ones are."""
        self.camera.show_sample(sample)
        self.windscreen.show_observations(now.watched.paired.observations)
        clock = time.monotonic()
        if settle or clock - self._words_at >= WORDS_S or now.events:
            self._words_at = clock
            self._show_words(sample, now, fresh=settle or bool(now.events) or clock - self._summary_at >= SUMMARY_S)

    def _show_words(self, sample: FrameResult, now: MonitoringSnapshot, *, fresh: bool) -> None:
        told_so_far = self._story.follow(now, sample.settings.mode, scripted=self._scripted)
        if self.guard.isChecked():
            told_so_far += " · guard on" if self._locates else " · no guard: nothing located"
        self.caption.setText(told_so_far)
        titles = self.monitoring.titles()
        self.truth.setText(truth_words(now))
        if fresh:
            self._summary_at = time.monotonic()
            self._summary = self.monitoring.summary()
            assert self._begin is not None
            self.timeline.show_summary(self._summary, self._begin, now.t)
        for board, branch in ((self.honest, CLEAN), (self.attacked, TRIGGERED)):
            board.show_told(told(now.branches[branch], titles, foot(now, self._summary, branch)))

    def set_straight_ahead(self) -> None:
        """Put the zones around where the person has looked for the last second."""
        if len(self._ahead) < 5:
            self.said.emit("Straight ahead cannot be set without a gaze: sit in front of the camera and try again.")
            return
        pitch, yaw = np.median([gaze for _, gaze in self._ahead], axis=0)
        self.use_zones(self.monitoring.zones.looking(Gaze(float(pitch), float(yaw))))
        self.said.emit("Straight ahead is where you looked just now; the zones lie around it.")

    def _set_guard(self, on: bool) -> None:
        self.monitoring.guard_deg = GUARD_DEG if on else None
        self.said.emit(GUARD_OFF if not on else GUARD_ON if self._locates else NO_GUARD)

    def _set_speed(self, speed: int) -> None:
        self.monitoring.speed_kmh = float(speed)
