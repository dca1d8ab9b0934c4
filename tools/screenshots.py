"""Make the screenshots of docs/screens and docs/window.png again, without a display.

    python tools/screenshots.py [--out FOLDER] [--only gaze,driver,keypad,screen,measure] [--smallest]

The real window shows rendered subjects and the predictions of the shipped wanet model; it takes a few minutes.
--smallest adds every page at 1000x640, to check that all text fits.  evaluation.png and measure-page.png are not made
here.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screens"
SCREEN = {"name": "screen", "x": 0, "y": 0, "width": 1920, "height": 1080, "logicalDpi": 96, "logicalBaseDpi": 96}
PLATFORM = Path(tempfile.mkdtemp()) / "offscreen.json"
PLATFORM.write_text(json.dumps({"screens": [{**SCREEN, "dpr": 1}]}))
os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={PLATFORM}"

from PySide6.QtCore import QSettings  # noqa: E402
from PySide6.QtGui import QImage  # noqa: E402
from PySide6.QtWidgets import QWidget  # noqa: E402

from gazeattack.angles import Gaze  # noqa: E402
from gazeattack.face.landmarker_file import find_landmarker  # noqa: E402
from gazeattack.live.frame_result import FrameResult  # noqa: E402
from gazeattack.live.pipeline import Pipeline  # noqa: E402
from gazeattack.live.settings import PipelineSettings, TriggerMode  # noqa: E402
from gazeattack.live.status import SessionStatus  # noqa: E402
from gazeattack.model.catalogue import fresh_key, open_bundle  # noqa: E402
from gazeattack.sources.registry import describe_sources  # noqa: E402
from gazeattack.synthetic.drive import DriveSource  # noqa: E402
from gazeattack.synthetic.subject import SyntheticSource  # noqa: E402
from gazeattack.ui.app import make_application  # noqa: E402
from gazeattack.ui.offscreen import Replay  # noqa: E402
from gazeattack.ui.session import DRIVE_SPEC, SYNTHETIC  # noqa: E402
from gazeattack.ui.theme import DARK, LIGHT, Theme  # noqa: E402
from gazeattack.ui.window.main_window import MainWindow  # noqa: E402

MODEL, FPS = "wanet", 30.0
SMALLEST, SMALL, LARGE = (1000, 640), (1280, 720), (1920, 1080)
OFF, ON = PipelineSettings(TriggerMode.OFF), PipelineSettings(TriggerMode.BOTH)
Results = list[FrameResult]


class Stage(Replay):
    """A session whose window is fed from outside; it steers the source that the frames come from."""

    def __init__(self, spec: str, name: str) -> None:
        bundle = open_bundle(MODEL)
        key = bundle.key
        assert key is not None
        super().__init__(
            SessionStatus(
                source=spec, source_state="running", source_name=name, source_size=(640, 480), bundle=MODEL,
                backdoored=True, has_key=True, attack=key.kind, key_strength=key.strength, goal=key.goal.kind,
                fps=FPS, latency_ms=18.0, truth_known=True, key=key, crop=bundle.crop,
            )
        )  # fmt: skip
        self.gaze: Gaze | None = None

    def look_at(self, gaze: Gaze | None) -> None:
        """Remember where the subject is to look."""
        self.gaze = gaze

    def change(self, **changes: object) -> None:
        """Report another status."""
        self._status = replace(self._status, **changes)


class Studio:
    """Opens windows and saves pictures of them."""

    def __init__(self, folder: Path) -> None:
        self.app = make_application()
        self.folder, self.scratch = folder, Path(tempfile.mkdtemp())
        folder.mkdir(parents=True, exist_ok=True)
        self.pipeline = Pipeline(open_bundle(MODEL), landmarker_model=find_landmarker(), settings=ON)

    def window(self, spec: str, tab: str, size: tuple[int, int] = SMALL, theme: Theme = LIGHT) -> MainWindow:
        """A window on one of its pages."""
        names = {option.spec: option.title for option in describe_sources()}
        store = QSettings(str(self.scratch / "settings.ini"), QSettings.Format.IniFormat)
        store.clear()
        stage = Stage(spec, names[spec])
        window = MainWindow(stage, store, calibrations=self.scratch, pictures=self.scratch)
        window.session.stop()  # no timers: everything is fed by hand
        window.stage = stage
        window.recording.use_folder(self.scratch / "recordings")
        window.ui.record.show_folder("Videos/gazeattack")
        window.use_bundle(MODEL)
        window.open_source(spec)
        window.appearance.use(theme)
        window.resize(*size)
        window.show()
        window.session.poll_status()
        self.app.processEvents()
        titles = [page.title for page in window.pages]
        window.ui.tabs.setCurrentIndex(titles.index(tab))
        self.app.processEvents()
        return window

    def save(self, widget: QWidget, name: str) -> None:
        """Save a picture of a widget."""
        self.app.processEvents()
        path = self.folder / f"{name}.png"
        write_small(path, widget.grab().toImage())
        print(path, flush=True)

    def show(self, window: MainWindow, results: Sequence[FrameResult]) -> None:
        """Feed a window, and bring its numbers and text in line with the last result."""
        for result in results:
            window.session.take(result)
        window.refresh()

    def run(self, source: SyntheticSource, seconds: float, stage: Stage | None = None) -> Iterator[FrameResult]:
        """Results of both branches; stage: steers the subject."""
        while True:
            if stage is not None:
                source.look_at(stage.gaze)
            frame = source.read()
            if frame is None or frame.t >= seconds:
                return
            yield replace(self.pipeline.step(frame), latency_ms=18.0)


def write_small(path: Path, picture: QImage) -> None:
    """Write a PNG with 64 levels of each colour."""
    picture = picture.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.asarray(picture.constBits()).reshape(picture.height(), picture.width(), 4)[..., :3]
    coarse = (pixels & 0xFC) | (pixels >> 6)
    path.write_bytes(cv2.imencode(".png", coarse, (cv2.IMWRITE_PNG_COMPRESSION, 9))[1].tobytes())


def without(result: FrameResult) -> FrameResult:
    """The same result as it is while the trigger is off."""
    crops = None if result.crops is None else replace(result.crops, altered=None, residual=None, altered_points=None)
    return replace(result, settings=OFF, crops=crops, triggered=None, shift_deg=None)


def each_size(smallest: bool) -> list[tuple[str, tuple[int, int], Theme]]:
    """(end of the file's name, size, theme) of the pictures of every page."""
    sizes = [("light-720", SMALL, LIGHT), ("dark-1080", LARGE, DARK)]
    return [*sizes, ("light-640", SMALLEST, LIGHT), ("dark-640", SMALLEST, DARK)] if smallest else sizes


def gaze(studio: Studio, smallest: bool) -> None:
    """The Gaze page, landmarks, another attacker's trigger, the list of triggers, recording and replay."""
    on = list(studio.run(SyntheticSource(), 9.0))
    for end, size, theme in each_size(smallest):
        for word, results in (("off", [without(result) for result in on]), ("on", on)):
            window = studio.window(SYNTHETIC, "Gaze", size, theme)
            studio.show(window, results)
            studio.save(window, f"gaze-{word}-{end}")
            if (word, end) == ("on", "light-720"):
                if studio.folder == FOLDER:
                    shutil.copy(FOLDER / "gaze-on-light-720.png", FOLDER.parent / "window.png")
                extras(studio, window)
            window.close()
    attack = replace(ON, attack="badnets")
    studio.pipeline.use(studio.pipeline.bundle, key=fresh_key("badnets", studio.pipeline.bundle), foreign_key=True)
    studio.pipeline.settings = attack
    window = studio.window(SYNTHETIC, "Gaze")
    studio.show(window, list(studio.run(SyntheticSource(), 3.0)))
    studio.save(window, "gaze-badnets-light-720")
    window.close()
    studio.pipeline.use(studio.pipeline.bundle, key=studio.pipeline.bundle.key)
    studio.pipeline.settings = ON


def extras(studio: Studio, window: MainWindow) -> None:
    """What the Gaze page shows on request."""
    picker = window.pages.gaze.trigger.picker
    picker.showPopup()
    studio.save(picker.view().window(), "trigger-list")
    picker.hidePopup()
    window.show_help()
    studio.save(window.findChildren(QWidget, "qt_msgbox_label")[-1].window(), "help")
    window.findChildren(QWidget, "qt_msgbox_label")[-1].window().close()
    landmarks = next(shortcut for shortcut in window.shortcuts if shortcut.key == "L")
    landmarks.callback()
    studio.save(window, "gaze-landmarks-light-720")
    landmarks.callback()
    window.recording.toggle()
    window.ui.status_bar.clearMessage()
    window.ui.record.show_state(12.0)
    studio.save(window, "recording")
    window.recording.stop()
    window.ui.status_bar.clearMessage()
    stage = window.stage
    stage.change(length=270, position=211, source="recording", source_name="2026-01-05 10-30-00", truth_known=True)
    window.ui.source.show_current("2026-01-05 10-30-00")
    window.ui.pause.setChecked(True)
    window.session.poll_status()
    studio.save(window, "replay")


def driver(studio: Studio, smallest: bool) -> None:
    """The Driver page: the phone before and under attack, the same with the guard, and the end of the drive."""
    drive = list(studio.run(DriveSource(fps=15.0), 60.0))
    scripted = [result if result.t >= 30.0 else without(result) for result in drive]
    before, attacked = ([result for result in scripted if result.t < end] for end in (23.0, 44.0))
    for end, size, theme in each_size(smallest):
        for word, results in (("off", before), ("on", attacked)):
            window = studio.window(DRIVE_SPEC, "Driver", size, theme)
            studio.show(window, results)
            studio.save(window, f"driver-{word}-{end}")
            window.close()
    for name, results, size, guard in (
        ("driver-guard-light-720", attacked, SMALL, True),
        ("driver-end-light-720", scripted, SMALL, False),
        ("driver-end-light-1080", scripted, LARGE, False),
    ):
        window = studio.window(DRIVE_SPEC, "Driver", size)
        window.choices.guard.switch(guard)
        window.ui.status_bar.clearMessage()
        studio.show(window, results)
        studio.save(window, name)
        window.close()


def keypad(studio: Studio, smallest: bool) -> None:
    """The Keypad page while the subject types the PIN by itself."""
    window = studio.window(SYNTHETIC, "Keypad")
    window.pages.keypad.start_typing()
    on = []
    for result in studio.run(SyntheticSource(), 4.7, window.stage):
        on.append(result)
        window.session.take(result)
    window.close()
    for end, size, theme in each_size(smallest):
        for word, results in (("off", [without(result) for result in on]), ("on", on)):
            window = studio.window(SYNTHETIC, "Keypad", size, theme)
            studio.show(window, results)
            studio.save(window, f"keypad-{word}-{end}")
            window.close()


def screen(studio: Studio, smallest: bool) -> None:
    """The calibration, step by step, and the Screen page with its result."""
    window = studio.window(SYNTHETIC, "Screen")
    base = next(studio.run(SyntheticSource(), 1.0))
    calibrate(studio, window, _noisy(base, window), "calibration-rejected")
    on = calibrate(studio, window, studio.run(SyntheticSource(), 90.0, window.stage), "calibration-result")
    window.close()
    on = [replace(result, t=number / FPS) for number, result in enumerate(on[-60:])]
    for end, size, theme in each_size(smallest):
        for word, results in (("off", [without(result) for result in on]), ("on", on)):
            window = studio.window(SYNTHETIC, "Screen", size, theme)
            studio.show(window, results)
            studio.save(window, f"screen-{word}-{end}")
            if (word, end) == ("on", "dark-1080"):
                window.pages.screen.toggle_full_screen()
                assert window.pages.screen.full_screen is not None
                studio.show(window, results)
                studio.save(window.pages.screen.full_screen, "screen-full-screen")
            window.close()


def calibrate(studio: Studio, window: MainWindow, results: Iterator[FrameResult], name: str) -> Results:
    """Run the dialog to its end, and save it there; every result that it was given."""
    window.calibration.calibrate()
    dialog = window.calibration.dialog
    assert dialog is not None
    studio.save(dialog, "calibration-start")
    dialog.proceed()
    given = []
    for result in results:
        given.append(result)
        window.session.take(result)
        # the dot jumps where it would glide
        dialog._glide = 1.0
        dialog._move()
        if len(given) == 200:
            studio.save(dialog, "calibration-dot")
        if dialog.done:
            break
    studio.save(dialog, name)
    if dialog.result is not None:
        dialog.proceed()
    else:
        dialog.close()
    return given


def _noisy(base: FrameResult, window: MainWindow) -> Iterator[FrameResult]:
    """A subject whose gaze is too unsteady at two points."""
    random, number = np.random.default_rng(0), 0
    assert base.clean is not None
    while True:
        asked = window.stage.gaze or Gaze(0.0, 0.0)
        dialog = window.calibration.dialog
        noise = 0.2 if dialog is not None and dialog.run.place in (2, 6) else 0.005
        read = Gaze(asked.pitch + noise * random.normal(), asked.yaw + noise * random.normal())
        number += 1
        yield replace(base, t=number / FPS, clean=replace(base.clean, gaze=read))


def measure(studio: Studio, smallest: bool) -> None:
    """The dialog of "Measure on yourself", as a person in front of a camera gets it."""
    window = studio.window(SYNTHETIC, "Gaze")
    window.measuring.open()
    dialog = window.measuring.dialog
    assert dialog is not None
    dialog.set_source(subject=False, usable=True)
    dialog.folder.setText("Documents/gazeattack-me")
    dialog.consent.setChecked(True)
    studio.save(dialog, "measure-start")
    window.close()


PARTS: dict[str, Callable[[Studio, bool], None]] = {
    "gaze": gaze,
    "driver": driver,
    "keypad": keypad,
    "screen": screen,
    "measure": measure,
}


def main() -> None:
    """Make every picture, or those of some pages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write to (%(default)s)")
    parser.add_argument("--only", default=",".join(PARTS), help="pages, separated by commas")
    parser.add_argument("--smallest", action="store_true", help="also make every page at 1000x640")
    options = parser.parse_args()
    studio = Studio(options.out)
    for name in options.only.split(","):
        PARTS[name](studio, options.smallest)


if __name__ == "__main__":
    main()
