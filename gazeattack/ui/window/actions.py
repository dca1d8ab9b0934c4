"""Which button, key and menu entry does what."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut

from gazeattack.live.settings import TriggerMode
from gazeattack.ui.strings.common import CHIP, CHIP_TIP, LOCATED, LOOP, OTHER_CHIP
from gazeattack.ui.strings.triggers import fresh_title
from gazeattack.ui.widgets.pickers import DRIVE_SPEC, SYNTHETIC
from gazeattack.ui.window.help_dialog import show_help
from gazeattack.ui.window.layout import DRIVER, KEYPAD, TABS

if TYPE_CHECKING:
    from gazeattack.ui.window.main_window import MainWindow


def connect(window: MainWindow) -> None:
    """Connect the window's panels, its menu and its keys."""
    panels = window.panels
    trigger = panels.trigger
    trigger.mode_changed.connect(lambda _: window.configure())
    trigger.attack_changed.connect(window.choose_attack)
    trigger.strength_changed.connect(window.choose_strength)
    for changed in (trigger.mode_changed, trigger.attack_changed):
        changed.connect(lambda _: _show_chip(window))
    panels.chip.clicked.connect(partial(trigger.toggle, TriggerMode.BOTH))
    panels.source.picked.connect(window.open_source)
    panels.model.picked.connect(window.use_bundle)
    panels.banner.retry.connect(window.retry)
    panels.banner.synthetic.connect(partial(window.open_source, SYNTHETIC))
    panels.pause.toggled.connect(window.set_paused)
    panels.screenshot.clicked.connect(window.save_screenshot)
    panels.follow.toggled.connect(lambda on: None if on else window.session.look_at(None))
    panels.camera.hovered.connect(window.steer)
    panels.angles.hovered.connect(window.steer)
    _connect_scenarios(window)
    QGuiApplication.styleHints().colorSchemeChanged.connect(window.apply_theme)
    panels.add_menu_entry("Shortcuts and help (F1)", partial(show_help, window))
    panels.add_menu_entry("Look for cameras again", panels.source.refresh)
    panels.add_menu_choice(LOCATED, False, panels.crops.show_marks)
    panels.add_menu_choice(LOOP, window.preferences.loop, window.choose_loop)
    panels.add_menu_entry("Calibrate (C)", window.scenarios.calibrating.calibrate)
    panels.add_menu_entry("Open zones of a car …", window.scenarios.open_zones)
    panels.add_menu_entry("Save these zones to edit them …", window.scenarios.save_zones)
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
        ("L", panels.choices[LOCATED].toggle),
        ("F1", partial(show_help, window)),
        ("F11", window.scenarios.full_screen),
        ("Esc", lambda: window.showNormal() if window.isFullScreen() else None),
        ("R", window.scenarios.toggle_recording),
        (",", partial(window.scenarios.step_frames, -1)),
        (".", partial(window.scenarios.step_frames, 1)),
        ("C", window.scenarios.calibrating.calibrate),
        ("D", lambda: window.open_source(DRIVE_SPEC) if window.scenarios.tab == DRIVER else None),
        ("G", lambda: panels.driver.guard.toggle() if window.scenarios.tab == DRIVER else None),
        ("A", lambda: panels.driver.set_straight_ahead() if window.scenarios.tab == DRIVER else None),
        ("T", lambda: panels.keypad.start_typing() if window.scenarios.tab == KEYPAD else None),
        ("Backspace", lambda: panels.keypad.erase_last() if window.scenarios.tab == KEYPAD else None),
        *((f"Ctrl+{tab + 1}", partial(panels.tabs.setCurrentIndex, tab)) for tab in range(len(TABS))),
    ):
        shortcut = QShortcut(QKeySequence(key), window)
        # holding a key runs through a recording, and nothing else
        shortcut.setAutoRepeat(key in ",.")
        shortcut.activated.connect(action)


def _connect_scenarios(window: MainWindow) -> None:
    panels, scenarios = window.panels, window.scenarios
    panels.tabs.currentChanged.connect(scenarios.show_tab)
    panels.driver.play.connect(partial(window.open_source, DRIVE_SPEC))
    panels.driver.said.connect(window.tell)
    panels.keypad.steer.connect(window.session.look_at)
    panels.points.calibrate.connect(scenarios.calibrating.calibrate)
    panels.points.changed.connect(scenarios.calibrating.screen_changed)
    panels.points.triggered.connect(partial(panels.trigger.toggle, TriggerMode.BOTH))
    panels.record.toggled_by_person.connect(scenarios.toggle_recording)
    panels.record.choose_folder.connect(scenarios.choose_recordings)
    panels.record.open_recording.connect(scenarios.open_recording)
    panels.replay.stepped.connect(scenarios.step_frames)
    panels.replay.sought.connect(scenarios.seek)
    _show_chip(window)


def _show_chip(window: MainWindow) -> None:
    """The trigger's state beside the tabs that have no switch of their own."""
    chip, mode, attack = window.panels.chip, window.panels.trigger.mode, window.panels.trigger.attack
    chip.setChecked(mode is not TriggerMode.OFF)
    # a narrow window has no room for the kind's name
    chip.setText(CHIP[mode] if attack is None or mode is not TriggerMode.BOTH else OTHER_CHIP)
    chip.setToolTip(CHIP_TIP if attack is None else f"{CHIP_TIP}: {fresh_title(attack)}")
