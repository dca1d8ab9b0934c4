"""The menu's own commands, and what is remembered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QMessageBox

from gazeattack.sources.registry import SourceOption
from gazeattack.ui.strings.common import SHOW_LANDMARKS
from gazeattack.ui.window.about_dialog import about_text
from gazeattack.ui.window.main_window import MainWindow
from gazeattack.version import __version__
from tests.helpers.ui import RUNNING, FakeSession, make_result
from tests.helpers.window import key, open_window


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def window(qtbot, session: FakeSession, tmp_path: Path) -> MainWindow:
    return open_window(qtbot, session, tmp_path)


def choose(window: MainWindow, title: str) -> None:
    (entry,) = [each for each in window.ui.menu.menu().actions() if each.text() == title]
    entry.trigger()


def test_a_reset_is_asked_for_first(window) -> None:
    window.appearance.choose("dark")
    choose(window, "Reset all settings ...")
    (box,) = window.findChildren(QMessageBox)
    assert window.preferences.theme == "dark" and box.defaultButton().text() != "Reset"
    box.defaultButton().click()
    assert window.preferences.theme == "dark"
    box = window.commands.ask_reset()
    next(button for button in box.buttons() if button.text() == "Reset").click()
    assert window.preferences.theme == "system" and window.ui.choices["System theme"].isChecked()


def test_the_theme_that_was_chosen_has_a_tick(window) -> None:
    names = ("System theme", "Light theme", "Dark theme")
    window.ui.choices["Dark theme"].trigger()
    assert [window.ui.choices[name].isChecked() for name in names] == [False, False, True]
    assert window.appearance.theme.dark and window.preferences.theme == "dark"


def test_the_search_for_cameras_answers(window) -> None:
    choose(window, "Search for cameras")
    assert window.statusBar().currentMessage() == '1 camera found: "Test Camera".'
    window.ui.source._sources = lambda: [SourceOption("synthetic", "Synthetic subject")]
    row = window.ui.source._list.findText("Search for cameras")
    window.ui.source._list.activated.emit(row)
    assert window.statusBar().currentMessage().startswith("No camera was found")


def test_about_names_version_licence_and_hashes(window) -> None:
    choose(window, "About gazeattack")
    (box,) = window.findChildren(QMessageBox)
    assert box.text() == about_text() and __version__ in box.text() and "MIT" in box.text()
    sums = Path("resources/bundles/wanet/SHA256SUMS").read_text()
    weights = next(line.split()[0] for line in sums.splitlines() if line.endswith("weights.safetensors"))
    assert weights in box.text()


def test_landmarks_are_remembered(qtbot, window, session, tmp_path) -> None:
    key(window, Qt.Key.Key_L)
    assert window.pages.gaze.crops._landmarks
    window.close()
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    again = MainWindow(FakeSession(), store, calibrations=tmp_path, sources=list)
    qtbot.addWidget(again)
    assert again.ui.choices[SHOW_LANDMARKS].isChecked() and again.pages.gaze.crops._landmarks


def test_a_broken_file_leaves_the_list(window, session) -> None:
    window.open_source("/tmp/broken.mp4")
    sources = window.ui.source._list
    assert sources.findData("/tmp/broken.mp4") >= 0
    session.now = replace(RUNNING, source="/tmp/broken.mp4", source_state="failed", message="It is broken.")
    window.session.poll_status()
    assert sources.findData("/tmp/broken.mp4") < 0
    window.open_source("camera:0")
    session.now = replace(RUNNING, source="camera:0", source_state="failed", message="It is gone.")
    window.session.poll_status()
    assert sources.findData("camera:0") >= 0


def test_the_saved_recording_can_be_replayed_and_its_folder_opened(window, session, monkeypatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        "gazeattack.ui.recording.controller.QDesktopServices.openUrl",
        lambda url: bool(opened.append(url.toLocalFile())),
    )
    record = window.ui.record
    assert not record.saved.isEnabled() and not record.replay.isEnabled()
    assert all(entry.text().endswith("(nothing saved yet)") for entry in (record.saved, record.replay))
    record.video.setChecked(True)
    key(window, Qt.Key.Key_R)
    session.make(make_result(0, size=(64, 48)))
    key(window, Qt.Key.Key_R)
    folder = str(window.recording.saved)
    # long after the message is gone
    window.statusBar().clearMessage()
    record.saved.trigger()
    assert opened == [folder] and folder in window.statusBar().currentMessage()
    record.replay.trigger()
    assert session.calls[-1] == ("open_source", folder)
