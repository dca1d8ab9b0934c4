"""The scripted drive belongs to the Driver page: what was there before comes back when the page is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from gazeattack.live.settings import TriggerMode
from gazeattack.ui.pages.gaze.trigger_panel import TriggerPanel
from gazeattack.ui.session import DRIVE_SPEC, SYNTHETIC, SourceInfo
from gazeattack.ui.window.layout import WindowLayout
from gazeattack.ui.window.session_controller import SessionController

VISIT = "The scripted drive plays while the Driver tab is open. Your source comes back when you leave the tab."


class Opens(Protocol):
    """What opens a source; remember: at the next start, too."""

    def open_source(self, spec: str, *, remember: bool = True) -> None:
        """Open it."""


@dataclass(frozen=True)
class _Before:
    """What the drive replaced: the source, its pause, "Follow mouse", and the trigger's mode."""

    spec: str
    paused: bool
    follow: bool
    mode: TriggerMode


class DriveVisit(QObject):
    """Plays the drive on the Driver page, and restores what was there when the page is left.

    A drive that was chosen in the list of sources is a source like any other: it stays.

    message: a passing message.
    """

    message = Signal(str)

    def __init__(
        self, window: Opens, session: SessionController, ui: WindowLayout, trigger: TriggerPanel, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._window, self._session, self._ui, self._trigger = window, session, ui, trigger
        self._before: _Before | None = None

    def set_source(self, source: SourceInfo) -> None:
        """A source that a person chooses on the Driver page stays."""
        if not source.scripted:
            self._before = None

    def enter(self) -> bool:
        """The page comes into view; whether the drive begins.

        A subject that only looks around gives a driver monitor nothing to warn of.
        """
        if self._session.source.spec != SYNTHETIC:
            return False
        self.play()
        return True

    def play(self) -> None:
        """Play the drive from its beginning, without trigger until the script asks for it."""
        source = self._session.source
        if not source.scripted and source.spec:
            follow = self._ui.follow.isChecked()
            self._before = _Before(source.spec, self._session.paused, follow, self._trigger.mode)
        # first of all, so that no frame of the drive carries a trigger that the script did not ask for
        self._trigger.set_mode(TriggerMode.OFF)
        self._window.open_source(DRIVE_SPEC, remember=self._before is None)
        if self._before is not None:
            self.message.emit(VISIT)

    def leave(self) -> None:
        """The page is left."""
        before, self._before = self._before, None
        if before is None or not self._session.source.scripted:
            return
        self._trigger.set_mode(before.mode)
        self._window.open_source(before.spec, remember=False)
        self._ui.pause.setChecked(before.paused)
        self._ui.follow.setChecked(before.follow)
