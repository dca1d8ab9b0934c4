"""The main window: makes the pages and the controllers, and connects them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QLocale, QSettings
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow

from gazeattack.angles import Gaze
from gazeattack.errors import GazeAttackError
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.recorded_data import StoredItem, find_recorded_data
from gazeattack.safety.zones_file import load_zones
from gazeattack.screen.calibration_file import calibrations_folder
from gazeattack.sources.registry import SourceOption, describe_sources
from gazeattack.ui.blind_test.controller import BlindTestController
from gazeattack.ui.calibration.controller import CalibrationController
from gazeattack.ui.calibration.setup_controller import SetupController
from gazeattack.ui.measuring.controller import MeasureController, measurement_folders
from gazeattack.ui.offline.controller import OfflineController
from gazeattack.ui.pages.base import Page
from gazeattack.ui.recording.controller import RecordingController, recordings_folder
from gazeattack.ui.recording.data_dialog import DataDialog
from gazeattack.ui.session import Session
from gazeattack.ui.theme import OUTLINED, Theme, outlined_palette, palette, stylesheet
from gazeattack.ui.widgets.builders import plain_labels, wrap_tips
from gazeattack.ui.window.actions import install, menu_table, shortcut_table
from gazeattack.ui.window.appearance import SIZE, THEMES, Appearance
from gazeattack.ui.window.choices import Choices
from gazeattack.ui.window.comparison_controller import ComparisonController
from gazeattack.ui.window.connections import connect
from gazeattack.ui.window.display import Display
from gazeattack.ui.window.drive_script import DriveScript
from gazeattack.ui.window.drive_visit import DriveVisit
from gazeattack.ui.window.guide import Guide
from gazeattack.ui.window.help_dialog import show_help
from gazeattack.ui.window.key_controller import KeyController
from gazeattack.ui.window.keyboard import Keyboard
from gazeattack.ui.window.layout import WindowLayout
from gazeattack.ui.window.menu_commands import MenuCommands
from gazeattack.ui.window.opener import Opener
from gazeattack.ui.window.page_list import Pages
from gazeattack.ui.window.playback import Playback
from gazeattack.ui.window.preferences import Preferences
from gazeattack.ui.window.presentation import Presentation
from gazeattack.ui.window.screenshot import pictures_folder, save_picture
from gazeattack.ui.window.session_controller import SessionController
from gazeattack.ui.window.strength_sweep import StrengthSweep


class MainWindow(QMainWindow):
    """The window of a live session.

    Args:
        session: yields results and takes orders.
        settings: what is remembered from one start to the next.
        pictures: where screenshots go; None: the person's pictures folder.
        calibrations: where calibrations are kept; None: the person's data folder.
        sources: what the source picker offers.
    """

    def __init__(
        self,
        session: Session,
        settings: QSettings,
        *,
        pictures: Path | None = None,
        calibrations: Path | None = None,
        sources: Callable[[], Sequence[SourceOption]] = describe_sources,
    ) -> None:
        # numbers look the same in fields and in text, whatever the system's language
        QLocale.setDefault(QLocale.c())
        super().__init__()
        self.preferences = Preferences(settings)
        self._pictures, self._calibrations = pictures, calibrations
        self.pages = Pages()
        self.ui = WindowLayout(self.pages, sources)
        self.appearance = Appearance(self.preferences, self)
        self.session = SessionController(session, self)
        self.choices = Choices(self.session, self.ui, self.pages, self.preferences)
        self.comparison = ComparisonController(self.session, self.ui.compare)
        self.script = DriveScript(self)
        self.playback = Playback(self.session, self.ui, self.preferences, self.choices.retry, self)
        self.visit = DriveVisit(self.choices, self.session, self.ui, self.pages.gaze.trigger, self)
        self.display = Display(self.session, self.ui, self.pages, self.visit)
        screen = self.pages.screen
        self.choices.restore_screen()
        self.setup = SetupController(self, self.preferences, screen.reported, lambda: screen.setup)
        self.calibration = CalibrationController(self, screen.geometry_now, screen.user_name, calibrations)
        self.measuring = MeasureController(self, screen.geometry_now)
        self.blind_test = BlindTestController(self)
        self.offline = OfflineController(self)
        folder = Path(self.preferences.recordings) if self.preferences.recordings else recordings_folder()
        self.recording = RecordingController(session, self.ui.record, self.ui.replay, folder, self)
        self.setCentralWidget(self.ui.body)
        self.setStatusBar(self.ui.status_bar)
        self.keyboard = Keyboard(self, self.ui.body, self.ui.menu)
        self.commands = MenuCommands(self, self.ui, self.pages, self.preferences)
        self.guide = Guide(self.ui, self.pages, self.preferences)
        trigger = self.pages.gaze.trigger
        self.presentation = Presentation(self, trigger, self.preferences, lambda: self.shortcuts)
        self.sweep = StrengthSweep(self, self.session, lambda: trigger.scale, self.choices.configure)
        self.keys = KeyController(self, trigger)
        self.opener = Opener(self, self.choices, self.pages.driver, self.keys, self.preferences)
        self.ui.add_submenu(self.opener.menu)
        parts = (self.opener, self.ui, self.pages, self.calibration)
        helpers = (self.playback, self.guide, self.presentation, self.sweep)
        measuring, blind_test, offline = self.measuring, self.blind_test, self.offline
        for entry in menu_table(
            self, self.commands, self.keys, *parts, measuring, blind_test, offline, *helpers, self.preferences
        ):
            if entry is None:
                self.ui.add_line_to_menu()
            else:
                self.ui.add_to_menu(entry.title, entry.callback, entry.checked)
        screens = self.presentation.screens()
        self.ui.add_choice_to_menu("Presentation screen", screens, screens[0][1], self.presentation.choose_screen)
        self.ui.add_choice_to_menu("Theme", THEMES, self.preferences.theme, self.appearance.choose)
        self.shortcuts = shortcut_table(
            self, *parts, self.recording, self.keyboard, self.presentation, self.choices.guard
        )
        install(self.shortcuts, self, lambda: self.page)
        plain_labels(self)
        wrap_tips(self)
        self.setWindowTitle("gazeattack: what a backdoor does to a gaze estimator")
        self.setMinimumSize(1000, 640)
        connect(self)
        self._restore()
        self.session.start()

    def _restore(self) -> None:
        self.display.show_tab(0)
        self.resize(SIZE)
        if self.preferences.geometry is not None:
            self.restoreGeometry(self.preferences.geometry)
        self.choices.restore_trigger()
        self.pages.gaze.crops.show_landmarks(self.preferences.landmarks)
        self.appearance.apply()
        self.choices.configure()

    def use_defaults(self) -> None:
        """Go back to the defaults: every setting was forgotten."""
        self.choices.restore_screen()
        self.recording.use_folder(recordings_folder())
        self.pages.driver.use_zones(load_zones())
        self.calibration.load()
        self.appearance.apply()
        self.resize(SIZE)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102 - an event of Qt
        for controller in (self.calibration, self.measuring, self.blind_test, self.offline):
            controller.close()
        self.pages.screen.close_full_screen()
        self.presentation.leave()
        self.recording.stop()
        self.preferences.geometry = self.saveGeometry()
        self.preferences.save()
        self.session.stop()
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - an event of Qt
        super().resizeEvent(event)
        self.appearance.fit(self.size())

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Change the colours and the size of text."""
        # the whole application's, so that dialogs and menus follow
        QApplication.setPalette(palette(theme))
        for name in OUTLINED:
            # the stub asks for bytes, which the call refuses
            QApplication.setPalette(outlined_palette(theme), name)  # type: ignore[arg-type]
        self.setStyleSheet(stylesheet(theme, scale))
        for page in self.pages:
            page.set_theme(theme, scale)
        for follower in (
            self.calibration,
            self.measuring,
            self.blind_test,
            self.offline,
            self.presentation,
            self.sweep,
        ):
            follower.set_theme(theme)

    @property
    def page(self) -> Page:
        """The page that is shown."""
        return self.display.page

    @property
    def painted(self) -> int:
        """Results painted since the start, on every page."""
        return self.display.painted

    def configure(self) -> None:
        """Hand the session what is chosen here."""
        self.choices.configure()

    def open_source(self, spec: str, *, remember: bool = True) -> None:
        """Open a source; remember: the next start opens it, too."""
        self.choices.open_source(spec, remember=remember)

    def use_bundle(self, name: str) -> None:
        """Load a model and remember it."""
        self.choices.use_bundle(name)

    def refresh(self) -> None:
        """Bring switches, numbers and text in line with the last result, however it came."""
        self.display.refresh()

    def show_result(self, result: FrameResult) -> None:
        """Hand a result to everything that follows the frames."""
        self.script.step(result, watched=self.page is self.pages.driver)
        self.display.take(result)
        for follower in (self.setup, self.calibration, self.measuring, self.blind_test):
            follower.step(result)

    def steer(self, gaze: Gaze | None) -> None:
        """Let a synthetic subject follow the mouse, where nothing else steers it."""
        steered = self.calibration.dialog is not None or self.measuring.running
        if self.session.source.steerable and self.ui.follow.isChecked() and not steered:
            self.session.glance_at(gaze)

    def show_message(self, text: str) -> None:
        """A passing message in the status bar."""
        self.ui.status_bar.showMessage(text, 8000)
        self.presentation.show_message(text)

    def show_warning(self, text: str) -> None:
        """A sentence that stays until it is dismissed."""
        self.ui.banner.show_warning(text)

    def save_screenshot(self) -> Path | None:
        """Save a screenshot; a message shows where, or why not."""
        try:
            path = save_picture(self, self._pictures or pictures_folder())
        except GazeAttackError as error:
            self.show_message(str(error))
            return None
        self.show_message(f"Screenshot saved: {path}")
        return path

    def show_data(self) -> None:
        """Show what is stored about a person on this machine."""
        places = self.recording.folder, self._pictures or pictures_folder(), self._calibrations or calibrations_folder()

        def find() -> list[StoredItem]:
            found = find_recorded_data(*places, measurement_folders())
            return [item for item in found if item.path != self.recording.writing]

        DataDialog(find, self).open()

    def show_help(self) -> None:
        """Show the shortcuts."""
        show_help(self, self.shortcuts)

    def toggle_full_screen(self) -> None:
        """Fill the screen or come back: with the points alone on the Screen page, else with the window."""
        screen = self.pages.screen
        if self.page is screen or screen.full_screen is not None:
            screen.toggle_full_screen()
        elif self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def leave_full_screen(self) -> None:
        """Come back from the full screen, and leave a button or field."""
        self.guide.close()
        self.keyboard.leave()
        if self.isFullScreen():
            self.showNormal()
