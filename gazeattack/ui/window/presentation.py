"""The presentation view: the face with both arrows, two numbers and the switch, on a screen of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeySequence, QResizeEvent, QScreen, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gazeattack.live.frame_result import FrameResult
from gazeattack.live.settings import TriggerMode
from gazeattack.ui.pages.gaze.trigger_panel import TriggerPanel
from gazeattack.ui.pages.gaze.values import gaze_values, is_attack
from gazeattack.ui.strings import tips
from gazeattack.ui.strings.common import CHIP, CHIP_TIP
from gazeattack.ui.theme import LIGHT, Theme, stylesheet
from gazeattack.ui.widgets.builders import button, plain_labels, wrap_tips
from gazeattack.ui.widgets.camera_view import CameraView
from gazeattack.ui.widgets.readout import Readout
from gazeattack.ui.window.actions import Shortcut
from gazeattack.ui.window.preferences import Preferences

NUMBERS_S = 0.1
MESSAGE_MS = 8000
# these keys write files, so they wait for U
LOCKED = ("R", "S")
HELP = "Space: trigger · N: noise mode · W: wrong key · P: pause · Esc: leave"
UNLOCKED = "R (record) and S (screenshot) are unlocked. Press U to lock them."
# keys of the window that work here, too
_KEYS = ("Space", "N", "W", "M", "P", *LOCKED)


class PresentationView(QWidget):
    """Fills a screen.  left: the person wants out."""

    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle("gazeattack: presentation")
        self._theme = LIGHT
        self.camera = CameraView()
        self.changed = Readout("Mean pixel change", tips.CHANGED, hero=True)
        self.moved = Readout("Gaze moved by", tips.MOVED, hero=True)
        self.switch = button("", checkable=True, tip=CHIP_TIP)
        self.switch.setObjectName("trigger")
        self.switch.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.note = QLabel(HELP)
        self.note.setObjectName("dim")
        side = QVBoxLayout()
        side.setSpacing(16)
        for widget, share in ((self.changed, 3), (self.moved, 4), (self.switch, 3)):
            policy = widget.sizePolicy()
            policy.setVerticalPolicy(policy.Policy.Expanding)
            widget.setSizePolicy(policy)
            side.addWidget(widget, share)
        row = QHBoxLayout()
        row.setSpacing(20)
        row.addWidget(self.camera, 62)
        row.addLayout(side, 38)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 8)
        column.addLayout(row, 1)
        column.addWidget(self.note)
        plain_labels(self)
        wrap_tips(self)

    def set_theme(self, theme: Theme) -> None:
        """Change the colours; text grows with the screen."""
        self._theme = theme
        scale = max(1.0, min(self.width() / 1280, self.height() / 720))
        self.setStyleSheet(
            f"PresentationView {{ background: {theme.window}; }} {stylesheet(theme, scale)} "
            f"#trigger {{ font-size: {42 * scale:.0f}px; }}"
        )
        for widget in (self.camera, self.changed, self.moved):
            widget.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - an event of Qt
        super().resizeEvent(event)
        self.set_theme(self._theme)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102 - an event of Qt
        # closed by the window system
        if event.spontaneous():
            self.left.emit()

    def show_mode(self, mode: TriggerMode) -> None:
        """Show the trigger's state on the switch."""
        self.switch.setChecked(mode is not TriggerMode.OFF)
        self.switch.setText(CHIP[mode])


class Presentation(QObject):
    """Opens and closes the view, and keeps its keys.

    Args:
        window: the main window.
        trigger: whose switch it repeats.
        preferences: which screen was chosen.
        shortcuts: of the window, known once the view opens.
    """

    def __init__(
        self,
        window: QWidget,
        trigger: TriggerPanel,
        preferences: Preferences,
        shortcuts: Callable[[], Sequence[Shortcut]],
    ) -> None:
        super().__init__(window)
        self._window, self._trigger, self._preferences, self._shortcuts = window, trigger, preferences, shortcuts
        self._theme = LIGHT
        self._numbers_at = 0.0
        self.locked = True
        self.view: PresentationView | None = None
        self._passing = QTimer(self, interval=MESSAGE_MS, singleShot=True)
        self._passing.timeout.connect(self._show_help)

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self._theme = theme
        if self.view is not None:
            self.view.set_theme(theme)

    def toggle(self) -> None:
        """Open the view, or leave it."""
        if self.view is not None:
            self.leave()
            return
        self.locked = True
        view = self.view = PresentationView(self._window)
        view.left.connect(self.leave)
        view.switch.clicked.connect(partial(self._trigger.toggle, TriggerMode.BOTH))
        self._trigger.mode_changed.connect(view.show_mode)
        view.show_mode(self._trigger.mode)
        view.set_theme(self._theme)
        self._install(view)
        # also where no window manager would do it
        view.setGeometry(self.screen().geometry())
        view.showFullScreen()
        view.activateWindow()
        view.setFocus()

    def leave(self) -> None:
        """Close the view, if it is open."""
        view, self.view = self.view, None
        if view is not None:
            self._trigger.mode_changed.disconnect(view.show_mode)
            view.close()
            view.deleteLater()
            self._window.activateWindow()

    def screen(self) -> QScreen:
        """The screen that was chosen, else one that the window is not on, else the window's."""
        return self._by_preference()[0]

    def screens(self) -> list[tuple[str, str]]:
        """(title, name) of every screen, the one that the view would fill first."""
        return [
            (f"{each.name()}, {each.size().width()} × {each.size().height()}", each.name())
            for each in self._by_preference()
        ]

    def _by_preference(self) -> list[QScreen]:
        screens, own = QGuiApplication.screens(), self._window.screen()
        chosen = self._preferences.presentation_screen
        return sorted(screens, key=lambda screen: (screen.name() != chosen, screen is own))

    def choose_screen(self, name: str) -> None:
        """Remember a screen for the view; an open view moves there."""
        self._preferences.presentation_screen = name
        if self.view is not None:
            self.view.setGeometry(self.screen().geometry())

    def step(self, result: FrameResult) -> None:
        """Show a result."""
        view = self.view
        if view is None:
            return
        view.camera.show_result(result)
        now = time.monotonic()
        if now - self._numbers_at < NUMBERS_S:
            return
        self._numbers_at = now
        values = gaze_values(result)
        view.changed.set_value(values.changed)
        attack = self._trigger.activates and is_attack(result.settings)
        view.moved.set_value(values.moved, strong=attack and values.moved is not None)

    def show_message(self, text: str) -> None:
        """Repeat a message of the window."""
        if self.view is not None:
            self.view.note.setText(text)
            self._passing.start()

    def _show_help(self) -> None:
        """After a message: the keys again."""
        if self.view is not None:
            self.view.note.setText(HELP if self.locked else UNLOCKED)

    def toggle_lock(self) -> None:
        """Let the keys that write files work, or not."""
        self.locked = not self.locked
        self._show_help()

    def _install(self, view: PresentationView) -> None:
        keys = {each.key: each for each in self._shortcuts()}
        own = {"Esc": self.leave, "F5": self.leave, "U": self.toggle_lock}
        for name in (*_KEYS, *own):
            made = QShortcut(QKeySequence(name), view)
            made.setAutoRepeat(False)
            made.activated.connect(own.get(name) or partial(self._act, keys[name]))

    def _act(self, shortcut: Shortcut) -> None:
        if self.locked and shortcut.key in LOCKED:
            self.show_message(f"{shortcut.key} writes a file and is locked here. Press U to unlock it.")
        else:
            shortcut.callback()
