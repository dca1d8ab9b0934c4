"""What a person chooses, handed to the session and remembered: source, model, trigger, user, screen."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from gazeattack.live.guard import to_compute
from gazeattack.live.settings import PipelineSettings
from gazeattack.screen.setup import ScreenSetup
from gazeattack.ui.session import ModelInfo
from gazeattack.ui.window.guard_controller import GuardController
from gazeattack.ui.window.layout import WindowLayout
from gazeattack.ui.window.page_list import Pages
from gazeattack.ui.window.preferences import Preferences
from gazeattack.ui.window.session_controller import SessionController


class Choices(QObject):
    """Brings the pickers, the preferences and the session in line with what was chosen.

    source_left: what the window shows belongs to a source that is gone.
    user_changed: another person or another screen, so another calibration.

    Args:
        session, ui, pages, preferences: of the window.

    guard: what rejects predictions on every page.
    """

    source_left = Signal()
    user_changed = Signal()

    def __init__(self, session: SessionController, ui: WindowLayout, pages: Pages, preferences: Preferences) -> None:
        super().__init__(session)
        self._session, self._ui, self._pages, self._preferences = session, ui, pages, preferences
        self.guard = GuardController((pages.driver, pages.keypad, pages.screen), self)
        self.guard.changed.connect(self.configure)

    def configure(self) -> None:
        """Hand the session the mode, strength and trigger chosen here, and remember the last two."""
        trigger = self._pages.gaze.trigger
        settings = PipelineSettings(
            trigger.mode,
            trigger.slider.strength,
            attack=trigger.attack,
            place=trigger.place.place,
            key=trigger.key,
            checks=to_compute(self.guard.check),
        )
        self._preferences.attack = settings.attack
        # the key, whose unit the strength has, is not remembered
        if settings.key is None:
            self._preferences.strength = settings.strength
        self._session.configure(settings)
        self._ui.show_trigger(settings.mode, trigger.title)

    def restore_trigger(self) -> None:
        """Choose the trigger that was remembered."""
        trigger, strength = self._pages.gaze.trigger, self._preferences.strength
        # the choice resets the strength
        trigger.set_attack(self._preferences.attack)
        trigger.slider.set_strength(strength)

    def open_source(self, spec: str, *, remember: bool = True) -> None:
        """Open a source; remember: the next start opens it, too."""
        if remember:
            self._preferences.source = spec
        self._ui.source.show_current(spec)
        self._leave_source()
        self._session.open_source(spec, loop=self._preferences.loop)

    def retry(self) -> None:
        """Open the same source again."""
        self._leave_source()
        self._session.retry()

    def _leave_source(self) -> None:
        self._ui.pause.setChecked(False)
        self.source_left.emit()

    def use_bundle(self, name: str) -> None:
        """Load a model and remember it."""
        self._preferences.model = name
        self._ui.model.show_current(name)
        self._session.use_bundle(name)

    def set_model(self, model: ModelInfo) -> None:
        """Follow the model at work: it may not be the one that was asked for."""
        self._preferences.model = model.spec
        self._ui.model.show_current(model.spec)

    def restore_screen(self) -> None:
        """Use the person and the screen that were remembered."""
        screen, kept = self._pages.screen, self._preferences
        screen.restore(kept.user, kept.screen_setup or screen.laptop(kept.diagonal))

    def change_user(self) -> None:
        """Remember the person whose name was entered."""
        self._preferences.user = self._pages.screen.user_name()
        self.user_changed.emit()

    def use_setup(self, setup: ScreenSetup) -> None:
        """Use another size of the screen or place of the camera."""
        self._pages.screen.restore(self._preferences.user, setup)
        self.user_changed.emit()
