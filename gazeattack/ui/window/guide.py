"""The card of the first start and the tour."""

from __future__ import annotations

from PySide6.QtCore import QObject

from gazeattack.ui.window.layout import WindowLayout
from gazeattack.ui.window.page_list import Pages
from gazeattack.ui.window.preferences import Preferences
from gazeattack.ui.window.tour import Tour, tour_steps
from gazeattack.ui.window.welcome import WelcomeCard


class Guide(QObject):
    """Shows one of both at a time.

    Args:
        ui, pages, preferences: of the window.
    """

    def __init__(self, ui: WindowLayout, pages: Pages, preferences: Preferences) -> None:
        super().__init__(ui.body)
        self._root, self._preferences = ui.body, preferences
        self.tour = Tour(ui.body, tour_steps(ui, pages), ui.tabs.setCurrentIndex, ui.tabs.currentIndex)
        self.card: WelcomeCard | None = None

    def show_card(self) -> None:
        """Show the card of the first start."""
        self.tour.end()
        if self.card is None:
            self.card = WelcomeCard(self._root)
            self.card.never.setChecked(not self._preferences.welcome)
            self.card.closed.connect(self._closed)
            self.card.tour.connect(self.tour.start)

    def start_tour(self) -> None:
        """Begin the tour."""
        if self.card is not None:
            self.card.finish()
        self.tour.start()

    def close(self) -> None:
        """Close what is shown (Esc)."""
        if self.card is not None:
            self.card.finish()
        self.tour.end()

    def _closed(self, again: bool) -> None:
        self.card = None
        self._preferences.welcome = again
