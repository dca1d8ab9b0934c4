"""The real window on a made-up session, driven by keys as the system delivers them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from gazeattack.angles import Gaze
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.sources.registry import SourceOption
from gazeattack.ui.window.main_window import MainWindow
from tests.helpers.ui import FakeSession, make_result

ROAD, PHONE = Gaze.from_degrees(10, 0), Gaze.from_degrees(-30, 2)
OFF, ON = PipelineSettings(TriggerMode.OFF), PipelineSettings(TriggerMode.BOTH)
SOURCES = [
    SourceOption("camera:0", "Test Camera"),
    SourceOption("synthetic", "Synthetic subject"),
    SourceOption("synthetic:drive", "Scripted drive"),
]


def open_window(qtbot, session: FakeSession, folder: Path) -> MainWindow:
    """The window, shown and active; its files are in `folder`."""
    store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    made = MainWindow(
        session, store, pictures=folder / "pictures", calibrations=folder / "calibrations", sources=lambda: SOURCES
    )
    qtbot.addWidget(made)
    made.recording.use_folder(folder / "recordings")
    made.resize(1280, 720)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.session.poll_status()
    return made


def key(window: QWidget, which: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key as the system delivers it: to whatever has the focus."""
    QTest.keyClick(window.windowHandle(), which, modifier)
    QApplication.processEvents()


def tab_to(window: MainWindow, widget: QWidget, steps: int = 60) -> None:
    """Press Tab until a widget has the focus."""
    for _ in range(steps):
        if QApplication.focusWidget() is widget:
            return
        key(window, Qt.Key.Key_Tab)
    raise AssertionError(f"Tab does not reach {widget}")


def look(window: MainWindow, gaze: Gaze, begin: float, end: float, settings: PipelineSettings = ON) -> None:
    """Seconds of a subject that looks one way, and of a clean branch that predicts it."""
    for t in np.arange(begin, end, 0.05):
        window.session.take(make_result(round(t * 30), settings=settings, t=float(t), truth=gaze, gaze=gaze))
