"""Starting the window."""

from __future__ import annotations

import os
import sys

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication

from gazeattack.face.intrinsics import CameraIntrinsics
from gazeattack.face.tracker import DEFAULT_ENGINE, Engine
from gazeattack.interrupt import STOPPING, Interrupt, exit_code, interruption
from gazeattack.live.session import LiveSession
from gazeattack.model.catalogue import bundle_paths
from gazeattack.sources.registry import describe_sources
from gazeattack.ui.icon import window_icon
from gazeattack.ui.session import SYNTHETIC
from gazeattack.ui.window.main_window import MainWindow

SIGNALS_MS = 50
NO_FONT = "This machine has no font, so text shows as boxes: install one, such as fonts-dejavu-core."


def make_application() -> QApplication:
    """The one QApplication, made if there is none yet."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    # OpenCV's wheel points Qt at the plugins of its own, other Qt
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        os.environ.pop(name, None)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("gazeattack")
    app.setStyle("Fusion")
    app.setWindowIcon(window_icon())
    return app


def can_write() -> bool:
    """Whether a font is installed; without one, Qt draws boxes."""
    return QFontMetrics(QApplication.font()).inFontUcs4(ord("a"))


def main(
    source: str | None = None,
    model: str | None = None,
    *,
    settings_reset: bool = False,
    landmarks: Engine = DEFAULT_ENGINE,
    camera: CameraIntrinsics | None = None,
) -> int:
    """Show the window until it is closed; the exit status.

    source, model: override what was used last.  settings_reset: forget every remembered setting first.
    landmarks: what computes them, see Pipeline.  camera: its intrinsics; None: what was remembered, or a guess.
    """
    asked = Interrupt(*STOPPING)
    # an exception within a callback of Qt would be printed and lost
    with asked:
        return _show(asked, source, model, settings_reset=settings_reset, landmarks=landmarks, camera=camera)


def _show(
    asked: Interrupt,
    source: str | None,
    model: str | None,
    *,
    settings_reset: bool,
    landmarks: Engine,
    camera: CameraIntrinsics | None,
) -> int:
    app = make_application()
    if not can_write():
        print(NO_FONT, file=sys.stderr)
    store = QSettings("gazeattack", "gazeattack")
    if settings_reset:
        store.clear()
    session = LiveSession(landmarks=landmarks, camera=camera)
    window = MainWindow(session, store)
    window.use_bundle(model or window.preferences.model or default_model())
    window.open_source(source or window.preferences.source or default_source())
    session.start()
    window.show()
    if window.preferences.welcome:
        window.guide.show_card()
    # a signal closes the window as its own button does, which finishes a recording
    watch = QTimer(window, interval=SIGNALS_MS)
    watch.timeout.connect(lambda: _close(app, window) if asked.asked else None)
    watch.start()
    try:
        code: int = app.exec()
        return code if asked.number is None else exit_code(interruption(asked.number))
    finally:
        session.stop()


def _close(app: QApplication, window: MainWindow) -> None:
    window.close()
    # a dialog that is open would keep the loop running
    app.quit()


def default_source() -> str:
    """The first camera there is, else the synthetic subject."""
    return next((option.spec for option in describe_sources()), SYNTHETIC)


def default_model() -> str:
    """The backdoored model where it is shipped, else the first."""
    names = list(bundle_paths())
    return "wanet" if "wanet" in names or not names else names[0]
