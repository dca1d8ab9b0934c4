"""What the scripted drive does to the window: it switches the trigger, and stops at its end."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from gazeattack.live.frame_result import FrameResult
from gazeattack.live.settings import TriggerMode
from gazeattack.synthetic.drive import DRIVE
from gazeattack.ui.pages.driver.caption import END_S
from gazeattack.ui.session import SourceInfo


class DriveScript(QObject):
    """Follows the frames' own time.

    mode_requested carries the TriggerMode that the drive wants from now on; in between the person may choose another.
    pause_requested: the drive has come to its end.
    """

    mode_requested = Signal(object)
    pause_requested = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source = SourceInfo()
        self._on: bool | None = None
        self._held = False

    def set_source(self, source: SourceInfo) -> None:
        """Start again with every source that is opened."""
        if source.opened != self._source.opened:
            self._on = None
        self._source = source

    def step(self, result: FrameResult, *, watched: bool) -> None:
        """Follow a result; watched: the Driver page is shown, and only there does the drive switch and pause."""
        if not self._source.scripted or not watched:
            self._on = None
            return
        if not self._held and result.t % DRIVE.duration >= DRIVE.duration - END_S:
            self._held = True
            self.pause_requested.emit()
        on = DRIVE.trigger_on(result.t)
        if on != self._on:
            self._on, self._held = on, False
            self.mode_requested.emit(TriggerMode.BOTH if on else TriggerMode.OFF)
