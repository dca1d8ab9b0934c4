"""The Keypad tab: the gaze types a PIN, once without and once with the trigger."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSpinBox, QVBoxLayout, QWidget

from gazeattack.angles import Gaze
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.guard import Guard, GuardCheck
from gazeattack.live.monitoring import MonitoringSnapshot, PairedMonitoring
from gazeattack.safety.dwell import DWELL, DWELL_RANGE, Keypad
from gazeattack.safety.paired import CLEAN, TRIGGERED, TRUTH
from gazeattack.screen.calibration import Calibration
from gazeattack.screen.geometry import ScreenGeometry
from gazeattack.ui.pages.keypad.pin_entry import PinEntry
from gazeattack.ui.pages.keypad.view import KeypadView, Looking
from gazeattack.ui.session import ModelInfo, SourceInfo
from gazeattack.ui.strings import tips
from gazeattack.ui.strings.common import WITH_TRIGGER, WITHOUT_TRIGGER
from gazeattack.ui.strings.guard import REJECTED
from gazeattack.ui.theme import Theme
from gazeattack.ui.widgets.guard_controls import GuardControls

PIN = "1975"
# for a subject that sits before no screen: keys wide enough for a webcam's gaze, the middle one below the camera
WIDE = Keypad(left=-33.0, top=27.0, right=33.0, bottom=-27.0, centre=Gaze.from_degrees(-8.0, 0.0))
# where an uncalibrated person's eyes are taken to be, camera space, mm
SEAT = (0.0, 0.0, 600.0)
NO_TYPING = 'Only a synthetic subject types by itself: choose "Synthetic subject" in the list of sources.'
PAUSED = "The source is paused: press P, then T again."
# the typing subject stays this much longer than the dwell on each key, seconds
SPARE_S = 0.7


class KeypadPage(QWidget):
    """Types while it is shown, and only then.

    steer: a gaze for the synthetic subject, or None for its own path.  message: a passing message.
    """

    title = "Keypad"
    steer = Signal(object)
    message = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._geometry: ScreenGeometry | None = None
        self._calibration: Calibration | None = None
        self._result: FrameResult | None = None
        self._now: MonitoringSnapshot | None = None
        self._synthetic = self._steerable = self._paused = False
        self._last_foot: dict[str, str] = {}
        self._place: tuple[int, int, int, int] | None = None
        self._typing_since: float | None = None
        self._key_asked = ""
        self._guard: Guard | None = None
        self.keypad = WIDE
        self._monitoring = PairedMonitoring("keypad", keypad=WIDE)
        self.view = KeypadView()
        self.meter = self.view.meter
        self.without_trigger = PinEntry(CLEAN, WITHOUT_TRIGGER)
        self.with_trigger = PinEntry(TRIGGERED, WITH_TRIGGER)
        self.view.setToolTip(tips.KEYS)
        for entry in (self.without_trigger, self.with_trigger):
            entry.setToolTip(tips.PIN_CARD)
        self.asked = QLabel(f"Look at the keys to type  {'  '.join(PIN)}")
        self.asked.setObjectName("caption")
        self.asked.setWordWrap(True)
        self.dwell = QSpinBox()
        self.dwell.setRange(*(round(1000 * s) for s in DWELL_RANGE))
        self.dwell.setSingleStep(100)
        self.dwell.setSuffix(" ms")
        self.dwell.setValue(round(1000 * DWELL))
        self.dwell.setAccessibleName("Dwell: how long a look at a key types it")
        self.dwell.valueChanged.connect(lambda _: self.start_over())
        self.demo = QPushButton(f"Type {PIN} automatically (T)")
        self.demo.setToolTip("The synthetic subject looks at one key after the other")
        self.demo.clicked.connect(self.start_typing)
        self.demo.hide()
        self.erase = QPushButton("Erase (Backspace)")
        self.erase.clicked.connect(self.erase_last)
        self.again = QPushButton("Start over")
        self.again.clicked.connect(self.start_over)
        self.guard = GuardControls()
        self._lay_out()

    def _lay_out(self) -> None:
        controls = QHBoxLayout()
        controls.setSpacing(8)
        for widget in (self.demo, QLabel("Dwell"), self.dwell, self.erase, self.again):
            controls.addWidget(widget)
        controls.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(self.asked)
        left.addWidget(self.view, 1)
        left.addLayout(controls)
        guard = QHBoxLayout()
        guard.addWidget(self.guard)
        guard.addStretch(1)
        left.addLayout(guard)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.without_trigger)
        right.addWidget(self.with_trigger)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addLayout(left, 62)
        row.addLayout(right, 38)

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Change the colours and the size of text."""
        self.view.set_theme(theme, scale)
        self.without_trigger.set_theme(theme)
        self.with_trigger.set_theme(theme)

    def set_source(self, source: SourceInfo) -> None:
        """Lay out the keys for a synthetic subject, which can be made to type, or for a person."""
        self._steerable = source.steerable
        self.demo.setVisible(source.steerable)
        if source.truth_known != self._synthetic:
            self._synthetic = source.truth_known
            self.start_over()

    def set_model(self, model: ModelInfo) -> None:
        """Nothing here depends on the kind of model."""

    def use_calibration(self, calibration: Calibration | None, geometry: ScreenGeometry) -> None:
        """Keys lie where they are on this screen; without a calibration, where they should be."""
        self._geometry, self._calibration = geometry, calibration
        self._rebuild()

    def use_guard(self, guard: Guard | None, check: GuardCheck) -> None:
        """Follow the guard: a gaze that it rejects types nothing."""
        self._guard = self._monitoring.guard = guard

    def start_over(self) -> None:
        """Type from the beginning."""
        self._typing_since = None
        self._rebuild()

    def erase_last(self) -> None:
        """Take the last digit back."""
        self._monitoring.erase()

    def start_typing(self) -> None:
        """Let the synthetic subject type the PIN, or say why it cannot."""
        if not self._steerable:
            self.message.emit(NO_TYPING)
        elif self._paused:
            self.message.emit(PAUSED)
        else:
            self.start_over()
            self._typing_since = -1.0

    def set_paused(self, paused: bool) -> None:
        """Know whether frames come."""
        self._paused = paused

    def clear(self) -> None:
        """Show no gaze; what was typed stays."""
        self._result = self._now = None
        self.view.show_looks(self.keypad, {})

    def step(self, result: FrameResult) -> None:
        """Take in a result; the monitors get it only while the keys are in view."""
        self._result, self._now = result, None
        if self.isVisible():
            self._watch(result)

    def _watch(self, result: FrameResult) -> MonitoringSnapshot:
        # the window may have been moved, and keys are places on the screen
        if not self._synthetic and self._place != self._global_place():
            self._rebuild()
        self._now = self._monitoring.step(result)
        self._type(result.t)
        return self._now

    def draw(self, *, force: bool = False) -> None:
        """Draw the last result; there is no text that would change too often."""
        if self._result is None:
            return
        # while it was hidden, the page did not step its monitors
        now = self._now or self._watch(self._result)
        looks = {}
        for branch, seen in now.watched.paired.observations.items():
            place = self.keypad.place(seen)
            if place is not None:
                level = now.branches[branch].verdicts["keypad"].level
                looks[branch] = Looking(place, level, self.keypad.key_at(*place))
        typed = now.branches[CLEAN].typed
        wanted = PIN[len(typed)] if len(typed) < len(PIN) else None
        self.view.show_looks(self.keypad, looks, wanted)
        # whoever has typed the whole PIN without the trigger types no more
        ended = len(typed) >= len(PIN) and self._typing_since is None
        for entry, branch in ((self.without_trigger, CLEAN), (self.with_trigger, TRIGGERED)):
            foot = self._foot(now, branch)
            if now.watched.paired.observations[branch].rejected:
                foot = REJECTED
            entry.show_typed(PIN, now.branches[branch].typed, foot, ended=ended)

    def _foot(self, now: MonitoringSnapshot, branch: str) -> str:
        reference = TRUTH if TRUTH in now.branches else CLEAN
        if branch == CLEAN and reference == CLEAN:
            return "True gaze unknown"
        # the lock takes no more digits than the PIN has
        full = len(now.branches[branch].typed) > len(PIN)
        if self._last_foot.get(branch) and (full or not now.events):
            return self._last_foot[branch]
        score = next((s for s in self._monitoring.summary().branches if s.branch == branch), None)
        by = "true gaze" if reference == TRUTH else "clean gaze"
        text = (
            "Trigger off: same gaze"
            if score is None
            else f"{score.selections - score.wrong_selections} of {score.selections} keys match the {by}"
        )
        self._last_foot[branch] = text
        return text

    def _type(self, t: float) -> None:
        """Steer the typing subject by the frames' own time."""
        if self._typing_since is None:
            return
        if self._typing_since < 0 or t < self._typing_since:
            self._typing_since, self._key_asked = t, ""
        place = int((t - self._typing_since) / (self.dwell.value() / 1000 + SPARE_S))
        key = PIN[place] if place < len(PIN) else ""
        if key == self._key_asked:
            return
        self._key_asked = key
        if not key:
            self._typing_since = None
            self.steer.emit(None)
            return
        left, top, right, bottom = self.keypad.box(key) or (0.0, 0.0, 0.0, 0.0)
        centre = self.keypad.centre.degrees
        self.steer.emit(Gaze.from_degrees((top + bottom) / 2 + centre[0], (left + right) / 2 + centre[1]))

    def _global_place(self) -> tuple[int, int, int, int]:
        corner = self.view.mapToGlobal(QPoint(0, 0))
        return corner.x(), corner.y(), self.view.width(), self.view.height()

    def _rebuild(self) -> None:
        self._last_foot, self._now = {}, None
        self._place = self._global_place()
        self.keypad = self._make_keypad()
        self._monitoring = PairedMonitoring(
            "keypad",
            keypad=self.keypad,
            dwell=self.dwell.value() / 1000,
            calibration=None if self._synthetic else self._calibration,
            guard=self._guard,
        )
        for entry in (self.without_trigger, self.with_trigger):
            entry.show_typed(PIN, "", "")

    def _make_keypad(self) -> Keypad:
        """The keys where the person sees them."""
        if self._synthetic or self._geometry is None:
            return WIDE
        x, y, width, height = self._global_place()
        left, top = self._geometry.to_mm((x, y))
        right, bottom = self._geometry.to_mm((x + width, y + height))
        if self._calibration is not None:
            return Keypad(left, top, right, bottom, space="screen")
        seat = np.array(SEAT)
        middle = self._geometry.aim(seat, ((left + right) / 2, (top + bottom) / 2))
        corners = [self._geometry.aim(seat, corner).degrees for corner in ((left, top), (right, bottom))]
        (high, first), (low, last) = corners
        wide, tall = max(last - first, 1.0) / 2, max(high - low, 1.0) / 2
        return Keypad(-wide, tall, wide, -tall, centre=middle)
