"""A person's calibration on this screen: made in a dialog, kept in a file, and found again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from gazeattack.errors import CalibrationError
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.monitoring import check_calibration
from gazeattack.screen.calibration import Calibration
from gazeattack.screen.calibration_file import calibration_path, load_calibration, save_calibration, tighten
from gazeattack.screen.geometry import ScreenGeometry
from gazeattack.ui.calibration.dialog import CalibrationDialog
from gazeattack.ui.session import SourceInfo
from gazeattack.ui.theme import LIGHT, Theme

SUBJECT = "synthetic subject"


class CalibrationController(QObject):
    """Owns the dialog, the folder and the calibration in use.

    Args:
        parent: the window, whose screen the dialog fills.
        geometry: of that screen, as it is now.
        user: the name that the person has entered.
        folder: where calibrations are kept; None: the person's own data folder.

    changed carries the Calibration in use from now on, or None, and the screen's geometry.  steer carries a Gaze for
    the synthetic subject, or None for its own path.  message: a passing message.  warning: a sentence about
    what went wrong.
    """

    changed = Signal(object, object)
    steer = Signal(object)
    message = Signal(str)
    warning = Signal(str)

    def __init__(
        self,
        parent: QWidget,
        geometry: Callable[[], ScreenGeometry],
        user: Callable[[], str],
        folder: Path | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._geometry, self._user, self._folder = parent, geometry, user, folder
        self._source = SourceInfo()
        self._theme = LIGHT
        self.calibration: Calibration | None = None
        self.dialog: CalibrationDialog | None = None

    @property
    def user(self) -> str:
        """Whose calibration it is; a synthetic subject's never becomes a person's."""
        return SUBJECT if self._source.truth_known else self._user()

    def set_theme(self, theme: Theme) -> None:
        """Change the colours of the next dialog."""
        self._theme = theme

    def set_source(self, source: SourceInfo) -> None:
        """Follow the source, whose subject is a synthetic one or a person."""
        before, self._source = self._source, source
        if source.truth_known != before.truth_known:
            self.load()

    def load(self) -> None:
        """Use this user's calibration for this screen, where there is one."""
        path = calibration_path(self.user, self._geometry(), self._folder)
        tighten(path.parent)
        calibration = None
        if path.exists():
            try:
                calibration = check_calibration(load_calibration(path), user=self.user, screen=self._geometry())
            except CalibrationError as error:
                self.warning.emit(str(error))
        self._use(calibration)

    def calibrate(self) -> None:
        """Show the dialog, full screen."""
        if self.dialog is not None:
            return
        dialog = CalibrationDialog(
            self._geometry(),
            self.user,
            self._theme,
            steer=self.steer.emit if self._source.steerable else None,
            parent=self._window,
        )
        dialog.fitted.connect(self._fitted)
        dialog.closed.connect(self._closed)
        self.dialog = dialog
        dialog.setGeometry(self._window.screen().geometry())
        dialog.showFullScreen()
        # its keys must not reach the window below
        dialog.activateWindow()
        dialog.setFocus()

    def step(self, result: FrameResult) -> None:
        """Hand a result to the dialog, if there is one."""
        if self.dialog is not None:
            self.dialog.take(result)

    def close(self) -> None:
        """Leave the dialog, if there is one."""
        if self.dialog is not None:
            self.dialog.close()

    def _closed(self) -> None:
        self.dialog = None

    def _fitted(self, calibration: Calibration) -> None:
        try:
            path = calibration_path(calibration.user, calibration.geometry, self._folder)
            save_calibration(calibration, path)
        except CalibrationError as error:
            self.warning.emit(str(error))
        else:
            self.message.emit(f"Calibration saved for {calibration.user} on this screen.")
        self._use(calibration)

    def _use(self, calibration: Calibration | None) -> None:
        self.calibration = calibration
        self.changed.emit(calibration, self._geometry())
