"""The Points tab: where on the screen each branch says the person looks, and the person's calibration."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gazeattack.live.frame_result import FrameResult
from gazeattack.safety.paired import CLEAN, TRIGGERED
from gazeattack.screen.calibration import Calibration
from gazeattack.screen.geometry import ScreenGeometry
from gazeattack.ui.pages.screen.gaze_point import Points, ScreenPoints
from gazeattack.ui.pages.screen.view import PointsView
from gazeattack.ui.theme import LIGHT, Theme

DIAGONALS = (7.0, 100.0)
GUESS_IN = 14.0
WORDS_S = 0.15


class PointsPage(QWidget):
    """Shows Points.

    calibrate: the person asks for a calibration.  changed: another user or size of the screen was entered.
    triggered: the trigger was switched from the full screen.
    """

    calibrate = Signal()
    changed = Signal()
    triggered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._theme, self._scale = LIGHT, 1.0
        self._words, self._words_at = "", 0.0
        self.whole: PointsView | None = None
        self.user = QLineEdit("default")
        self.user.setMaxLength(40)
        self.user.setMaximumWidth(160)
        self.user.setAccessibleName("Whose calibration")
        self.diagonal = QDoubleSpinBox()
        self.diagonal.setRange(*DIAGONALS)
        self.diagonal.setDecimals(1)
        self.diagonal.setSuffix(" in")
        self.diagonal.setAccessibleName("The screen's diagonal")
        self.diagonal.setToolTip("The screen's diagonal in inches: it turns millimetres into pixels")
        self.diagonal.setValue(screen_diagonal())
        self.tracker = ScreenPoints(self.geometry_now())
        self.view = PointsView(self.tracker.geometry)
        self.smooth = QCheckBox("Smooth the dots (One-Euro)")
        self.smooth.setToolTip("Only what is drawn: recordings keep the raw values")
        self.smooth.setChecked(True)
        self.start = QPushButton("Calibrate (C)")
        self.start.clicked.connect(self.calibrate)
        self.full = QPushButton("Full screen (F11)")
        self.full.clicked.connect(self.toggle_whole)
        self.state = QLabel()
        self.state.setObjectName("explain")
        self.user.editingFinished.connect(self.changed)
        self.diagonal.valueChanged.connect(lambda _: self.changed.emit())
        self._lay_out()
        self.use_calibration(None)

    def _lay_out(self) -> None:
        controls = QHBoxLayout()
        controls.setSpacing(8)
        for widget in (QLabel("User"), self.user, QLabel("Screen"), self.diagonal, self.start, self.full, self.smooth):
            controls.addWidget(widget)
        controls.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.view, 1)
        column.addWidget(self.state)
        column.addLayout(controls)

    def geometry_now(self) -> ScreenGeometry:
        """The screen the window is on, with the size that was entered."""
        size = self.screen().size()
        return ScreenGeometry.from_diagonal(self.diagonal.value(), size.width(), size.height())

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Change the colours and the size of writing."""
        self._theme, self._scale = theme, scale
        for view in (self.view, self.whole):
            if view is not None:
                view.set_theme(theme, scale)

    def use_calibration(self, calibration: Calibration | None) -> None:
        """Correct by a calibration from now on, or not at all."""
        self.tracker = ScreenPoints(self.geometry_now(), calibration)
        for view in (self.view, self.whole):
            if view is not None:
                view.set_geometry(self.tracker.geometry)
        if calibration is None:
            self.state.setText("Not calibrated: the dots are a rough guess. Calibrate, and they land where you look.")
        else:
            off = calibration.held_out
            self.state.setText(
                f"Calibrated for {calibration.user} on the clean branch; used for both. Held-out error "
                f"{off.deg:.1f}°, {off.cm:.1f} cm, {off.px:.0f} px."
            )

    def step(self, sample: FrameResult) -> Points:
        """Follow a sample; draws nothing."""
        return self.tracker.step(sample)

    def show_points(self, sample: FrameResult, points: Points, *, settle: bool = False) -> None:
        """Draw a frame's points; settle: the words, too."""
        shown = points.smooth if self.smooth.isChecked() else points.raw
        now = time.monotonic()
        if settle or now - self._words_at >= WORDS_S:
            self._words_at = now
            self._words = _words(shown)
        for view in (self.view, self.whole):
            if view is not None and view.isVisible():
                view.show_points(sample.t, shown, self._words)

    def clear(self) -> None:
        """Another source."""
        self.tracker = ScreenPoints(self.tracker.geometry, self.tracker.calibration)
        self.view.clear()

    def toggle_whole(self) -> None:
        """Fill the screen with the points, or come back."""
        if self.whole is not None:
            whole, self.whole = self.whole, None
            whole.close()
            whole.deleteLater()
            return
        self.whole = PointsView(self.tracker.geometry, whole=True)
        self.whole.setParent(self, Qt.WindowType.Window)
        self.whole.setWindowTitle("gazeattack: gaze points")
        self.whole.set_theme(self._theme, self._scale)
        self.whole.left.connect(self.toggle_whole)
        self.whole.triggered.connect(self.triggered)
        # also where no window manager would do it
        self.whole.setGeometry(self.screen().geometry())
        self.whole.showFullScreen()
        self.whole.activateWindow()
        self.whole.setFocus()


def screen_diagonal() -> float:
    """The first screen's diagonal in inches as it says itself, or a laptop's where that is nonsense."""
    size = QGuiApplication.primaryScreen().physicalSize()
    inches = math.hypot(size.width(), size.height()) / 25.4
    return round(inches, 1) if DIAGONALS[0] <= inches <= DIAGONALS[1] else GUESS_IN


def _words(points: Mapping[str, tuple[float, float]]) -> str:
    """How far the two points are apart."""
    clean, triggered = points.get(CLEAN), points.get(TRIGGERED)
    if clean is None:
        return "No gaze: no points."
    if triggered is None:
        return "Trigger off: one point. Press Space to add the trigger."
    return f"The trigger moves the point by {math.dist(clean, triggered) / 10:.1f} cm."
