"""Undo and redo of changes of a layout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QUndoCommand

from gazeattack.safety.zones import Zones


@dataclass(frozen=True)
class Edited:
    """A layout, and the number of the zone that is chosen in it."""

    zones: Zones
    chosen: int


class ZonesCommand(QUndoCommand):
    """One step from a layout to another.

    Args:
        title: what was done.
        before, after: the layouts.
        apply: shows a layout.
        merge: steps in a row with the same key become one, such as presses of an arrow; "": never.
    """

    def __init__(
        self, title: str, before: Edited, after: Edited, apply: Callable[[Edited], None], merge: str = ""
    ) -> None:
        super().__init__(title)
        self._before, self._after, self._apply, self._merge = before, after, apply, merge

    def id(self) -> int:  # noqa: D102 - a method of Qt
        return 1 if self._merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:  # noqa: D102 - a method of Qt
        if not isinstance(other, ZonesCommand) or other._merge != self._merge or not self._merge:
            return False
        self._after = other._after
        return True

    def undo(self) -> None:  # noqa: D102 - a method of Qt
        self._apply(self._before)

    def redo(self) -> None:  # noqa: D102 - a method of Qt
        self._apply(self._after)
