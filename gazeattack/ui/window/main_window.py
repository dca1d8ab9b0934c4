"""The main window: the tabs, and what drives them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow

from gazeattack.angles import Gaze
from gazeattack.errors import GazeAttackError
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.session import SessionStatus
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.sources.registry import SourceOption, describe_sources
from gazeattack.ui.pages.gaze.values import readings
from gazeattack.ui.session import Session
from gazeattack.ui.strings.common import ENDED, LOOP, model_words
from gazeattack.ui.theme import DARK, LIGHT, Theme, palette, stylesheet, system_theme
from gazeattack.ui.window.actions import connect
from gazeattack.ui.window.layout import GAZE, Panels
from gazeattack.ui.window.preferences import Preferences
from gazeattack.ui.window.scenarios import Scenarios, new_monitoring
from gazeattack.ui.window.screenshot import pictures_folder, save_picture

SAMPLE_MS = 16
STATUS_MS = 200
READOUT_S = 0.1
LOOK_MS = 4000


class MainWindow(QMainWindow):
    """Reads `session` by polling and writes to it through its setters; `settings` holds what is remembered.

    pictures: where screenshots go (the person's pictures folder by default).  calibrations: where calibrations are
    kept (the person's data folder by default).
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
        super().__init__()
        self.session = session
        self.preferences = Preferences(settings)
        self.theme = LIGHT
        self.last: FrameResult | None = None
        self.paused = False
        self._pictures = pictures
        self._status = SessionStatus()
        self._wanted_model = self._loaded_model = ""
        self._readouts_at = 0.0
        self._scale = 1.0
        self._warning: str | None = None
        self.panels = Panels(sources, new_monitoring())
        self.scenarios = Scenarios(self, calibrations)
        self.setCentralWidget(self.panels.body)
        self.setStatusBar(self.panels.status_bar)
        self.setWindowTitle("gazeattack: what a backdoor does to a gaze estimator")
        self.setMinimumSize(1000, 640)
        connect(self)
        self.scenarios.show_tab(GAZE)
        self._start_polling()
        self._restore()

    def _restore(self) -> None:
        self.resize(1280, 720)
        if self.preferences.geometry is not None:
            self.restoreGeometry(self.preferences.geometry)
        # read before the trigger is chosen, which resets it
        strength = self.preferences.strength
        self.panels.trigger.set_attack(self.preferences.attack)
        self.panels.trigger.slider.set_strength(strength)
        self.apply_theme()
        self.configure()

    def reset_preferences(self) -> None:
        """Forget every setting and start from the defaults."""
        self.preferences.reset()
        self.panels.trigger.set_mode(TriggerMode.OFF)
        self.panels.trigger.set_attack(None)
        self.panels.trigger.slider.reset()
        self.panels.choices[LOOP].setChecked(self.preferences.loop)
        self.scenarios.reset()
        self.apply_theme()
        self.resize(1280, 720)
        self.tell("All settings are back to their defaults.")

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102 - an event of Qt
        for timer in (self._samples, self._polling, self._let_go):
            timer.stop()
        self.scenarios.close()
        self.preferences.geometry = self.saveGeometry()
        self.preferences.save()
        self.session.stop(5.0)
        event.accept()

    def apply_theme(self) -> None:
        """Dress as the settings say, or as the system does."""
        choice = self.preferences.theme
        self.set_theme(system_theme() if choice == "system" else DARK if choice == "dark" else LIGHT)

    def choose_loop(self, loop: bool) -> None:
        """Remember whether files start again at their end; holds from the next source on."""
        self.preferences.loop = loop

    def choose_theme(self, name: str) -> None:
        """Remember a theme: system, light or dark."""
        self.preferences.theme = name
        self.apply_theme()

    def set_theme(self, theme: Theme) -> None:
        """Dress every widget."""
        self.theme = theme
        # the whole application's, so that dialogs and menus follow
        QApplication.setPalette(palette(theme))
        self.setStyleSheet(stylesheet(theme, self._scale))
        self.panels.set_theme(theme, self._scale)
        self._show_badge()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - an event of Qt
        super().resizeEvent(event)
        # writing grows with the window, in steps, so that a projector's full screen can be read from the back row
        scale = max(1.0, min(2.0, round(min(self.width() / 1280, self.height() / 720) * 4) / 4))
        if scale != self._scale:
            self._scale = scale
            self.set_theme(self.theme)

    def _start_polling(self) -> None:
        self._samples = QTimer(self)
        self._samples.setTimerType(Qt.TimerType.PreciseTimer)
        self._samples.timeout.connect(self.poll_sample)
        self._samples.start(SAMPLE_MS)
        self._let_go = QTimer(self, singleShot=True, interval=LOOK_MS)
        self._let_go.timeout.connect(lambda: self.session.look_at(None))
        self._polling = QTimer(self)
        self._polling.timeout.connect(self.poll_status)
        self._polling.start(STATUS_MS)

    def configure(self) -> None:
        """Hand the session the mode, strength and trigger chosen here."""
        trigger = self.panels.trigger
        self.session.configure(PipelineSettings(trigger.mode, trigger.slider.strength, attack=trigger.attack))

    def open_source(self, spec: str) -> None:
        """Open a source and remember it."""
        self.preferences.source = spec
        self.panels.source.show_current(spec)
        self._forget()
        self.scenarios.new_source(spec)
        self.session.open_source(spec, loop=self.preferences.loop)

    def use_bundle(self, name: str) -> None:
        """Load a model and remember it."""
        self._wanted_model = name
        self._show_model(name)
        self.panels.angles.clear_trails()
        self.session.use_bundle(name)

    def set_paused(self, paused: bool) -> None:
        """Pause or go on."""
        self.paused = paused
        self.panels.pause.setText("Go on (P)" if paused else "Pause (P)")
        self.session.set_paused(paused)

    def save_screenshot(self) -> Path | None:
        """Save a picture of the window; says where, or why not."""
        try:
            path = save_picture(self, self._pictures or pictures_folder())
        except GazeAttackError as error:
            self.tell(str(error))
            return None
        self.tell(f"Picture saved: {path}")
        return path

    def tell(self, text: str) -> None:
        """A passing message in the status bar."""
        self.panels.status_bar.showMessage(text, 8000)

    def warn(self, text: str) -> None:
        """A sentence that stays until it is dismissed."""
        self._warning = text
        # the same sentence again is news
        self.panels.banner.tell(None, about_source=False)
        self.panels.banner.tell(text, about_source=False)

    def displayed_fps(self) -> float:
        """New samples painted in the last second, on the tab that is shown."""
        return self.panels.meters[self.scenarios.tab].fps()

    @property
    def displayed(self) -> int:
        """New samples painted since the start."""
        return sum(meter.count for meter in self.panels.meters)

    def retry(self) -> None:
        """Open the same source again."""
        self._forget()
        self.session.retry()

    def choose_strength(self, strength: float | None) -> None:
        """Use and remember a strength; None for the key's own."""
        self.preferences.strength = strength
        self.configure()

    def choose_attack(self, kind: str | None) -> None:
        """Use and remember another attacker's kind of trigger; None for the model's own."""
        self.preferences.attack = kind
        self.configure()

    def steer(self, gaze: Gaze | None) -> None:
        """Let a synthetic subject look along a gaze, or follow its own path (None)."""
        if self.scenarios.steerable and self.panels.follow.isChecked() and self.scenarios.calibrating.dialog is None:
            self.session.look_at(gaze)
            # a mouse that was only left lying there must not make the subject stare
            self._let_go.start()

    def poll_sample(self) -> None:
        """Show the newest sample, if there is one that was not shown yet."""
        sample = self.session.latest()
        if sample is not None:
            self.show_sample(sample)

    def show_sample(self, sample: FrameResult) -> None:
        """Take a sample in, and draw it."""
        mode_changed = self.last is None or self.last.settings.mode is not sample.settings.mode
        self.last = sample
        self.scenarios.follow(sample)
        self.draw(sample, settle=mode_changed)

    def draw(self, sample: FrameResult, *, settle: bool = False) -> None:
        """Draw a sample on the tab that is shown; settle: numbers and words, too, however recent the last ones are."""
        panels = self.panels
        if self.scenarios.tab != GAZE:
            self.scenarios.draw(sample, settle=settle)
            return
        panels.camera.show_sample(sample)
        gaps = (
            None if estimate is None else estimate.consistency_error_deg
            for estimate in (sample.clean, sample.triggered)
        )
        panels.crops.show_crops(sample.crops, sample.settings.mode, *gaps, settle=settle)
        panels.angles.show_sample(sample)
        panels.times.show_sample(sample)
        now = time.monotonic()
        # digits that change sixty times a second cannot be read
        if settle or now - self._readouts_at >= READOUT_S:
            self._readouts_at = now
            self._show_numbers(sample)

    def settle(self) -> None:
        """Bring the switches and the readouts in line with the last sample, however it came."""
        if self.last is not None:
            mode = self.last.settings.mode
            # a run with the triggered branch alone has its trigger on, too
            self.panels.trigger.set_mode(TriggerMode.BOTH if mode is TriggerMode.ON else mode)
            self.panels.trigger.set_attack(self.last.settings.attack)
            self.panels.trigger.slider.set_strength(self.last.settings.strength)
            self._show_numbers(self.last)
            self.scenarios.draw(self.last, settle=True)

    def _show_numbers(self, sample: FrameResult) -> None:
        attack = sample.settings.mode in (TriggerMode.BOTH, TriggerMode.ON) and self.panels.trigger.opens
        self.panels.show_readings(readings(sample), attack=attack)

    def poll_status(self) -> None:
        """Follow the session's state."""
        before, status = self._status, self.session.status()
        self._status = status
        panels = self.panels
        failed = status.source_state in ("failed", "waiting")
        ended = ENDED if status.source_state == "ended" else None
        message = status.message or self._warning or ended
        panels.banner.tell(message, about_source=(failed and status.message is not None) or message is ENDED)
        if status.bundle != before.bundle:
            self._loaded_model = self._wanted_model
            self._show_model(self._loaded_model)
        elif status.message not in (None, before.message) and not failed and self._loaded_model:
            # the model that was asked for could not be loaded: the one before it is still at work
            self._show_model(self._loaded_model)
        self.scenarios.poll(status)
        if status.bundle is not None:
            panels.trigger.set_model(
                backdoored=status.backdoored,
                attack=status.attack if status.has_key else None,
                key_strength=status.key_strength,
                goal=status.goal,
                poisoned=status.poisoned,
            )
        self._show_badge()
        panels.camera.waiting_text = "No picture" if failed else "Waiting for the first picture ..."
        if failed:
            # also what was still on its way when the source failed
            self._blank()
        size = (
            ""
            if not status.source_size or 0 in status.source_size
            else f"{status.source_size[0]}×{status.source_size[1]} · "
        )
        painted = self.displayed_fps()
        shown = f" ({painted:.0f} shown)" if painted else ""
        panels.stats.setText(
            f"{status.source_name} · {size}{status.fps:.0f} FPS{shown} · "
            f"{status.latency_ms:.0f} ms latency · {status.dropped} dropped"
        )

    def _show_badge(self) -> None:
        badge, status = self.panels.badge, self._status
        badge.setVisible(status.bundle is not None)
        badge.setText(model_words(status.backdoored, poisoned=status.poisoned))
        badge.setStyleSheet(f"background: {LIGHT.bad if status.backdoored or status.poisoned else LIGHT.good};")

    def _show_model(self, name: str) -> None:
        self.preferences.model = name
        self.panels.model.show_current(name)

    def _forget(self) -> None:
        """Clear what belongs to the source before."""
        if self.paused:
            self.panels.pause.setChecked(False)
        self._blank()

    def _blank(self) -> None:
        self.last = None
        self.scenarios.blank()
        self.panels.camera.show_sample(None)
        self.panels.angles.clear_trails()
        self.panels.times.clear_history()
        self.panels.clear()
