"""A person's calibration on this screen: shown, kept, and found again, for the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gazeattack.angles import Gaze
from gazeattack.errors import CalibrationError
from gazeattack.live.monitoring import check_calibration
from gazeattack.screen.calibration import Calibration
from gazeattack.screen.calibration_file import calibration_path, load_calibration, save_calibration
from gazeattack.ui.calibration.dialog import CalibrationDialog

if TYPE_CHECKING:
    from gazeattack.ui.window.main_window import MainWindow

SUBJECT = "synthetic subject"


class Calibrating:
    """calibration: in use, or None.  dialog: while it is shown.  folder: where calibrations are kept (None: the
    person's own data folder).
    """

    def __init__(self, window: MainWindow, folder: Path | None) -> None:
        self._window, self._calibrations = window, folder
        self._synthetic = False
        self.calibration: Calibration | None = None
        self.dialog: CalibrationDialog | None = None
        self.load()

    def follow(self, *, synthetic: bool) -> None:
        """Another source, whose subject is a synthetic one or a person."""
        self._synthetic = synthetic
        self.load()

    @property
    def user(self) -> str:
        """Whose calibration it is; a synthetic subject's never becomes a person's."""
        return SUBJECT if self._synthetic else self._window.panels.points.user.text().strip() or "default"

    def load(self) -> None:
        """Use this user's calibration for this screen, where there is one."""
        points = self._window.panels.points
        path = calibration_path(self.user, points.geometry_now(), self._calibrations)
        calibration = None
        if path.exists():
            try:
                calibration = check_calibration(load_calibration(path), user=self.user, screen=points.geometry_now())
            except CalibrationError as error:
                self._window.warn(str(error))
        self._use(calibration)

    def screen_changed(self) -> None:
        """Another user, or another size of the screen."""
        points, preferences = self._window.panels.points, self._window.preferences
        preferences.user, preferences.diagonal = points.user.text().strip() or "default", points.diagonal.value()
        self.load()

    def calibrate(self) -> None:
        """Show the calibration, full screen."""
        if self.dialog is not None:
            return
        window = self._window
        dialog = CalibrationDialog(
            window.panels.points.geometry_now(),
            self.user,
            window.theme,
            steer=self._steer if window.scenarios.steerable else None,
            parent=window,
        )
        dialog.fitted.connect(self._fitted)
        dialog.closed.connect(self._closed)
        self.dialog = dialog
        dialog.setGeometry(window.screen().geometry())
        dialog.showFullScreen()
        # its keys must not reach the window below
        dialog.activateWindow()
        dialog.setFocus()

    def _steer(self, gaze: Gaze | None) -> None:
        self._window.session.look_at(gaze)

    def _closed(self) -> None:
        self.dialog = None

    def _fitted(self, calibration: Calibration) -> None:
        try:
            path = calibration_path(calibration.user, calibration.geometry, self._calibrations)
            save_calibration(calibration, path)
        except CalibrationError as error:
            self._window.warn(str(error))
        else:
            self._window.tell(f"Calibration kept for {calibration.user} on this screen.")
        self._use(calibration)

    def _use(self, calibration: Calibration | None) -> None:
        self.calibration = calibration
        panels = self._window.panels
        panels.points.use_calibration(calibration)
        panels.keypad.use_screen(panels.points.geometry_now(), calibration)
