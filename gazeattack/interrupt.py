"""Ctrl-C, kill and a closed terminal, at any moment of a command: while it starts, while it works, and at its end."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

# Ctrl-C, kill, and a terminal that was closed or an SSH connection that was lost; Windows has no SIGHUP
STOPPING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))


class Terminated(KeyboardInterrupt):
    """A signal other than Ctrl-C; it ends a command in the same way, with an exit code of its own.

    number: the signal's.
    """

    def __init__(self, number: int = signal.SIGTERM) -> None:
        super().__init__()
        self.number = number


def exit_code(stop: KeyboardInterrupt) -> int:
    """The exit code of a command that was interrupted, as a shell gives it: 130 after Ctrl-C, 143 after kill."""
    return 128 + (stop.number if isinstance(stop, Terminated) else signal.SIGINT)


def interruption(number: int) -> KeyboardInterrupt:
    """The exception of a signal."""
    return KeyboardInterrupt() if number == signal.SIGINT else Terminated(number)


def exit_at_once() -> None:
    """From now on, let a signal end the process within the handler.

    For the imports before the work and for the interpreter's end after it: nothing is open then, and an exception would
    surface as a traceback of whatever is being imported.
    """
    for number in _usable():
        signal.signal(number, _exit)


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Within it, the first signal raises KeyboardInterrupt (Ctrl-C) or Terminated, and the next ends the process."""

    def stop(number: int, frame: FrameType | None) -> None:
        for each in _usable():
            signal.signal(each, _exit)
        raise interruption(number)

    with _handlers(stop):
        yield


class Interrupt:
    """A context in which the first signal only sets `asked`; a second one of the same kind raises KeyboardInterrupt.

    Outside the main thread, where Python receives no signals, it does nothing.  A signal that was ignored before,
    such as SIGHUP under nohup, stays ignored.

    Args:
        signals: the signals to catch; SIGINT (Ctrl-C) by default.
        message: printed when the first signal arrives.
    """

    def __init__(self, *signals: signal.Signals, message: str = "") -> None:
        self.number: int | None = None
        self._signals = signals or (signal.SIGINT,)
        self._message = message

    @property
    def asked(self) -> bool:
        """Whether a signal has arrived."""
        return self.number is not None

    @property
    def name(self) -> str | None:
        """The name of the signal that has arrived, such as SIGTERM."""
        return None if self.number is None else signal.Signals(self.number).name

    def check(self) -> None:
        """Raise KeyboardInterrupt or Terminated if a signal has arrived."""
        if self.number is not None:
            raise interruption(self.number)

    def __enter__(self) -> Interrupt:
        self._stack = contextlib.ExitStack()
        self._stack.enter_context(_handlers(self._remember, self._signals))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _remember(self, number: int, frame: FrameType | None) -> None:
        # of another kind it is the same wish: torchrun follows Ctrl-C with SIGTERM
        if self.number == number:
            raise interruption(number)
        if self.number is None and self._message:
            # print() is not safe in a handler: it may interrupt a print
            with contextlib.suppress(OSError, ValueError):
                os.write(sys.stderr.fileno(), f"{self._message}\n".encode())
        self.number = self.number or number


def _usable(signals: tuple[signal.Signals, ...] = STOPPING) -> list[signal.Signals]:
    if threading.current_thread() is not threading.main_thread():
        return []
    return [number for number in signals if signal.getsignal(number) is not signal.SIG_IGN]


@contextlib.contextmanager
def _handlers(handler: object, signals: tuple[signal.Signals, ...] = STOPPING) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in _usable(signals)}  # type: ignore[arg-type]
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


def _exit(number: int, frame: FrameType | None) -> None:
    os._exit(128 + number)
