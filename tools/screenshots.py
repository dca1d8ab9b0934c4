"""Make the screenshots of docs/screens and docs/window.png again: python tools/screenshots.py [--out docs/screens].

The real window runs without a display, one frame at a time, on synthetic subjects with the shipped wanet model.  It
takes a few minutes.  Not made here: recording.png, replay.png, trigger-list.png and evaluation.png.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import cv2
import numpy as np
from PySide6.QtCore import QSettings
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from gazeattack.angles import Gaze
from gazeattack.face.landmarker_file import find_landmarker
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.pipeline import Pipeline, one_thread
from gazeattack.live.session import SessionStatus
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.model.catalogue import fresh_key, open_bundle
from gazeattack.sources.registry import SourceOption, open_source
from gazeattack.ui.app import make_application
from gazeattack.ui.offscreen import Replay
from gazeattack.ui.strings.common import SHOW_LANDMARKS
from gazeattack.ui.theme import DARK, LIGHT
from gazeattack.ui.window.main_window import MainWindow

SUBJECT, DRIVE = "synthetic", "synthetic:drive"
NAMES = {SUBJECT: "Synthetic subject", DRIVE: "Scripted drive"}
OPTIONS = [SourceOption(spec, name) for spec, name in NAMES.items()]
# seconds of the drive: late in the look at the phone without and with the trigger, and the end
PHONE_OFF, PHONE_ON, END = 22.3, 43.3, 59.8
TYPING_S = 4.7
UNSTEADY_DEG = 9.0

results: dict[tuple[str, int, PipelineSettings], FrameResult] = {}
"""Results of the drive without their images, which every window shows again."""


class SteppedSession(Replay):
    """A session that computes a frame whenever step() is called."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline, self._spec = pipeline, SUBJECT
        self._settings = PipelineSettings()
        self._source = open_source(SUBJECT)

    def open_source(self, spec: str, *, loop: bool = True) -> None:
        """Open it at once."""
        self._spec, self._source = spec, open_source(spec, loop=loop)

    def configure(self, settings: PipelineSettings) -> None:
        """Use these settings, and the key of the attack that they name."""
        if settings.attack != self._settings.attack:
            bundle = self._pipeline.bundle
            key = bundle.key if settings.attack is None else fresh_key(settings.attack, bundle)
            self._pipeline.use(bundle, key=key, foreign_key=True)
        self._settings = settings

    def look_at(self, gaze: Gaze | None) -> None:
        """Steer the subject."""
        self._source.look_at(gaze)

    def step(self) -> FrameResult:
        """The next frame's result."""
        frame = self._source.read()
        assert frame is not None
        place = (self._spec, frame.index, self._settings)
        if place in results:
            return replace(results[place], frame=frame)
        self._pipeline.settings = self._settings
        result = replace(self._pipeline.step(frame), latency_ms=20.0)
        if self._spec == DRIVE:
            results[place] = replace(result, frame=replace(frame, image=np.zeros((1, 1, 3), np.uint8)))
        return result

    def status(self) -> SessionStatus:
        """A run in good order."""
        key = self._pipeline.bundle.key
        assert key is not None
        return SessionStatus(
            source=self._spec,
            source_state="running",
            source_name=NAMES[self._spec],
            source_size=(640, 480),
            bundle=self._pipeline.bundle.name,
            backdoored=True,
            has_key=True,
            attack=key.kind,
            key_strength=key.strength,
            goal=key.goal.kind,
            fps=30.0,
            latency_ms=20.0,
            truth_known=True,
        )


class Photographer:
    """One window; name: the end of its files' names, such as "light-720"."""

    def __init__(self, out: Path, pipeline: Pipeline, folder: Path, *, dark: bool, size: tuple[int, int]) -> None:
        self._out = out
        self._name = f"{'dark' if dark else 'light'}-{size[1]}"
        self.session = SteppedSession(pipeline)
        store = QSettings(str(folder / f"{self._name}.ini"), QSettings.Format.IniFormat)
        store.clear()
        self.window = MainWindow(
            self.session, store, pictures=folder, calibrations=folder / self._name, sources=lambda: OPTIONS
        )
        self.window.use_bundle(pipeline.bundle.name)
        self.window.open_source(SUBJECT)
        self.window.appearance.use(DARK if dark else LIGHT)
        self.window.resize(*size)
        self.window.show()
        self.window.session.poll_status()

    def play(self, frames: int) -> None:
        """Show so many frames."""
        for _ in range(frames):
            self.window.session.take(self.session.step())
            QApplication.processEvents()

    def play_until(self, seconds: float) -> None:
        """Show frames up to a time of the source."""
        while (last := self.window.session.last_result) is None or last.t < seconds:
            self.play(1)

    def set_trigger(self, on: bool) -> None:
        """Switch the trigger."""
        self.window.pages.gaze.trigger.set_mode(TriggerMode.BOTH if on else TriggerMode.OFF)

    def show_page(self, page: object) -> None:
        """Bring a page to the front."""
        self.window.ui.tabs.setCurrentIndex([*self.window.pages].index(page))

    def save(self, what: str, widget: QWidget | None = None, *, plain: bool = False) -> Path:
        """Save a picture of the window or of another widget; plain: under this very name."""
        self.window.session.poll_status()
        self.window.refresh()
        for _ in range(5):
            QApplication.processEvents()
        path = self._out / (f"{what}.png" if plain else f"{what}-{self._name}.png")
        write_small(path, (widget or self.window).grab().toImage())
        print(path, flush=True)
        return path

    def close(self) -> None:
        """Close the window."""
        self.window.close()
        self.window.deleteLater()
        QApplication.processEvents()


def write_small(path: Path, picture: QImage) -> None:
    """Write a PNG with 64 levels of each colour."""
    picture = picture.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.asarray(picture.constBits()).reshape(picture.height(), picture.width(), 4)[..., :3]
    coarse = (pixels & 0xFC) | (pixels >> 6)
    path.write_bytes(cv2.imencode(".png", coarse, (cv2.IMWRITE_PNG_COMPRESSION, 9))[1].tobytes())


def photograph_gaze(photographer: Photographer, *, extras: bool) -> None:
    """The Gaze tab; extras: eye landmarks and a foreign trigger as well."""
    pages, ui = photographer.window.pages, photographer.window.ui
    photographer.show_page(pages.gaze)
    photographer.play(150)
    photographer.save("gaze-off")
    photographer.set_trigger(True)
    photographer.play(240)
    path = photographer.save("gaze-on")
    if extras:
        shutil.copy(path, path.parent.parent / "window.png")
        landmarks = ui.choices[SHOW_LANDMARKS]
        landmarks.setChecked(True)
        photographer.save("gaze-marks")
        landmarks.setChecked(False)
        pages.gaze.trigger.set_attack("badnets")
        photographer.set_trigger(True)
        photographer.play(240)
        photographer.save("gaze-badnets")
        pages.gaze.trigger.set_attack(None)
    photographer.set_trigger(False)


def photograph_keypad(photographer: Photographer) -> None:
    """The Keypad tab, after the subject has typed the PIN."""
    keypad = photographer.window.pages.keypad
    photographer.show_page(keypad)
    for on in (False, True):
        photographer.set_trigger(on)
        photographer.play(5)
        keypad.start_typing()
        photographer.play(round(TYPING_S * 30))
        photographer.save("keypad-on" if on else "keypad-off")
    photographer.set_trigger(False)


def photograph_screen(photographer: Photographer, *, extras: bool) -> None:
    """The Screen tab with a calibration; extras: the calibration itself and the full screen as well."""
    window, screen = photographer.window, photographer.window.pages.screen
    photographer.show_page(screen)
    for good in (False, True) if extras else (True,):
        window.calibration.calibrate()
        dialog = window.calibration.dialog
        assert dialog is not None
        photographer.play(5)
        if good and extras:
            photographer.save("calibration-start", dialog, plain=True)
        dialog.proceed()
        while not dialog.done:
            result = photographer.session.step()
            if not good and dialog.run.place in (2, 6) and result.clean is not None:
                turned = result.clean.gaze.yaw + np.radians(UNSTEADY_DEG * (result.frame.index % 3 - 1))
                result = replace(result, clean=replace(result.clean, gaze=result.clean.gaze._replace(yaw=turned)))
            window.session.take(result)
            QApplication.processEvents()
            if good and extras and dialog.run.place == 4 and dialog.run.progress == 0.6:
                photographer.save("calibration-dot", dialog, plain=True)
        if extras:
            photographer.save("calibration-result" if good else "calibration-refused", dialog, plain=True)
        if good:
            dialog.proceed()
        else:
            dialog.close()
    for on in (False, True):
        photographer.set_trigger(on)
        photographer.play(60)
        photographer.save("points-on" if on else "points-off")
    if extras:
        screen.toggle_full_screen()
        photographer.play(10)
        photographer.save("points-full-screen", screen.full_screen, plain=True)
        screen.toggle_full_screen()
    photographer.set_trigger(False)


def photograph_driver(photographer: Photographer, *, guard: bool = False, end: bool = False) -> None:
    """The Driver tab at the phone; guard: with the guard on; end: at the end of the drive."""
    driver = photographer.window.pages.driver
    photographer.show_page(driver)
    photographer.window.open_source(DRIVE)
    driver.guard.setChecked(guard)
    if not guard and not end:
        photographer.play_until(PHONE_OFF)
        photographer.save("driver-off")
    photographer.play_until(END if end else PHONE_ON)
    photographer.save("driver-end" if end else "driver-guard" if guard else "driver-on")


def main() -> None:
    """Make every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/screens"), help="folder to write to (%(default)s)")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    one_thread()
    make_application()
    bundle = open_bundle("wanet")
    with tempfile.TemporaryDirectory() as name, Pipeline(bundle, landmarker_model=find_landmarker()) as pipeline:
        folder = Path(name)
        for dark, size in ((False, (1280, 720)), (True, (1920, 1080))):
            photographer = Photographer(out, pipeline, folder, dark=dark, size=size)
            photograph_gaze(photographer, extras=not dark)
            photograph_keypad(photographer)
            photograph_screen(photographer, extras=not dark)
            photograph_driver(photographer)
            if not dark:
                photograph_driver(photographer, guard=True)
            photographer.close()
        photographer = Photographer(out, pipeline, folder, dark=False, size=(1920, 1080))
        photograph_driver(photographer, end=True)
        photographer.close()


if __name__ == "__main__":
    main()
