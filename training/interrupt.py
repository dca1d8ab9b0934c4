"""Ctrl-C that waits for the end of a training step, so that a checkpoint never holds half a step."""

from __future__ import annotations

import signal
import threading
from types import FrameType


class Interrupt:
    """Used as a context: inside it, ctrl-C only sets `asked`; a second ctrl-C stops at once."""

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> Interrupt:
        self._usable = threading.current_thread() is threading.main_thread()
        if self._usable:
            self._before = signal.signal(signal.SIGINT, self._remember)
        return self

    def __exit__(self, *_: object) -> None:
        if self._usable:
            signal.signal(signal.SIGINT, self._before)

    def _remember(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        print("Stopping after this step; ctrl-C again stops at once.", flush=True)
