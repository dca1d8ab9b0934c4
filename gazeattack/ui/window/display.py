"""Which page is shown, and what it draws."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from gazeattack.live.frame_result import FrameResult
from gazeattack.live.session import SessionStatus
from gazeattack.live.settings import TriggerMode
from gazeattack.ui.pages.base import Page
from gazeattack.ui.window.drive_visit import DriveVisit
from gazeattack.ui.window.layout import WindowLayout
from gazeattack.ui.window.page_list import Pages
from gazeattack.ui.window.session_controller import SessionController


class Display(QObject):
    """Hands every result to every page, and draws the page that is shown.

    source_failed carries the spec of a source that cannot be opened.

    Args:
        session, ui, pages: of the window.
        visit: plays the drive while the Driver page is shown.
    """

    source_failed = Signal(str)

    def __init__(self, session: SessionController, ui: WindowLayout, pages: Pages, visit: DriveVisit) -> None:
        super().__init__(session)
        self._session, self._ui, self._pages, self._visit = session, ui, pages, visit
        self._mode: TriggerMode | None = None

    @property
    def page(self) -> Page:
        """The page that is shown."""
        return self._pages[self._ui.stack.currentIndex()]

    @property
    def painted(self) -> int:
        """Results painted since the start, on every page."""
        return sum(page.meter.count for page in self._pages)

    def show_tab(self, tab: int) -> None:
        """Show another page."""
        self._ui.stack.setCurrentIndex(tab)
        # the Gaze page has the switch itself
        self._ui.chip.setVisible(self.page is not self._pages.gaze)
        self.show_follow()
        if self.page is not self._pages.driver:
            self._visit.leave()
        elif self._visit.enter():
            return
        self.page.draw(force=True)

    def show_follow(self) -> None:
        """Show "Follow mouse" where a subject can follow it."""
        self._ui.follow.setVisible(self._session.source.steerable and self.page is self._pages.gaze)

    def take(self, result: FrameResult) -> None:
        """Take in a result: every page, though only one draws."""
        for page in self._pages:
            page.step(result)
        # a switched trigger shows at once, in the numbers too
        force, self._mode = result.settings.mode is not self._mode, result.settings.mode
        self.page.draw(force=force)

    def refresh(self) -> None:
        """Bring switches, numbers and text in line with the last result, however it came."""
        if self._session.last_result is not None:
            self._pages.gaze.show_settings(self._session.last_result.settings)
            self.page.draw(force=True)

    def set_status(self, status: SessionStatus) -> None:
        """Follow the session's state."""
        self._ui.banner.show_status(status)
        self._ui.show_status(status, self.page.meter.fps())
        if self._session.source.failed:
            self.clear()
            self.source_failed.emit(status.source)

    def clear(self) -> None:
        """Show nothing: what was shown belongs to a source that is gone."""
        self._mode = None
        for page in self._pages:
            page.clear()
