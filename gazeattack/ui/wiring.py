"""Which button, key and menu entry does what."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut

from gazeattack.live.settings import TriggerMode
from gazeattack.ui.help import show_help
from gazeattack.ui.pickers import SYNTHETIC

if TYPE_CHECKING:
    from gazeattack.ui.window import MainWindow


def connect(window: MainWindow) -> None:
    """Connect the window's panels, its menu and its keys."""
    panels = window.panels
    trigger = panels.trigger
    trigger.mode_changed.connect(lambda _: window.configure())
    trigger.strength_changed.connect(window.choose_strength)
    panels.source.picked.connect(window.open_source)
    panels.model.picked.connect(window.use_bundle)
    panels.banner.retry.connect(window.retry)
    panels.banner.synthetic.connect(partial(window.open_source, SYNTHETIC))
    panels.pause.toggled.connect(window.set_paused)
    panels.screenshot.clicked.connect(window.save_screenshot)
    panels.follow.toggled.connect(lambda on: None if on else window.session.look_at(None))
    panels.camera.hovered.connect(window.steer)
    panels.angles.hovered.connect(window.steer)
    QGuiApplication.styleHints().colorSchemeChanged.connect(window.apply_theme)
    panels.add_menu_entry("Shortcuts and help (F1)", partial(show_help, window))
    panels.add_menu_entry("Look for cameras again", panels.source.refresh)
    for title, name in (("Follow the system's theme", "system"), ("Light", "light"), ("Dark", "dark")):
        panels.add_menu_entry(title, partial(window.choose_theme, name))
    panels.add_menu_entry("Reset all settings", window.reset_preferences)
    for key, action in (
        ("Space", partial(trigger.toggle, TriggerMode.BOTH)),
        ("N", partial(trigger.toggle, TriggerMode.NOISE)),
        ("W", partial(trigger.toggle, TriggerMode.WRONG_KEY)),
        ("S", window.save_screenshot),
        ("P", panels.pause.toggle),
        ("M", panels.follow.toggle),
        ("F1", partial(show_help, window)),
        ("F11", lambda: window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen)),
    ):
        shortcut = QShortcut(QKeySequence(key), window)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(action)
