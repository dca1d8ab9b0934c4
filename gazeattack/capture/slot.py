"""Hand the newest item from one thread to another; what was not taken in time is dropped and counted."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class LatestSlot(Generic[T]):
    """Room for one item.  The newest wins, so a slow consumer lags by one item at most and never by a queue."""

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._item: T | None = None
        self._full = False
        self._closed = False
        self._dropped = 0

    def put(self, item: T) -> None:
        """Offer `item`; one still waiting is overwritten and counted as dropped.  Ignored once closed."""
        with self._changed:
            if self._closed:
                return
            self._dropped += self._full
            self._item, self._full = item, True
            self._changed.notify()

    def take(self, timeout: float | None = None) -> T | None:
        """Remove and return the item, waiting up to `timeout` seconds (None: until there is one).

        None after the timeout, or at once when the slot is closed and empty.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._full or self._closed, timeout)
            item, self._item, self._full = self._item, None, False
            return item

    def close(self) -> None:
        """Take nothing more in and wake everyone who waits.  Safe to call twice."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        with self._changed:
            return self._closed

    @property
    def dropped(self) -> int:
        """Items that were overwritten before anyone took them."""
        with self._changed:
            return self._dropped
