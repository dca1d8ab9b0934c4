"""The main window: makes the pages and the controllers, and connects them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QLocale, QSettings
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow

from gazeattack.angles import Gaze
from gazeattack.errors import GazeAttackError
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.recorded_data import StoredItem, find_recorded_data
from gazeattack.live.session import SessionStatus
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.safety.zones_file import load_zones
from gazeattack.screen.calibration_file import calibrations_folder
from gazeattack.screen.setup import ScreenSetup
from gazeattack.sources.registry import SourceOption, describe_sources
from gazeattack.ui.blind_test.controller import BlindTestController
from gazeattack.ui.calibration.controller import CalibrationController
from gazeattack.ui.calibration.setup_controller import SetupController
from gazeattack.ui.measuring.controller import MeasureController, measurement_folders
from gazeattack.ui.offline.controller import OfflineController
from gazeattack.ui.pages.base import Page
from gazeattack.ui.recording.controller import RecordingController, recordings_folder
from gazeattack.ui.recording.data_dialog import DataDialog
from gazeattack.ui.session import SYNTHETIC, ModelInfo, Session
from gazeattack.ui.theme import Theme, palette, stylesheet
from gazeattack.ui.widgets.builders import plain_labels, wrap_tips
from gazeattack.ui.window.actions import install, menu_table, shortcut_table
from gazeattack.ui.window.appearance import SIZE, THEMES, Appearance
from gazeattack.ui.window.comparison_controller import ComparisonController
from gazeattack.ui.window.drive_script import DriveScript
from gazeattack.ui.window.drive_visit import DriveVisit
from gazeattack.ui.window.guide import Guide
from gazeattack.ui.window.help_dialog import show_help
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
        self._mode: TriggerMode | None = None
        self.pages = Pages()
        self.ui = WindowLayout(self.pages, sources)
        self.appearance = Appearance(self.preferences, self)
        self.session = SessionController(session, self)
        self.comparison = ComparisonController(self.session, self.ui.compare)
        self.script = DriveScript(self)
        self.playback = Playback(self.session, self.ui, self.preferences, self.retry, self)
        self.visit = DriveVisit(self, self.session, self.ui, self.pages.gaze.trigger, self)
        screen = self.pages.screen
        self._restore_screen()
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
        self.sweep = StrengthSweep(self, self.session, lambda: trigger.scale, self.configure)
        self.opener = Opener(self, self, self.pages.driver, self.preferences)
        self.ui.add_submenu(self.opener.menu)
        parts = (self.opener, self.ui, self.pages, self.calibration)
        helpers = (self.playback, self.guide, self.presentation, self.sweep)
        measuring, blind_test, offline = self.measuring, self.blind_test, self.offline
        for entry in menu_table(
            self, self.commands, *parts, measuring, blind_test, offline, *helpers, self.preferences
        ):
            self.ui.add_to_menu(entry.title, entry.callback, entry.checked)
        screens = self.presentation.screens()
        self.ui.add_choice_to_menu("Presentation screen", screens, screens[0][1], self.presentation.choose_screen)
        self.ui.add_choice_to_menu("Theme", THEMES, self.preferences.theme, self.appearance.choose)
        self.shortcuts = shortcut_table(self, *parts, self.recording, self.keyboard, self.presentation)
        install(self.shortcuts, self, lambda: self.page)
        plain_labels(self)
        wrap_tips(self)
        self.setWindowTitle("gazeattack: what a backdoor does to a gaze estimator")
        self.setMinimumSize(1000, 640)
        self._connect_session()
        self._connect_controllers()
        self._connect_pages()
        self._connect_layout()
        self._restore()
        self.session.start()

    def _connect_session(self) -> None:
        session = self.session
        session.sample_ready.connect(self._show_result)
        session.sample_ready.connect(self.presentation.step)
        session.sample_ready.connect(self.sweep.step)
        for follower in (
            *self.pages,
            self.setup,
            self.calibration,
            self.measuring,
            self.recording,
            self.script,
            self.visit,
        ):
            session.source_changed.connect(follower.set_source)
        session.source_changed.connect(self._show_follow)
        for model_follower in (*self.pages, self.measuring, self.blind_test, self.offline, self.opener):
            session.model_changed.connect(model_follower.set_model)
        session.model_changed.connect(self._show_model)
        session.status_changed.connect(self.recording.set_status)
        session.status_changed.connect(self.playback.set_status)
        session.status_changed.connect(self._show_status)

    def _connect_controllers(self) -> None:
        self.appearance.changed.connect(self._set_theme)
        self.script.mode_requested.connect(self.pages.gaze.trigger.set_mode)
        for controller in (self.script, self.recording):
            controller.pause_requested.connect(partial(self.ui.pause.setChecked, True))
        self.recording.source_chosen.connect(self.open_source)
        self.recording.folder_chosen.connect(partial(setattr, self.preferences, "recordings"))
        for steering in (self.calibration, self.measuring):
            steering.steer.connect(self.session.look_at)
        for follower in (self.pages.screen, self.pages.keypad, self.recording):
            self.calibration.changed.connect(follower.use_calibration)
        for teller in (self.pages.driver, self.calibration, self.recording):
            teller.message.connect(self.show_message)
            teller.warning.connect(self.show_warning)
        for warner in (self.opener, self.sweep):
            warner.warning.connect(self.show_warning)
        self.sweep.message.connect(self.show_message)
        self.commands.reset.connect(self._use_defaults)
        for told in (self.pages.keypad, self.visit, self.commands):
            told.message.connect(self.show_message)
        self.calibration.load()

    def _connect_pages(self) -> None:
        trigger = self.pages.gaze.trigger
        for changed in (
            trigger.mode_changed,
            trigger.attack_changed,
            trigger.strength_changed,
            trigger.place.picked,
        ):
            changed.connect(self.configure)
        self.pages.gaze.steer.connect(self._steer)
        self.pages.driver.play.connect(self.visit.play)
        self.pages.keypad.steer.connect(self.session.look_at)
        self.pages.screen.calibrate.connect(self.calibration.calibrate)
        self.pages.screen.changed.connect(self._change_user)
        self.pages.screen.measure.connect(self.setup.open)
        self.setup.changed.connect(self._use_setup)
        self.setup.camera.connect(self.session.use_camera)
        self.pages.screen.triggered.connect(partial(trigger.toggle, TriggerMode.BOTH))

    def _connect_layout(self) -> None:
        ui = self.ui
        ui.tabs.currentChanged.connect(self._show_tab)
        ui.chip.clicked.connect(partial(self.pages.gaze.trigger.toggle, TriggerMode.BOTH))
        ui.source.picked.connect(self.open_source)
        ui.source.browse.connect(self.opener.ask)
        ui.model.picked.connect(self.use_bundle)
        ui.banner.retry.connect(self.retry)
        ui.banner.synthetic.connect(partial(self.open_source, SYNTHETIC))
        ui.pause.toggled.connect(self.pages.keypad.set_paused)
        ui.screenshot.clicked.connect(self.save_screenshot)
        ui.follow.toggled.connect(lambda on: None if on else self.session.look_at(None))

    def _restore(self) -> None:
        self._show_tab(0)
        self.resize(SIZE)
        if self.preferences.geometry is not None:
            self.restoreGeometry(self.preferences.geometry)
        # read before the trigger is chosen, which resets it
        strength = self.preferences.strength
        self.pages.gaze.trigger.set_attack(self.preferences.attack)
        self.pages.gaze.trigger.slider.set_strength(strength)
        self.pages.gaze.crops.show_landmarks(self.preferences.landmarks)
        self.appearance.apply()
        self.configure()

    def _use_defaults(self) -> None:
        self._restore_screen()
        self.recording.use_folder(recordings_folder())
        self.pages.driver.use_zones(load_zones())
        self.calibration.load()
        self.appearance.apply()
        self.resize(SIZE)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102 - an event of Qt
        self.calibration.close()
        self.measuring.close()
        self.blind_test.close()
        self.offline.close()
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

    def _set_theme(self, theme: Theme, scale: float) -> None:
        # the whole application's, so that dialogs and menus follow
        QApplication.setPalette(palette(theme))
        self.setStyleSheet(stylesheet(theme, scale))
        for page in self.pages:
            page.set_theme(theme, scale)
        self.calibration.set_theme(theme)
        self.measuring.set_theme(theme)
        self.blind_test.set_theme(theme)
        self.offline.set_theme(theme)
        self.presentation.set_theme(theme)
        self.sweep.set_theme(theme)

    @property
    def page(self) -> Page:
        """The page that is shown."""
        return self.pages[self.ui.stack.currentIndex()]

    @property
    def painted(self) -> int:
        """Results painted since the start, on every page."""
        return sum(page.meter.count for page in self.pages)

    def _show_tab(self, tab: int) -> None:
        self.ui.stack.setCurrentIndex(tab)
        # the Gaze page has the switch itself
        self.ui.chip.setVisible(self.page is not self.pages.gaze)
        self._show_follow()
        if self.page is not self.pages.driver:
            self.visit.leave()
        elif self.visit.enter():
            return
        self.page.draw(force=True)

    def _show_follow(self) -> None:
        self.ui.follow.setVisible(self.session.source.steerable and self.page is self.pages.gaze)

    def configure(self) -> None:
        """Hand the session the mode, strength and trigger chosen here, and remember the last two."""
        trigger = self.pages.gaze.trigger
        settings = PipelineSettings(
            trigger.mode, trigger.slider.strength, attack=trigger.attack, place=trigger.place.place
        )
        self.preferences.strength, self.preferences.attack = settings.strength, settings.attack
        self.session.configure(settings)
        self.ui.show_trigger(settings.mode, settings.attack)

    def open_source(self, spec: str, *, remember: bool = True) -> None:
        """Open a source; remember: the next start opens it, too."""
        if remember:
            self.preferences.source = spec
        self.ui.source.show_current(spec)
        self._forget()
        self.session.open_source(spec, loop=self.preferences.loop)

    def retry(self) -> None:
        """Open the same source again."""
        self._forget()
        self.session.retry()

    def _forget(self) -> None:
        """Clear what belongs to the source before."""
        self.ui.pause.setChecked(False)
        self._clear()

    def _clear(self) -> None:
        self._mode = None
        for page in self.pages:
            page.clear()

    def use_bundle(self, name: str) -> None:
        """Load a model and remember it."""
        self.preferences.model = name
        self.ui.model.show_current(name)
        self.session.use_bundle(name)

    def _show_model(self, model: ModelInfo) -> None:
        self.preferences.model = model.spec
        self.ui.model.show_current(model.spec)

    def _steer(self, gaze: Gaze | None) -> None:
        steered = self.calibration.dialog is not None or self.measuring.running
        if self.session.source.steerable and self.ui.follow.isChecked() and not steered:
            self.session.glance_at(gaze)

    def _restore_screen(self) -> None:
        screen, kept = self.pages.screen, self.preferences
        screen.restore(kept.user, kept.screen_setup or screen.laptop(kept.diagonal))

    def _change_user(self) -> None:
        self.preferences.user = self.pages.screen.user_name()
        self.calibration.load()

    def _use_setup(self, setup: ScreenSetup) -> None:
        self.pages.screen.restore(self.preferences.user, setup)
        self.calibration.load()

    def _show_result(self, result: FrameResult) -> None:
        self.script.step(result, watched=self.page is self.pages.driver)
        for page in self.pages:
            page.step(result)
        self.setup.step(result)
        self.calibration.step(result)
        self.measuring.step(result)
        self.blind_test.step(result)
        # a switched trigger shows at once, in the numbers too
        force, self._mode = result.settings.mode is not self._mode, result.settings.mode
        self.page.draw(force=force)

    def refresh(self) -> None:
        """Bring switches, numbers and text in line with the last result, however it came."""
        if self.session.last_result is not None:
            self.pages.gaze.show_settings(self.session.last_result.settings)
            self.page.draw(force=True)

    def _show_status(self, status: SessionStatus) -> None:
        failed = self.session.source.failed
        self.ui.banner.show_status(status)
        self.ui.show_status(status, self.page.meter.fps())
        if failed:
            self._clear()
            self.ui.source.forget(status.source)
            self.opener.forget(status.source)

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
