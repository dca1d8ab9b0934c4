"""Which signal of the window's parts goes where."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from gazeattack.angles import Gaze
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.settings import TriggerMode
from gazeattack.ui.blind_test.controller import BlindTestController
from gazeattack.ui.calibration.controller import CalibrationController
from gazeattack.ui.calibration.setup_controller import SetupController
from gazeattack.ui.measuring.controller import MeasureController
from gazeattack.ui.offline.controller import OfflineController
from gazeattack.ui.recording.controller import RecordingController
from gazeattack.ui.session import SYNTHETIC
from gazeattack.ui.theme import Theme
from gazeattack.ui.window.appearance import Appearance
from gazeattack.ui.window.choices import Choices
from gazeattack.ui.window.comparison_controller import ComparisonController
from gazeattack.ui.window.display import Display
from gazeattack.ui.window.drive_script import DriveScript
from gazeattack.ui.window.drive_visit import DriveVisit
from gazeattack.ui.window.key_controller import KeyController
from gazeattack.ui.window.layout import WindowLayout
from gazeattack.ui.window.menu_commands import MenuCommands
from gazeattack.ui.window.opener import Opener
from gazeattack.ui.window.page_list import Pages
from gazeattack.ui.window.playback import Playback
from gazeattack.ui.window.preferences import Preferences
from gazeattack.ui.window.presentation import Presentation
from gazeattack.ui.window.session_controller import SessionController
from gazeattack.ui.window.strength_sweep import StrengthSweep


class WindowParts(Protocol):
    """The main window, as far as its parts are connected through it."""

    appearance: Appearance
    blind_test: BlindTestController
    calibration: CalibrationController
    choices: Choices
    commands: MenuCommands
    comparison: ComparisonController
    display: Display
    keys: KeyController
    measuring: MeasureController
    offline: OfflineController
    opener: Opener
    pages: Pages
    playback: Playback
    preferences: Preferences
    presentation: Presentation
    recording: RecordingController
    script: DriveScript
    session: SessionController
    setup: SetupController
    sweep: StrengthSweep
    ui: WindowLayout
    visit: DriveVisit

    def show_result(self, result: FrameResult) -> None:
        """Hand a result to everything that follows the frames."""

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Change the colours and the size of text."""

    def steer(self, gaze: Gaze | None) -> None:
        """Let a synthetic subject follow the mouse."""

    def use_defaults(self) -> None:
        """Go back to the defaults: every setting was forgotten."""

    def show_message(self, text: str) -> None:
        """A passing message."""

    def show_warning(self, text: str) -> None:
        """A sentence that stays until it is dismissed."""

    def save_screenshot(self) -> object:
        """Save a picture of the window."""


def connect(window: WindowParts) -> None:
    """Connect all parts, and load the calibration: its message has somewhere to go now."""
    _connect_session(window)
    _connect_controllers(window)
    _connect_messages(window)
    window.calibration.load()
    _connect_pages(window)
    _connect_layout(window)


def _connect_session(window: WindowParts) -> None:
    session = window.session
    for take in (window.show_result, window.presentation.step, window.sweep.step, window.choices.guard.step):
        session.sample_ready.connect(take)
    for follower in (
        *window.pages,
        window.setup,
        window.calibration,
        window.measuring,
        window.recording,
        window.script,
        window.visit,
    ):
        session.source_changed.connect(follower.set_source)
    session.source_changed.connect(window.display.show_follow)
    for model_follower in (
        *window.pages,
        window.measuring,
        window.blind_test,
        window.offline,
        window.keys,
        window.choices,
    ):
        session.model_changed.connect(model_follower.set_model)
    for status_follower in (window.recording, window.playback, window.display):
        session.status_changed.connect(status_follower.set_status)


def _connect_controllers(window: WindowParts) -> None:
    window.appearance.changed.connect(window.set_theme)
    window.script.mode_requested.connect(window.pages.gaze.trigger.set_mode)
    for controller in (window.script, window.recording):
        controller.pause_requested.connect(partial(window.ui.pause.setChecked, True))
    window.recording.source_chosen.connect(window.choices.open_source)
    window.recording.folder_chosen.connect(partial(setattr, window.preferences, "recordings"))
    for steering in (window.calibration, window.measuring):
        steering.steer.connect(window.session.look_at)
    for follower in (window.pages.screen, window.pages.keypad, window.recording):
        window.calibration.changed.connect(follower.use_calibration)
    window.choices.source_left.connect(window.display.clear)
    window.choices.user_changed.connect(window.calibration.load)
    for keeper in (window.ui.source, window.opener):
        window.display.source_failed.connect(keeper.forget)
    window.commands.reset.connect(window.use_defaults)
    window.pages.driver.controls.inspect.clicked.connect(window.offline.open_inspection)
    window.pages.driver.controls.repair.clicked.connect(window.offline.open_repair)
    window.offline.compare_requested.connect(window.comparison.choose)


def _connect_messages(window: WindowParts) -> None:
    for teller in (window.pages.driver, window.calibration, window.recording, window.sweep, window.keys):
        teller.message.connect(window.show_message)
        teller.warning.connect(window.show_warning)
    for export in (
        window.pages.gaze.angles.export,
        window.pages.gaze.times.export,
        window.pages.driver.timeline.export,
    ):
        export.message.connect(window.show_message)
        export.warning.connect(window.show_warning)
    for told in (window.pages.keypad, window.visit, window.commands, window.choices.guard):
        told.message.connect(window.show_message)
    window.opener.warning.connect(window.show_warning)


def _connect_pages(window: WindowParts) -> None:
    trigger, pages = window.pages.gaze.trigger, window.pages
    for changed in (
        trigger.mode_changed,
        trigger.attack_changed,
        trigger.strength_changed,
        trigger.place.picked,
    ):
        changed.connect(window.choices.configure)
    pages.gaze.steer.connect(window.steer)
    pages.driver.play.connect(window.visit.play)
    pages.keypad.steer.connect(window.session.look_at)
    pages.screen.calibrate.connect(window.calibration.calibrate)
    pages.screen.changed.connect(window.choices.change_user)
    pages.screen.measure.connect(window.setup.open)
    window.setup.changed.connect(window.choices.use_setup)
    window.setup.camera.connect(window.session.use_camera)
    pages.screen.triggered.connect(partial(trigger.toggle, TriggerMode.BOTH))


def _connect_layout(window: WindowParts) -> None:
    ui, choices = window.ui, window.choices
    ui.tabs.currentChanged.connect(window.display.show_tab)
    ui.chip.clicked.connect(partial(window.pages.gaze.trigger.toggle, TriggerMode.BOTH))
    ui.source.picked.connect(choices.open_source)
    ui.source.browse.connect(window.opener.ask)
    ui.model.picked.connect(choices.use_bundle)
    ui.banner.retry.connect(choices.retry)
    ui.banner.synthetic.connect(partial(choices.open_source, SYNTHETIC))
    ui.pause.toggled.connect(window.pages.keypad.set_paused)
    ui.screenshot.clicked.connect(window.save_screenshot)
    ui.follow.toggled.connect(lambda on: None if on else window.session.look_at(None))
