"""The keyboard's rules: which keys belong to the focused widget, and where the focus goes back to."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMainWindow,
    QMenu,
    QToolButton,
    QWidget,
)

from gazeattack.ui.widgets.ring import FocusRing

_PRESS = {Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter}
_ENTER = {Qt.Key.Key_Return, Qt.Key.Key_Enter}
_FIELDS = QLineEdit | QAbstractSpinBox
_OWN_SPACE = QAbstractButton | QComboBox | QAbstractItemView | _FIELDS


class Keyboard(QObject):
    """Watches the keys that the focused widget leaves to the window.

    Space and Enter press the focused button; elsewhere Space is the trigger's shortcut.  Enter ends a field's entry,
    and the focus goes back to the page, so that Space is the trigger again.  Buttons and lists take the focus by Tab
    alone, so a click does not change what Space does.  F10, Alt, and Enter on its button open the menu; Down opens the
    menu of any button that has one.

    Args:
        window: with every widget in place.
        home: its central widget.
        menu: the menu's button.
    """

    def __init__(self, window: QMainWindow, home: QWidget, menu: QToolButton) -> None:
        super().__init__(window)
        self._home, self._menu = home, menu
        self._alt = False
        self._home.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._home.setFocus()
        self.ring = FocusRing(self._home)
        for button in window.findChildren(QAbstractButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for box in window.findChildren(QComboBox):
            box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            box.activated.connect(self.leave)
        for tool in window.findChildren(QToolButton):
            # a button moves the focus by this key before the window hears of it
            tool.installEventFilter(self)
        window.installEventFilter(self)

    def leave(self) -> None:
        """Give the focus back to the page."""
        self._home.setFocus()

    def open_menu(self) -> None:
        """Open the menu with its first entry chosen."""
        _open(self._menu)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102 - an event of Qt
        kind = event.type()
        if isinstance(watched, QToolButton):
            return kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and _opens(watched, event)
        if kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.key() in _PRESS and _owns_space(QApplication.focusWidget()):
                event.accept()
                return True
        elif kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            self._alt = event.key() == Qt.Key.Key_Alt
            return self._pressed(event)
        elif kind == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            alone, self._alt = self._alt and event.key() == Qt.Key.Key_Alt, False
            if alone:
                self.open_menu()
                return True
        elif kind == QEvent.Type.WindowDeactivate:
            # Alt+Tab leaves for another window
            self._alt = False
        return False

    def _pressed(self, event: QKeyEvent) -> bool:
        focused = QApplication.focusWidget()
        if event.key() not in _ENTER or event.isAutoRepeat():
            return False
        if isinstance(focused, QToolButton) and focused.popupMode() is QToolButton.ToolButtonPopupMode.InstantPopup:
            _open(focused)
        elif isinstance(focused, QAbstractButton):
            focused.click()
        elif isinstance(focused, QComboBox):
            focused.showPopup()
        elif isinstance(focused, _FIELDS):
            self.leave()
        else:
            return False
        return True


def _owns_space(focused: QWidget | None) -> bool:
    return isinstance(focused, _OWN_SPACE)


def _opens(button: QToolButton, event: QKeyEvent) -> bool:
    if event.key() != Qt.Key.Key_Down or button.menu() is None:
        return False
    _open(button)
    return True


def _open(button: QToolButton) -> None:
    menu: QMenu = button.menu()
    menu.popup(button.mapToGlobal(QPoint(0, button.height())))
    first = next((entry for entry in menu.actions() if entry.isEnabled() and not entry.isSeparator()), None)
    if first is not None:
        menu.setActiveAction(first)
