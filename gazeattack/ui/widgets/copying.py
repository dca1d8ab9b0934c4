"""Copying what a widget shows: by its context menu, and by Ctrl+C where it has the focus."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QWidget


def make_copyable(widget: QWidget, text: Callable[[], str] | None = None) -> None:
    """Let a person copy a widget's text; None: its accessible name, which has caption and value."""
    add_action(widget, "Copy", QKeySequence(QKeySequence.StandardKey.Copy), lambda: _copy(widget, text))


def add_action(widget: QWidget, title: str, key: QKeySequence, callback: Callable[[], object]) -> None:
    """One more line of a widget's context menu; Tab reaches the widget, and the key works while it has the focus."""
    action = QAction(title, widget)
    action.setShortcut(key)
    action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    action.triggered.connect(lambda _=False: callback())
    widget.addAction(action)
    widget.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
    widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)


def _copy(widget: QWidget, text: Callable[[], str] | None) -> None:
    QGuiApplication.clipboard().setText(widget.accessibleName() if text is None else text())
