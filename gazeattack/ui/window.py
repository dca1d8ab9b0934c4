"""The main window: camera, crops and plots side by side, and what drives them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QSettings, QStandardPaths, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QMainWindow

from gazeattack.angles import Gaze, angular_error
from gazeattack.capture.registry import SourceOption, describe_sources
from gazeattack.live.sample import Sample
from gazeattack.live.session import SessionStatus
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.ui.help import show_help
from gazeattack.ui.layout import Panels
from gazeattack.ui.pickers import SYNTHETIC
from gazeattack.ui.preferences import Preferences
from gazeattack.ui.session import Session
from gazeattack.ui.theme import DARK, LIGHT, Theme, palette, stylesheet
from gazeattack.ui.words import BRANCH, gaze_words, model_words

SAMPLE_MS = 16
STATUS_MS = 200
READOUT_S = 0.1


class MainWindow(QMainWindow):
    """Reads `session` by polling and writes to it through its setters; `settings` holds what is remembered.

    pictures: where screenshots go (the person's pictures folder by default).
    """

    def __init__(
        self,
        session: Session,
        settings: QSettings,
        *,
        pictures: Path | None = None,
        sources: Callable[[], Sequence[SourceOption]] = describe_sources,
    ) -> None:
        super().__init__()
        self.session = session
        self.preferences = Preferences(settings)
        self.theme = LIGHT
        self.last: Sample | None = None
        self.paused = False
        self._pictures = pictures
        self._status = SessionStatus()
        self._truth_known = False
        self._shown_at: deque[float] = deque(maxlen=240)
        self._shown = 0
        self._readouts_at = 0.0
        self._scale = 1.0
        self.panels = Panels(sources)
        self.setCentralWidget(self.panels.body)
        self.setStatusBar(self.panels.status_bar)
        self.setWindowTitle("gazeattack: what a backdoor does to a gaze estimator")
        self.setMinimumSize(1000, 640)
        self._connect()
        self._start_polling()
        self._restore()

    # -- what is remembered ------------------------------------------------------------------------------------

    def _restore(self) -> None:
        self.resize(1280, 720)
        if self.preferences.geometry is not None:
            self.restoreGeometry(self.preferences.geometry)
        self.panels.trigger.slider.set_strength(self.preferences.strength)
        self.apply_theme()
        self.configure()

    def reset_preferences(self) -> None:
        """Forget every setting and start from the defaults."""
        self.preferences.reset()
        self.panels.trigger.set_mode(TriggerMode.OFF)
        self.panels.trigger.slider.reset()
        self.apply_theme()
        self.resize(1280, 720)
        self.tell("All settings are back to their defaults.")

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102 - an event of Qt
        self._samples.stop()
        self._polling.stop()
        self.preferences.geometry = self.saveGeometry()
        self.preferences.save()
        self.session.stop(5.0)
        event.accept()

    # -- the theme ---------------------------------------------------------------------------------------------

    def apply_theme(self) -> None:
        """Dress as the settings say, or as the system does."""
        choice = self.preferences.theme
        self.set_theme(_system_theme() if choice == "system" else DARK if choice == "dark" else LIGHT)

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

    # -- wiring ------------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        panels = self.panels
        panels.trigger.mode_changed.connect(self._mode_changed)
        panels.trigger.strength_changed.connect(self._strength_changed)
        panels.source.picked.connect(self.open_source)
        panels.model.picked.connect(self.use_bundle)
        panels.banner.retry.connect(self._retry)
        panels.banner.synthetic.connect(lambda: self.open_source(SYNTHETIC))
        panels.pause.toggled.connect(self.set_paused)
        panels.screenshot.clicked.connect(self.save_screenshot)
        panels.follow.toggled.connect(self._follow_toggled)
        panels.camera.hovered.connect(self._hovered)
        panels.angles.hovered.connect(self._hovered)
        panels.add_menu_entry("Shortcuts and help (F1)", self.show_help)
        panels.add_menu_entry("Look for cameras again", panels.source.refresh)
        for title, name in (("Follow the system's theme", "system"), ("Light", "light"), ("Dark", "dark")):
            panels.add_menu_entry(title, partial(self.choose_theme, name))
        panels.add_menu_entry("Reset all settings", self.reset_preferences)
        trigger = panels.trigger
        for key, action in (
            ("Space", lambda: trigger.toggle(TriggerMode.BOTH)),
            ("N", lambda: trigger.toggle(TriggerMode.NOISE)),
            ("W", lambda: trigger.toggle(TriggerMode.WRONG_KEY)),
            ("S", self.save_screenshot),
            ("P", panels.pause.toggle),
            ("M", panels.follow.click),
            ("F1", self.show_help),
            ("F11", lambda: self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)),
        ):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(action)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self.apply_theme)

    def _start_polling(self) -> None:
        self._samples = QTimer(self)
        self._samples.setTimerType(Qt.TimerType.PreciseTimer)
        self._samples.timeout.connect(self.poll_sample)
        self._samples.start(SAMPLE_MS)
        self._polling = QTimer(self)
        self._polling.timeout.connect(self.poll_status)
        self._polling.start(STATUS_MS)

    # -- what a person does ------------------------------------------------------------------------------------

    def configure(self) -> None:
        """Hand the session the mode and strength chosen here."""
        trigger = self.panels.trigger
        self.session.configure(PipelineSettings(trigger.mode, trigger.slider.strength))

    def open_source(self, spec: str) -> None:
        """Open a source and remember it."""
        self.preferences.source = spec
        self.panels.source.show_current(spec)
        self._forget()
        self.session.open_source(spec)

    def use_bundle(self, name: str) -> None:
        """Load a model and remember it."""
        self.preferences.model = name
        self.panels.model.show_current(name)
        self.panels.angles.clear_trails()
        self.session.use_bundle(name)

    def set_paused(self, paused: bool) -> None:
        """Pause or go on."""
        self.paused = paused
        self.panels.pause.setText("Go on (P)" if paused else "Pause (P)")
        self.session.set_paused(paused)

    def save_screenshot(self) -> Path | None:
        """Save a picture of the window; says where, or why not."""
        folder = self._pictures or Path(
            QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation) or Path.home()
        )
        path = folder / f"gazeattack-{datetime.now():%Y%m%d-%H%M%S-%f}.png"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            saved = self.grab().save(str(path))
        except OSError:
            saved = False
        self.tell(f"Picture saved: {path}" if saved else f"The picture could not be saved to {folder}.")
        return path if saved else None

    def show_help(self) -> None:
        """List the shortcuts."""
        show_help(self)

    def tell(self, text: str) -> None:
        """A passing message in the status bar."""
        self.panels.status_bar.showMessage(text, 8000)

    def displayed_fps(self) -> float:
        """New samples painted per second, over the last second."""
        now = time.monotonic()
        return float(sum(1 for at in self._shown_at if now - at <= 1.0))

    @property
    def displayed(self) -> int:
        """New samples painted since the start."""
        return self._shown

    def _retry(self) -> None:
        self._forget()
        self.session.retry()

    def _mode_changed(self, _: TriggerMode) -> None:
        self.configure()

    def _strength_changed(self, strength: float | None) -> None:
        self.preferences.strength = strength
        self.configure()

    def _follow_toggled(self, on: bool) -> None:
        if not on:
            self.session.look_at(None)

    def _hovered(self, gaze: Gaze | None) -> None:
        if self._truth_known and self.panels.follow.isChecked():
            self.session.look_at(gaze)

    # -- what the session says ---------------------------------------------------------------------------------

    def poll_sample(self) -> None:
        """Show the newest sample, if there is one that was not shown yet."""
        painted = self.panels.camera.painted
        if painted != self._shown:
            self._shown = painted
            self._shown_at.append(time.monotonic())
        sample = self.session.latest()
        if sample is not None:
            self.show_sample(sample)

    def show_sample(self, sample: Sample) -> None:
        """Draw a sample everywhere."""
        panels = self.panels
        mode_changed = self.last is None or self.last.settings.mode is not sample.settings.mode
        self.last = sample
        panels.camera.show_sample(sample)
        panels.crops.show_crops(sample.crops, sample.settings.mode)
        panels.angles.show_sample(sample)
        panels.times.show_sample(sample)
        now = time.monotonic()
        # digits that change sixty times a second cannot be read
        if mode_changed or now - self._readouts_at >= READOUT_S:
            self._readouts_at = now
            self._show_numbers(sample)

    def settle(self) -> None:
        """Bring the switches and the readouts in line with the last sample, however it came."""
        if self.last is not None:
            self.panels.trigger.set_mode(self.last.settings.mode)
            self.panels.trigger.slider.set_strength(self.last.settings.strength)
            self._show_numbers(self.last)

    def _show_numbers(self, sample: Sample) -> None:
        panels, mode = self.panels, sample.settings.mode
        clean, triggered, truth = sample.clean, sample.triggered, sample.frame.truth
        attack = mode is TriggerMode.BOTH
        residual = None if sample.crops is None else sample.crops.residual
        changed = None if residual is None else 100 * float(np.abs(residual).mean())
        panels.changed.set_value(None if changed is None else f"{changed:.1f} %")
        shift = sample.shift_deg
        panels.moved.set_value(None if shift is None else f"{shift:.1f}°", strong=attack and self._status.backdoored)
        panels.clean.set_value(None if clean is None else gaze_words(clean.gaze))
        panels.triggered.set_value(
            None if triggered is None else gaze_words(triggered.gaze), caption=f"{BRANCH.get(mode, 'Triggered')} gaze"
        )
        to_target = None
        if triggered is not None and sample.target is not None:
            to_target = f"{float(angular_error(triggered.gaze, sample.target)):.1f}°"
        panels.to_target.set_value(to_target)
        error = None if clean is None or truth is None else f"{float(angular_error(clean.gaze, truth)):.1f}°"
        panels.error.set_value(error)

    def poll_status(self) -> None:
        """Follow the session's state."""
        status = self._status = self.session.status()
        panels = self.panels
        failed = status.source_state in ("failed", "waiting")
        panels.banner.tell(status.message, about_source=failed)
        self._truth_known = status.truth_known
        panels.follow.setVisible(status.truth_known)
        if status.bundle is not None:
            panels.trigger.set_model(
                backdoored=status.backdoored, has_key=status.has_key, key_strength=status.key_strength
            )
        self._show_badge()
        if self.last is None or failed:
            panels.camera.waiting_text = "No picture" if failed else "Waiting for the first picture ..."
            panels.camera.show_sample(None)
        size = (
            ""
            if not status.source_size or 0 in status.source_size
            else f"{status.source_size[0]}×{status.source_size[1]} · "
        )
        panels.stats.setText(
            f"{status.source_name} · {size}{status.fps:.0f} FPS ({self.displayed_fps():.0f} shown) · "
            f"{status.latency_ms:.0f} ms latency · {status.dropped} dropped"
        )

    def _show_badge(self) -> None:
        badge, status = self.panels.badge, self._status
        badge.setVisible(status.bundle is not None)
        badge.setText(model_words(status.backdoored))
        badge.setStyleSheet(f"background: {LIGHT.bad if status.backdoored else LIGHT.good};")

    def _forget(self) -> None:
        """Clear what belongs to the source before."""
        self.last = None
        if self.paused:
            self.panels.pause.setChecked(False)
        self.panels.camera.show_sample(None)
        self.panels.angles.clear_trails()
        self.panels.times.clear_history()
        self.panels.clear()


def _system_theme() -> Theme:
    return DARK if QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark else LIGHT
