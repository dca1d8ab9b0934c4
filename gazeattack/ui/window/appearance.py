"""Colours and text size of the whole window."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QGuiApplication

from gazeattack.ui.theme import DARK, LIGHT, Theme, system_theme
from gazeattack.ui.window.preferences import Preferences

# (title, what is remembered)
THEMES = (("System theme", "system"), ("Light theme", "light"), ("Dark theme", "dark"))
# the size of a window whose text has its natural size
SIZE = QSize(1280, 720)


class Appearance(QObject):
    """Follows the settings, the system and the window's size.

    changed carries the Theme and the scale of all text.
    """

    changed = Signal(object, float)

    def __init__(self, preferences: Preferences, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.theme, self.scale = LIGHT, 1.0
        QGuiApplication.styleHints().colorSchemeChanged.connect(self.apply)

    def apply(self) -> None:
        """Use the theme that the settings name, or the system's."""
        choice = self._preferences.theme
        self.use(system_theme() if choice == "system" else DARK if choice == "dark" else LIGHT)

    def choose(self, name: str) -> None:
        """Remember a theme: system, light or dark."""
        self._preferences.theme = name
        self.apply()

    def use(self, theme: Theme) -> None:
        """Use a theme until another is chosen."""
        self.theme = theme
        self.changed.emit(theme, self.scale)

    def fit(self, size: QSize) -> None:
        """Let text grow with the window, in steps, so that a projected full screen can be read from the back row."""
        share = min(size.width() / SIZE.width(), size.height() / SIZE.height())
        scale = max(1.0, min(2.0, round(share * 4) / 4))
        if scale != self.scale:
            self.scale = scale
            self.changed.emit(self.theme, scale)
