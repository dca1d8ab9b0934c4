"""What the menu does that concerns several parts of the window: cameras, landmarks, About, and the reset."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from gazeattack.live.settings import TriggerMode
from gazeattack.ui.strings.common import LOOP, SHOW_LANDMARKS
from gazeattack.ui.window.about_dialog import show_about
from gazeattack.ui.window.appearance import THEMES
from gazeattack.ui.window.layout import WindowLayout
from gazeattack.ui.window.page_list import Pages
from gazeattack.ui.window.preferences import Preferences

RESET = "Reset all settings to their defaults? Calibrations and recordings stay."


class MenuCommands(QObject):
    """message: a passing message.  reset: every setting was forgotten, so the window goes back to its defaults.

    Args:
        window: which dialogs belong to.
        ui, pages, preferences: of the window.
    """

    message = Signal(str)
    reset = Signal()

    def __init__(self, window: QWidget, ui: WindowLayout, pages: Pages, preferences: Preferences) -> None:
        super().__init__(window)
        self._window, self._ui, self._pages, self._preferences = window, ui, pages, preferences
        ui.source.search.connect(self.search_cameras)

    def search_cameras(self) -> None:
        """Look for cameras, and tell which there are."""
        self._ui.source.refresh()
        self.message.emit(self._ui.source.cameras_text())

    def show_landmarks(self, on: bool) -> None:
        """Draw the predicted eye landmarks, or not, from the next start on, too."""
        self._preferences.landmarks = on
        self._pages.gaze.crops.show_landmarks(on)

    def show_about(self) -> QMessageBox:
        """Show version, licence and the models' hashes."""
        return show_about(self._window)

    def ask_reset(self) -> QMessageBox:
        """Ask before every setting is forgotten, without stopping the window."""
        box = QMessageBox(QMessageBox.Icon.Question, "Reset all settings", RESET, parent=self._window)
        yes = box.addButton("Reset", QMessageBox.ButtonRole.DestructiveRole)
        no = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(no)
        yes.clicked.connect(box.close)
        yes.clicked.connect(self.reset_preferences)
        box.open()
        return box

    def reset_preferences(self) -> None:
        """Forget every setting and start from the defaults; calibrations stay."""
        self._preferences.reset()
        trigger = self._pages.gaze.trigger
        trigger.set_mode(TriggerMode.OFF)
        trigger.set_attack(None)
        trigger.slider.reset()
        trigger.place.setCurrentIndex(0)
        self._ui.choices[LOOP].setChecked(self._preferences.loop)
        self._ui.choices[SHOW_LANDMARKS].setChecked(self._preferences.landmarks)
        self._ui.choices[THEMES[0][0]].setChecked(True)
        self.reset.emit()
        self.message.emit("All settings are reset to their defaults.")
