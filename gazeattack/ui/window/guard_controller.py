"""One guard for all pages: its switch, its check, and what the session has to predict for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from gazeattack.live.frame_result import FrameResult
from gazeattack.live.guard import Guard, GuardCheck
from gazeattack.ui.strings import guard as text
from gazeattack.ui.widgets.guard_controls import GuardControls


class GuardedPage(Protocol):
    """A page that the guard acts on."""

    guard: GuardControls

    def use_guard(self, guard: Guard | None, check: GuardCheck) -> None:
        """Follow the switch (None: off) and the chosen check."""


class GuardController(QObject):
    """Keeps the controls of all pages alike.

    message: a passing message.  changed: the check was changed, and with it what has to be predicted.
    """

    message = Signal(str)
    changed = Signal()

    def __init__(self, pages: Sequence[GuardedPage], parent: QObject) -> None:
        super().__init__(parent)
        self._pages = pages
        self._on, self._check = False, GuardCheck.LANDMARKS
        self._has_landmarks = True
        for page in pages:
            page.guard.switched.connect(self.switch)
            page.guard.picked.connect(self.pick)

    @property
    def check(self) -> GuardCheck:
        """The chosen check; it is needed while the guard is off, too, to count what it would save."""
        return self._check

    def step(self, result: FrameResult) -> None:
        """Follow whether the model predicts eye landmarks."""
        if result.clean is not None:
            self._has_landmarks = result.clean.landmark_gaze is not None

    def toggle(self) -> None:
        """Switch it on or off."""
        self.switch(not self._on)

    def switch(self, on: bool) -> None:
        """Switch it on or off."""
        self._on = on
        self._tell()

    def pick(self, check: GuardCheck) -> None:
        """Use another check."""
        self._check = check
        self.changed.emit()
        self._tell()

    def _tell(self) -> None:
        guard = Guard.of(self._check) if self._on else None
        for page in self._pages:
            page.guard.show_state(self._on, self._check)
            page.use_guard(guard, self._check)
        if not self._on:
            self.message.emit(text.OFF)
        elif self._check is GuardCheck.LANDMARKS and not self._has_landmarks:
            self.message.emit(text.NO_LANDMARKS)
        else:
            self.message.emit(text.turned_on(self._check))
