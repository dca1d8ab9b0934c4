"""The one list of the window's pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar, cast

from PySide6.QtWidgets import QWidget

from gazeattack.ui.pages.base import Page
from gazeattack.ui.pages.driver.page import DriverPage
from gazeattack.ui.pages.gaze.page import GazePage
from gazeattack.ui.pages.keypad.page import KeypadPage
from gazeattack.ui.pages.screen.page import ScreenPage

P = TypeVar("P", bound=Page)


class Pages:
    """Every page, in the order of the tabs.  A new page is one more line: its tab, shortcut and help follow."""

    def __init__(self) -> None:
        self._pages: list[Page] = []
        self.gaze = self._add(GazePage())
        self.driver = self._add(DriverPage())
        self.keypad = self._add(KeypadPage())
        self.screen = self._add(ScreenPage())

    def _add(self, page: P) -> P:
        self._pages.append(page)
        return page

    def __iter__(self) -> Iterator[Page]:
        return iter(self._pages)

    def __len__(self) -> int:
        return len(self._pages)

    def __getitem__(self, tab: int) -> Page:
        return self._pages[tab]

    def index(self, page: Page) -> int:
        """The tab of a page, counted from 0."""
        return self._pages.index(page)

    def widgets(self) -> Iterator[QWidget]:
        """The same pages as the widgets that they are."""
        return iter(cast("list[QWidget]", self._pages))
