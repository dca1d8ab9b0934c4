"""Pictures without a display: of the real window, fed with ready results, and of the plot of blind tests."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from gazeattack.angles import Gaze
from gazeattack.blind_test.aggregate import Curve, Point
from gazeattack.errors import GazeAttackError
from gazeattack.face.intrinsics import CameraIntrinsics
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.recording import LiveRecorder
from gazeattack.live.session import SessionStatus
from gazeattack.live.settings import PipelineSettings
from gazeattack.sources.registry import SourceOption
from gazeattack.ui.app import NO_FONT, can_write, make_application
from gazeattack.ui.blind_test.psychometric_plot import PsychometricPlot
from gazeattack.ui.theme import DARK, LIGHT
from gazeattack.ui.widgets.plot_export import png, svg
from gazeattack.ui.window.main_window import MainWindow

PLOT_SIZE = (960, 540)


class Replay:
    """A session that is over: no new results, and one status."""

    def __init__(self, status: SessionStatus) -> None:
        self._status = status

    def stop(self, timeout: float = 5.0) -> None:
        """Nothing runs."""

    def open_source(self, spec: str, *, loop: bool = True) -> None:
        """The results are there already."""

    def retry(self) -> None:
        """The results are there already."""

    def use_bundle(self, name: str) -> None:
        """The results are there already."""

    def compare(self, name: str | None) -> None:
        """The results are there already."""

    def use_camera(self, camera: CameraIntrinsics | None) -> None:
        """The results are there already."""

    def configure(self, settings: PipelineSettings) -> None:
        """The results are there already."""

    def look_at(self, gaze: Gaze | None) -> None:
        """The results are there already."""

    def set_paused(self, paused: bool) -> None:
        """Nothing runs."""

    def set_speed(self, speed: float) -> None:
        """Nothing runs."""

    def set_loop(self, loop: bool) -> None:
        """Nothing runs."""

    def step_frames(self, frames: int) -> None:
        """The results are there already."""

    def seek(self, position: int) -> None:
        """The results are there already."""

    def record(self, recorder: LiveRecorder | None) -> None:
        """Nothing is made that could be recorded."""

    def latest(self) -> FrameResult | None:
        """Results are handed to the window directly."""
        return None

    def status(self) -> SessionStatus:
        """The status it was made with."""
        return self._status


def render_window(
    results: Sequence[FrameResult],
    path: Path,
    *,
    status: SessionStatus | None = None,
    size: tuple[int, int] = (1280, 720),
    dark: bool = False,
) -> Path:
    """Write a PNG of the window showing the last of `results`, the ones before it in trails and time plot.

    status: for status bar, pickers and badge.  Call it from the main thread.  Without a QApplication one is
    made on the offscreen platform.  Raises GazeAttackError where there is no font or the picture cannot be written.
    """
    app = _prepare()
    with tempfile.TemporaryDirectory() as folder:
        store = QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat)
        status = status or SessionStatus()
        window = MainWindow(Replay(status), store, sources=lambda: [SourceOption(status.source, status.source_name)])
        try:
            window.ui.source.show_current(status.source)
            window.use_bundle(status.bundle or "")
            if status.compared is not None:
                window.ui.compare.show_current(status.compared)
            window.appearance.use(DARK if dark else LIGHT)
            window.resize(*size)
            window.show()
            window.session.poll_status()
            for result in results:
                window.session.take(result)
                window.pages.gaze.trigger.place.show_place(result.settings.place)
            window.refresh()
            # layouts follow new texts in the event loop, which has not run yet
            app.processEvents()
            saved = window.grab().save(str(path), "PNG")
        finally:
            window.close()
            window.deleteLater()
    if not saved:
        raise GazeAttackError(f"The picture of the window cannot be written to {path}: choose another folder.")
    return path


def render_blind_tests(points: Sequence[Point], curves: Sequence[Curve]) -> tuple[bytes, bytes]:
    """The plot of blind tests as PNG and SVG; see PsychometricPlot.

    Raises GazeAttackError where there is no font.
    """
    _prepare()
    plot = PsychometricPlot()
    plot.resize(*PLOT_SIZE)
    plot.show_tests(points, curves)
    try:
        return png(plot), svg(plot)
    finally:
        plot.deleteLater()


def _prepare() -> QApplication:
    """The application, on the offscreen platform where there is none yet."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = make_application()
    if not can_write():
        raise GazeAttackError(NO_FONT)
    return app
