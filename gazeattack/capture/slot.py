"""Passes the newest item from one thread to another; items not taken in time are dropped and counted."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class LatestSlot(Generic[T]):
    """A queue of length one.  A new item replaces the old one, so a slow consumer lags by one item at most."""

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._item: T | None = None
        self._full = False
        self._closed = False
        self._dropped = 0

    def put(self, item: T) -> None:
        """Store `item`; an item that still waits is replaced and counted as dropped.  Ignored once closed."""
        with self._changed:
            if self._closed:
                return
            self._dropped += self._full
            self._item, self._full = item, True
            self._changed.notify()

    def take(self, timeout: float | None = None) -> T | None:
        """Remove and return the item.

        Args:
            timeout: seconds to wait for one; None waits until there is one.

        Returns:
            The item; None after the timeout, or at once when the slot is closed and empty.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._full or self._closed, timeout)
            item, self._item, self._full = self._item, None, False
            return item

    def close(self) -> None:
        """Accept no more items and wake every waiting thread.  Safe to call twice."""
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
        """Number of items that were replaced before they were taken."""
        with self._changed:
            return self._dropped
