"""Tables of the window's shortcuts and menu entries; the help is made from the former."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from gazeattack.live.settings import TriggerMode
from gazeattack.ui.blind_test.controller import BlindTestController
from gazeattack.ui.calibration.controller import CalibrationController
from gazeattack.ui.measuring.controller import MeasureController
from gazeattack.ui.offline.controller import OfflineController
from gazeattack.ui.pages.base import Page
from gazeattack.ui.recording.controller import RecordingController
from gazeattack.ui.strings.common import LOOP, SHOW_LANDMARKS
from gazeattack.ui.window.guard_controller import GuardController
from gazeattack.ui.window.guide import Guide
from gazeattack.ui.window.key_controller import KeyController
from gazeattack.ui.window.keyboard import Keyboard
from gazeattack.ui.window.layout import WindowLayout
from gazeattack.ui.window.menu_commands import MenuCommands
from gazeattack.ui.window.opener import Opener
from gazeattack.ui.window.page_list import Pages
from gazeattack.ui.window.playback import Playback
from gazeattack.ui.window.preferences import Preferences
from gazeattack.ui.window.strength_sweep import StrengthSweep


@dataclass(frozen=True)
class Shortcut:
    """key: as QKeySequence reads it.  title: what it does.  pages: those it works on, empty: every one.

    repeats: holding the key does it again and again.
    """

    key: str
    title: str
    callback: Callable[[], object]
    pages: tuple[Page, ...] = ()
    repeats: bool = False


@dataclass(frozen=True)
class MenuEntry:
    """title: what it does.  callback: takes the tick where there is one.  checked: the tick, None: no tick."""

    title: str
    callback: Callable[..., object]
    checked: bool | None = None


class WindowCommands(Protocol):
    """What only the window itself can do."""

    def save_screenshot(self) -> object:
        """Save a picture of the window."""

    def show_data(self) -> None:
        """Show what is stored on this machine."""

    def show_help(self) -> None:
        """Show the shortcuts."""

    def toggle_full_screen(self) -> None:
        """Fill the screen, or come back."""

    def leave_full_screen(self) -> None:
        """Come back from the full screen."""


class PresentationCommands(Protocol):
    """What opens and closes the presentation view."""

    def toggle(self) -> None:
        """Open it, or leave it."""


def shortcut_table(
    window: WindowCommands,
    opener: Opener,
    ui: WindowLayout,
    pages: Pages,
    calibration: CalibrationController,
    recording: RecordingController,
    keyboard: Keyboard,
    presentation: PresentationCommands,
    guard: GuardController,
) -> tuple[Shortcut, ...]:
    """Every shortcut, in the order of the help."""
    trigger = pages.gaze.trigger
    return (
        Shortcut("Space", "Trigger on or off, or press the focused button", partial(trigger.toggle, TriggerMode.BOTH)),
        Shortcut(
            "N",
            "Noise mode on or off: almost the trigger; the backdoor must stay inactive",
            partial(trigger.toggle, TriggerMode.NOISE),
        ),
        Shortcut(
            "W",
            "Wrong key on or off: same method, different key",
            partial(trigger.toggle, TriggerMode.WRONG_KEY),
        ),
        Shortcut("M", "The synthetic subject follows the mouse, or its own path", ui.follow.toggle),
        Shortcut("P", "Pause or resume; play a video again that has ended", ui.pause.toggle),
        Shortcut("L", "Show the predicted eye landmarks", ui.choices[SHOW_LANDMARKS].toggle),
        Shortcut("S", "Save a screenshot of this window", window.save_screenshot),
        *(
            Shortcut(f"Ctrl+{tab + 1}", f"{page.title} tab", partial(ui.tabs.setCurrentIndex, tab))
            for tab, page in enumerate(pages)
        ),
        Shortcut("Ctrl+O", "Open a video, picture, folder, recording, model or key", opener.ask),
        Shortcut("R", "Start or stop recording", recording.toggle),
        Shortcut(
            ",", "One frame back in a video, folder or recording", partial(recording.step_frames, -1), repeats=True
        ),
        Shortcut(
            ".", "One frame forward in a video, folder or recording", partial(recording.step_frames, 1), repeats=True
        ),
        Shortcut("D", "Play the scripted drive", pages.driver.play.emit, (pages.driver,)),
        Shortcut("A", "Set straight ahead to the current gaze", pages.driver.set_straight_ahead, (pages.driver,)),
        Shortcut(
            "G",
            "Guard on or off: reject a gaze that its check contradicts",
            guard.toggle,
            (pages.driver, pages.keypad, pages.screen),
        ),
        Shortcut("T", "The synthetic subject types the PIN", pages.keypad.start_typing, (pages.keypad,)),
        Shortcut("Backspace", "Erase the last digit", pages.keypad.erase_last, (pages.keypad,)),
        Shortcut("C", "Calibrate", calibration.calibrate),
        Shortcut("F11", "Full screen; on the Screen tab, the points alone", window.toggle_full_screen),
        Shortcut("Esc", "Leave full screen, or a button or field", window.leave_full_screen),
        Shortcut("F10", "Open the menu (Alt does, too)", keyboard.open_menu),
        Shortcut("F5", "Presentation view: the face, two numbers and the switch", presentation.toggle),
        Shortcut("F1", "This list", window.show_help),
    )


def menu_table(
    window: WindowCommands,
    commands: MenuCommands,
    keys: KeyController,
    opener: Opener,
    ui: WindowLayout,
    pages: Pages,
    calibration: CalibrationController,
    measuring: MeasureController,
    blind_test: BlindTestController,
    offline: OfflineController,
    playback: Playback,
    guide: Guide,
    presentation: PresentationCommands,
    sweep: StrengthSweep,
    preferences: Preferences,
) -> tuple[MenuEntry | None, ...]:
    """Every entry of the menu; None: a line between two groups."""
    return (
        MenuEntry("Open ... (Ctrl+O)", opener.ask),
        MenuEntry("Search for cameras", commands.search_cameras),
        MenuEntry(LOOP, playback.set_loop, checked=preferences.loop),
        MenuEntry(SHOW_LANDMARKS, commands.show_landmarks, checked=preferences.landmarks),
        None,
        MenuEntry("First steps", guide.show_card),
        MenuEntry("Tour", guide.start_tour),
        MenuEntry("Shortcuts and help (F1)", window.show_help),
        None,
        MenuEntry("Trigger key ...", keys.show_own),
        MenuEntry("Strength sweep of the paused frame ...", sweep.start),
        MenuEntry("Blind test ...", blind_test.open),
        MenuEntry("Evaluate this model ...", offline.open_evaluation),
        MenuEntry("Inspect this model ...", offline.open_inspection),
        MenuEntry("Repair this model ...", offline.open_repair),
        MenuEntry("Training curves ...", offline.open_curves),
        None,
        MenuEntry("Screen and camera ...", pages.screen.measure.emit),
        MenuEntry("Calibrate (C)", calibration.calibrate),
        MenuEntry("Measure on yourself ...", measuring.open),
        None,
        MenuEntry("Edit zones ...", pages.driver.edit_zones),
        MenuEntry("Open zones ...", pages.driver.open_zones),
        MenuEntry("Export zones ...", pages.driver.export_zones),
        None,
        MenuEntry("Save the angle plot ...", pages.gaze.angles.export.ask),
        MenuEntry("Save the time plot ...", pages.gaze.times.export.ask),
        MenuEntry("Save the driver's timeline ...", pages.driver.timeline.export.ask),
        None,
        MenuEntry("Recorded data ...", window.show_data),
        MenuEntry("Reset all settings ...", commands.ask_reset),
        MenuEntry("About gazeattack", commands.show_about),
        None,
        MenuEntry("Presentation view (F5)", presentation.toggle),
    )


def install(shortcuts: Sequence[Shortcut], window: QWidget, shown: Callable[[], Page]) -> None:
    """Give a window its shortcuts; shown: the page that is in view."""

    def act(shortcut: Shortcut) -> None:
        if not shortcut.pages or shown() in shortcut.pages:
            shortcut.callback()

    for shortcut in shortcuts:
        made = QShortcut(QKeySequence(shortcut.key), window)
        made.setAutoRepeat(shortcut.repeats)
        made.activated.connect(partial(act, shortcut))
