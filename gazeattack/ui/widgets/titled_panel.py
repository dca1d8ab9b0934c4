"""A painted card of one branch, with a title: the base of the dashboard and the PIN entry."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy, QWidget

from gazeattack.ui.theme import LIGHT, Theme


class TitledPanel(QWidget):
    """branch: "clean" or "triggered".  title: above the rest."""

    def __init__(self, branch: str, title: str) -> None:
        super().__init__()
        self._branch, self._title = branch, title
        self._theme = LIGHT
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self._theme = theme
        self.update()

    def set_title(self, title: str) -> None:
        """Change the title."""
        if title != self._title:
            self._title = title
            self._name()
            self.update()

    def _name(self) -> None:
        """Describe what is shown, for screen readers."""
        raise NotImplementedError
