"""Ctrl-C that waits for a good moment: the end of a training step, or of a frame."""

from __future__ import annotations

import signal
import threading
from types import FrameType


class Interrupt:
    """Used as a context: inside it, the first signal only sets `asked`; a second one stops at once.

    signals: those that ask; ctrl-C by default.  message: printed when the first comes.  Outside the main thread,
    where Python takes no signals, nothing is asked.
    """

    def __init__(self, *signals: signal.Signals, message: str = "") -> None:
        self.asked = False
        self._signals = signals or (signal.SIGINT,)
        self._message = message

    def __enter__(self) -> Interrupt:
        usable = threading.current_thread() is threading.main_thread()
        self._before = {number: signal.signal(number, self._remember) for number in self._signals if usable}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _remember(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        if self._message:
            print(self._message, flush=True)
