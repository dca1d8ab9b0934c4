"""The scripted drive stays on the Driver page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from gazeattack.live.settings import TriggerMode
from gazeattack.ui.pages.keypad.page import NO_TYPING, PAUSED
from gazeattack.ui.window.drive_visit import VISIT
from gazeattack.ui.window.main_window import MainWindow
from tests.helpers.ui import DRIVER, GAZE, KEYPAD, RUNNING, FakeSession
from tests.helpers.window import OFF, PHONE, ROAD, key, look, open_window

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def window(qtbot, session: FakeSession, tmp_path: Path) -> MainWindow:
    return open_window(qtbot, session, tmp_path)


def paused(session: FakeSession) -> bool:
    return [call[1] for call in session.calls if call[0] == "set_paused"][-1]


def test_leaving_the_driver_page_brings_source_pause_and_mouse_back(window, session) -> None:
    window.open_source("synthetic")
    key(window, Qt.Key.Key_M)
    key(window, Qt.Key.Key_P)
    assert window.session.paused and not window.ui.follow.isChecked()
    key(window, Qt.Key.Key_2, CTRL)
    assert session.now.source == "synthetic:drive" and not window.session.paused
    assert window.statusBar().currentMessage() == VISIT
    assert window.preferences.source == "synthetic"
    window.session.poll_status()
    look(window, PHONE, 28, 31, OFF)
    assert session.settings.mode is TriggerMode.BOTH
    key(window, Qt.Key.Key_1, CTRL)
    assert session.now.source == "synthetic" and window.ui.source._list.current == "synthetic"
    assert window.session.paused and paused(session) and not window.ui.follow.isChecked()
    assert session.settings.mode is TriggerMode.OFF


def test_the_drive_on_a_camera_goes_with_the_page_too(window, session) -> None:
    window.open_source("camera:0")
    window.ui.tabs.setCurrentIndex(DRIVER)
    assert session.now.source == "camera:0"
    key(window, Qt.Key.Key_D)
    assert session.now.source == "synthetic:drive"
    # playing it again does not forget the camera
    window.session.poll_status()
    key(window, Qt.Key.Key_D)
    window.ui.tabs.setCurrentIndex(KEYPAD)
    assert session.now.source == window.preferences.source == "camera:0"


def test_a_source_chosen_on_the_driver_page_stays(window, session) -> None:
    window.open_source("synthetic")
    window.ui.tabs.setCurrentIndex(DRIVER)
    window.ui.source.picked.emit("video.mp4")
    window.ui.tabs.setCurrentIndex(GAZE)
    assert session.now.source == window.preferences.source == "video.mp4"


def test_a_chosen_drive_stays_and_switches_nothing_on_other_tabs(window, session) -> None:
    window.ui.source.picked.emit("synthetic:drive")
    window.session.poll_status()
    look(window, PHONE, 28, 32, OFF)
    assert session.settings.mode is TriggerMode.OFF and window.page is window.pages.gaze
    window.ui.tabs.setCurrentIndex(DRIVER)
    look(window, PHONE, 32, 33, OFF)
    assert session.settings.mode is TriggerMode.BOTH
    window.ui.tabs.setCurrentIndex(GAZE)
    assert session.now.source == window.preferences.source == "synthetic:drive"
    look(window, ROAD, 59, 61, OFF)
    assert session.settings.mode is TriggerMode.BOTH and not window.session.paused


def test_the_drive_begins_without_trigger_and_logs_nothing_false(window, session) -> None:
    window.ui.tabs.setCurrentIndex(DRIVER)
    key(window, Qt.Key.Key_Space)
    assert session.settings.mode is TriggerMode.BOTH
    key(window, Qt.Key.Key_D)
    assert session.settings.mode is TriggerMode.OFF
    window.session.poll_status()
    look(window, ROAD, 0, 2, session.settings)
    assert window.pages.driver.log.lines == []


def test_typing_says_why_it_cannot_start(window, session) -> None:
    window.ui.tabs.setCurrentIndex(KEYPAD)
    key(window, Qt.Key.Key_P)
    key(window, Qt.Key.Key_T)
    assert window.statusBar().currentMessage() == PAUSED
    session.now = replace(RUNNING, source="camera:0", truth_known=False)
    window.session.poll_status()
    key(window, Qt.Key.Key_T)
    assert window.statusBar().currentMessage() == NO_TYPING
