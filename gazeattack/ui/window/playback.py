"""The pause button, and what happens at a video's end."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from gazeattack.live.session import SessionStatus
from gazeattack.ui.strings.common import PAUSE, PLAY_AGAIN, RESUME
from gazeattack.ui.window.layout import WindowLayout
from gazeattack.ui.window.preferences import Preferences
from gazeattack.ui.window.session_controller import SessionController


class Playback(QObject):
    """Pauses, resumes, loops, and plays a video again that has ended.

    Args:
        session, ui, preferences: of the window.
        again: opens the same source again.
        parent: the window.
    """

    def __init__(
        self,
        session: SessionController,
        ui: WindowLayout,
        preferences: Preferences,
        again: Callable[[], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._ui, self._preferences, self._again = session, ui, preferences, again
        self._ended = False
        ui.pause.toggled.connect(self._toggled)

    def set_status(self, status: SessionStatus) -> None:
        """Follow the source's state."""
        self._ended = status.source_state == "ended"
        self._show()

    def set_loop(self, loop: bool) -> None:
        """Start videos again at their end, or do not: the one that plays, too."""
        self._preferences.loop = loop
        self._session.set_loop(loop)
        if loop and self._ended:
            self._play_again()

    def _toggled(self, paused: bool) -> None:
        if paused and self._ended:
            self._ui.pause.setChecked(False)
            self._play_again()
            return
        self._show()
        self._session.set_paused(paused)

    def _play_again(self) -> None:
        self._ended = False
        self._again()
        self._show()

    def _show(self) -> None:
        self._ui.pause.setText(PLAY_AGAIN if self._ended else RESUME if self._ui.pause.isChecked() else PAUSE)
