"""The Screen tab: where on the screen each branch's gaze lands, and the person's calibration."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gazeattack.live.frame_result import FrameResult
from gazeattack.live.guard import Guard, GuardCheck
from gazeattack.live.pipeline import EYES_CLOSED
from gazeattack.safety.paired import CLEAN, TRIGGERED
from gazeattack.screen.calibration import Calibration
from gazeattack.screen.geometry import ScreenGeometry
from gazeattack.screen.setup import ScreenSetup
from gazeattack.ui.pages.screen.gaze_point import GazePoints, GazePointTracker
from gazeattack.ui.pages.screen.view import ScreenView
from gazeattack.ui.session import ModelInfo, SourceInfo
from gazeattack.ui.strings import tips
from gazeattack.ui.theme import LIGHT, Theme
from gazeattack.ui.widgets.eliding import ElidingLabel
from gazeattack.ui.widgets.guard_controls import GuardControls

DIAGONALS = (7.0, 100.0)
GUESS_IN = 14.0
TEXT_S = 0.15


class ScreenPage(QWidget):
    """Shows GazePoints.

    calibrate: the person asks for a calibration.  changed: another user was entered.  measure: the person wants to
    enter the screen's size and the camera's place.
    triggered: the trigger was switched from the full screen.  full_screen: the view that fills the screen; None while
    there is none.
    """

    title = "Screen"
    calibrate = Signal()
    changed = Signal()
    measure = Signal()
    triggered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._theme, self._scale = LIGHT, 1.0
        self._text, self._text_at = "", 0.0
        self._guard: Guard | None = None
        self._result: FrameResult | None = None
        self.points = GazePoints({}, {})
        self.full_screen: ScreenView | None = None
        self.user = QLineEdit("default")
        self.user.setMaxLength(40)
        self.user.setMaximumWidth(160)
        self.user.setAccessibleName("Whose calibration")
        self.setup = self.laptop(None)
        self.measures = QPushButton("Screen and camera ...")
        self.measures.setToolTip("Size of the screen, place of the camera, distance of your eyes")
        self.measures.clicked.connect(self.measure)
        self.tracker = GazePointTracker(self.geometry_now())
        self.view = ScreenView(self.tracker.geometry)
        self.meter = self.view.meter
        self.smooth = QCheckBox("Smooth points (One Euro filter)")
        self.smooth.setToolTip("Applies to the display only: recordings keep the raw values")
        self.smooth.setChecked(True)
        self.start = QPushButton("Calibrate (C)")
        self.start.clicked.connect(self.calibrate)
        self.full = QPushButton("Full screen (F11)")
        self.full.clicked.connect(self.toggle_full_screen)
        self.view.setToolTip(tips.SCREEN)
        self.guard = GuardControls()
        self.state = ElidingLabel()
        self.state.setObjectName("explain")
        self.user.editingFinished.connect(self.changed)
        self._lay_out()
        self.use_calibration(None, self.tracker.geometry)

    def _lay_out(self) -> None:
        controls = QHBoxLayout()
        controls.setSpacing(8)
        for widget in (
            QLabel("User"),
            self.user,
            self.measures,
            self.start,
            self.full,
            self.smooth,
        ):
            controls.addWidget(widget)
        controls.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.view, 1)
        column.addWidget(self.state)
        column.addLayout(controls)
        guard = QHBoxLayout()
        guard.addWidget(self.guard)
        guard.addStretch(1)
        column.addLayout(guard)

    def geometry_now(self) -> ScreenGeometry:
        """The screen the window is on, with the size and the camera's place that were entered."""
        size = self.screen().size()
        return self.setup.geometry(size.width(), size.height())

    def laptop(self, diagonal: float | None) -> ScreenSetup:
        """A screen of a diagonal in inches, None: what it reports; the camera is in the middle of its upper edge."""
        size = self.screen().size()
        inches = diagonal or reported_diagonal() or GUESS_IN
        return ScreenSetup.from_diagonal(inches, size.width(), size.height())

    def reported(self) -> ScreenSetup | None:
        """The screen's size as it reports it; None where that is implausible."""
        inches = reported_diagonal()
        return None if inches is None else self.laptop(inches)

    def user_name(self) -> str:
        """Whose calibration is used."""
        return self.user.text().strip() or "default"

    def restore(self, user: str, setup: ScreenSetup) -> None:
        """Take over a user and the measures of the screen, and emit nothing."""
        self.user.setText(user)
        self.setup = setup

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Change the colours and the size of text."""
        self._theme, self._scale = theme, scale
        for view in (self.view, self.full_screen):
            if view is not None:
                view.set_theme(theme, scale)

    def use_calibration(self, calibration: Calibration | None, geometry: ScreenGeometry) -> None:
        """Correct by a calibration of this screen from now on, or not at all."""
        self._track(geometry, calibration)
        for view in (self.view, self.full_screen):
            if view is not None:
                view.set_geometry(self.tracker.geometry)
        if calibration is None:
            self.state.setText(
                "Not calibrated: the points are only approximate. Press C to calibrate. "
                f"Screen: {geometry.width_mm:.0f} × {geometry.height_mm:.0f} mm."
            )
        else:
            off = calibration.held_out
            self.state.setText(
                f"Calibrated without trigger, applied to both. Held-out error for {calibration.user}: "
                f"{off.deg:.1f}°, {off.cm:.1f} cm, {off.px:.0f} px."
            )

    def use_guard(self, guard: Guard | None, check: GuardCheck) -> None:
        """Follow the guard: a point that it rejects is crossed out."""
        self._guard = self.tracker.guard = guard

    def _track(self, geometry: ScreenGeometry, calibration: Calibration | None) -> None:
        self.tracker = GazePointTracker(geometry, calibration)
        self.tracker.guard = self._guard

    def set_source(self, source: SourceInfo) -> None:
        """Nothing here depends on the kind of source."""

    def set_model(self, model: ModelInfo) -> None:
        """Nothing here depends on the kind of model."""

    def step(self, result: FrameResult) -> None:
        """Follow a result; the full-screen view is a window of its own, so it follows on every page."""
        self._result, self.points = result, self.tracker.step(result)
        if self.full_screen is not None:
            self._show_points(self.full_screen, result)

    def draw(self, *, force: bool = False) -> None:
        """Draw the last result; force: the text too."""
        if self._result is not None:
            self._text_at = 0.0 if force else self._text_at
            self._show_points(self.view, self._result)

    def _show_points(self, view: ScreenView, result: FrameResult) -> None:
        shown = self.points.smooth if self.smooth.isChecked() else self.points.raw
        now = time.monotonic()
        if now - self._text_at >= TEXT_S:
            self._text_at = now
            self._text = EYES_CLOSED if result.both_closed else _text(shown, self.points.rejected)
        if view.isVisible():
            view.show_points(result.t, shown, self._text, self.points.rejected)

    def clear(self) -> None:
        """Show no points, and reset the smoothing."""
        self._result = None
        self._track(self.tracker.geometry, self.tracker.calibration)
        self.view.clear()

    def close_full_screen(self) -> None:
        """Come back from the full screen."""
        full_screen, self.full_screen = self.full_screen, None
        if full_screen is not None:
            full_screen.close()
            full_screen.deleteLater()

    def toggle_full_screen(self) -> None:
        """Fill the screen with the points, or come back."""
        if self.full_screen is not None:
            self.close_full_screen()
            return
        self.full_screen = ScreenView(self.tracker.geometry, full_screen=True)
        self.full_screen.setParent(self, Qt.WindowType.Window)
        self.full_screen.setWindowTitle("gazeattack: gaze on the screen")
        self.full_screen.set_theme(self._theme, self._scale)
        self.full_screen.left.connect(self.toggle_full_screen)
        self.full_screen.triggered.connect(self.triggered)
        # also where no window manager would do it
        self.full_screen.setGeometry(self.screen().geometry())
        self.full_screen.showFullScreen()
        self.full_screen.activateWindow()
        self.full_screen.setFocus()


def reported_diagonal() -> float | None:
    """Diagonal in inches as the first screen reports it; None where that is implausible."""
    size = QGuiApplication.primaryScreen().physicalSize()
    inches = math.hypot(size.width(), size.height()) / 25.4
    return round(inches, 1) if DIAGONALS[0] <= inches <= DIAGONALS[1] else None


def _text(points: Mapping[str, tuple[float, float]], rejected: frozenset[str]) -> str:
    """One sentence on the distance between both points, or on what the guard rejects."""
    if rejected:
        which = "both gazes" if len(rejected) > 1 else "the gaze with" if TRIGGERED in rejected else "the gaze without"
        return f"The guard rejects {which}{'' if len(rejected) > 1 else ' trigger'}."
    clean, triggered = points.get(CLEAN), points.get(TRIGGERED)
    if clean is None:
        return "No gaze in view."
    if triggered is None:
        return "Trigger off. Press Space to switch it on."
    return f"The trigger moves the point by {math.dist(clean, triggered) / 10:.1f} cm."
