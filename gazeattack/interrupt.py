"""Ctrl-C that takes effect at a safe moment: the end of a training step, or of a frame."""

from __future__ import annotations

import signal
import threading
from types import FrameType


class Interrupt:
    """A context in which the first signal only sets `asked`; a second one raises KeyboardInterrupt.

    Outside the main thread, where Python receives no signals, it does nothing.  A signal that was ignored before,
    such as SIGHUP under nohup, stays ignored.

    Args:
        signals: the signals to catch; SIGINT (Ctrl-C) by default.
        message: printed when the first signal arrives.
    """

    def __init__(self, *signals: signal.Signals, message: str = "") -> None:
        self.asked = False
        self._signals = signals or (signal.SIGINT,)
        self._message = message

    def __enter__(self) -> Interrupt:
        usable = threading.current_thread() is threading.main_thread()
        wanted = [n for n in self._signals if usable and signal.getsignal(n) is not signal.SIG_IGN]
        self._before = {number: signal.signal(number, self._remember) for number in wanted}
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
