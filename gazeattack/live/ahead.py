"""A stage of a run that works on the next frames while the stages behind it work on this one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Generic, TypeVar

Item = TypeVar("Item")
POLL_S = 0.2  # an interrupt is noticed after this long at most


class Ahead(Generic[Item]):
    """Calls a function again and again on a thread of its own, one item ahead of who takes them, in order.

    As a context manager it starts the thread, and at the end waits for the call in progress.

    Args:
        produce: returns the next item, or None at the end.
        name: of the thread.
    """

    def __init__(self, produce: Callable[[], Item | None], name: str) -> None:
        self._produce = produce
        self._items: queue.Queue[tuple[Item | None, BaseException | None]] = queue.Queue(maxsize=1)
        self._stop = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Ahead[Item]:
        self._thread.start()
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def take(self) -> Item | None:
        """The next item; None at the end.  Raises what the function has raised in its place."""
        while not (self._ended or self._stop.is_set()):
            try:
                item, error = self._items.get(timeout=POLL_S)
            except queue.Empty:
                continue
            self._ended = item is None
            if error is not None:
                raise error
            return item
        return None

    def _run(self) -> None:
        item: Item | None = None
        while not self._stop.is_set():
            error: BaseException | None = None
            try:
                item = self._produce()
            except BaseException as raised:
                item, error = None, raised
            self._put(item, error)
            if item is None:
                return

    def _put(self, item: Item | None, error: BaseException | None) -> None:
        while not self._stop.is_set():
            try:
                self._items.put((item, error), timeout=POLL_S)
            except queue.Full:
                continue
            return
