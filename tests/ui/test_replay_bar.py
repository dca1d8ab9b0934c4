"""The bar of a video or folder: its name, slider, steps and speed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from gazeattack.ui.recording.replay_bar import SPEEDS
from gazeattack.ui.window.main_window import MainWindow
from tests.helpers.ui import RUNNING, FakeSession
from tests.helpers.window import key, open_window, tab_to


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def window(qtbot, session: FakeSession, tmp_path: Path) -> MainWindow:
    return open_window(qtbot, session, tmp_path)


def test_a_video_can_be_searched_stepped_and_slowed(window, session) -> None:
    bar = window.ui.replay
    window.open_source("drive.mp4")
    session.now = replace(RUNNING, source="drive.mp4", source_name="drive.mp4", length=100, position=10)
    window.session.poll_status()
    assert bar.isVisible() and bar.name.text() == "drive.mp4" and bar.place.text() == "frame 11 of 100"
    # showing a place asks for nothing
    assert not [call for call in session.calls if call[0] == "seek"]
    tab_to(window, bar.slider)
    key(window, Qt.Key.Key_Right)
    assert session.calls[-1] == ("seek", 11) and window.session.paused
    key(window, Qt.Key.Key_Period)
    assert session.calls[-1] == ("step_frames", 1)
    row = SPEEDS.index(0.25)
    bar.speed.setCurrentIndex(row)
    bar.speed.activated.emit(row)
    assert session.calls[-1] == ("set_speed", 0.25)
    session.now = RUNNING
    window.session.poll_status()
    assert not bar.isVisible()
