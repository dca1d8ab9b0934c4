"""One "Open ...", drag and drop, and what was opened last."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QPushButton

from gazeattack.attack.key import load_key
from gazeattack.model.catalogue import bundle_paths
from gazeattack.ui.strings.common import gaze_text
from gazeattack.ui.window.key_dialog import FIXED, key_text
from gazeattack.ui.window.main_window import MainWindow
from gazeattack.ui.window.openable import Openable, classify
from gazeattack.ui.window.preferences import Preferences
from tests.helpers.ui import RUNNING, FakeSession
from tests.helpers.window import key, open_window

WANET = bundle_paths()["wanet"]


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def window(qtbot, session: FakeSession, tmp_path: Path) -> MainWindow:
    return open_window(qtbot, session, tmp_path)


def drop(window: MainWindow, path: Path) -> bool:
    """Drop a file on the window; whether it was taken."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    action, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(window.rect().center(), action, data, left, none)
    QApplication.sendEvent(window, enter)
    QApplication.sendEvent(window, QDropEvent(QPointF(window.rect().center()), action, data, left, none))
    return enter.isAccepted()


def test_every_path_is_known_for_what_it_is(tmp_path) -> None:
    assert classify(WANET) == (Openable.MODEL, WANET)
    assert classify(WANET / "card.json") == classify(WANET / "weights.safetensors") == (Openable.MODEL, WANET)
    assert classify(WANET / "trigger.safetensors")[0] is Openable.KEY
    assert classify(tmp_path / "samples.csv") == (Openable.SOURCE, tmp_path)
    assert classify(tmp_path) == (Openable.SOURCE, tmp_path)
    assert classify(tmp_path / "zones.toml")[0] is Openable.ZONES
    assert classify(tmp_path / "a.mp4") == (Openable.SOURCE, tmp_path / "a.mp4")


def test_whatever_is_dropped_is_opened(qtbot, window, session, tmp_path) -> None:
    video = tmp_path / "drive.mp4"
    video.write_bytes(b"x")
    assert drop(window, video) and session.calls[-1] == ("open_source", str(video))
    assert drop(window, WANET / "card.json") and session.calls[-1] == ("use_bundle", str(WANET))
    drop(window, WANET / "trigger.safetensors")
    (box,) = window.findChildren(QMessageBox)
    assert load_key(WANET / "trigger.safetensors").sha256 in box.text() and FIXED in box.text()
    assert window.preferences.recent == [str(WANET / "trigger.safetensors"), str(WANET), str(video)]


def test_what_is_gone_or_broken_is_told_and_leaves_the_list(window, session, tmp_path) -> None:
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"nonsense")
    window.opener.open(str(broken))
    assert window.ui.banner.isVisible() and "broken.safetensors" in window.ui.banner.text
    window.opener.open(str(tmp_path / "gone.mp4"))
    assert window.ui.banner.text.endswith("is no longer there: choose another.")
    assert window.preferences.recent == []
    video = tmp_path / "bad.mp4"
    video.write_bytes(b"x")
    window.opener.open(str(video))
    assert window.preferences.recent == [str(video)]
    session.now = replace(RUNNING, source=str(video), source_state="failed", message="It is broken.")
    window.session.poll_status()
    assert window.preferences.recent == []


def test_open_recent_survives_a_restart(qtbot, window, session, tmp_path) -> None:
    for name in ("a & b.mp4", "c.mp4"):
        (tmp_path / name).write_bytes(b"x")
        window.opener.open(str(tmp_path / name))
    window.close()
    again = FakeSession()
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    other = MainWindow(again, store, calibrations=tmp_path, sources=list)
    qtbot.addWidget(other)
    other.opener.fill()
    first, second = other.opener.menu.actions()
    assert first.text().startswith("c.mp4") and second.text().startswith("a && b.mp4")
    second.trigger()
    assert again.calls[-1] == ("open_source", str(tmp_path / "a & b.mp4"))


@pytest.mark.parametrize("text", ["nonsense", "{}", "[1, 2]", '"a"'])
def test_a_spoilt_list_is_empty(tmp_path, text) -> None:
    store = QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat)
    store.setValue("recent", text)
    assert Preferences(store).recent == []


def test_one_dialog_opens_files_and_folders(qtbot, window, session, tmp_path) -> None:
    key(window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    (dialog,) = window.findChildren(QFileDialog)
    dialog.setDirectory(str(tmp_path))
    (folder,) = [each for each in dialog.findChildren(QPushButton) if each.text() == "Open this folder"]
    folder.click()
    assert session.calls[-1] == ("open_source", str(tmp_path)) and not dialog.isVisible()


def test_the_key_of_the_model_at_work_can_be_shown(window, session) -> None:
    window.use_bundle("clean")
    session.now = replace(RUNNING, bundle="clean", backdoored=False)
    window.session.poll_status()
    window.keys.show_own()
    assert "no trigger key" in window.ui.banner.text
    window.use_bundle("wanet")
    session.now = RUNNING
    window.session.poll_status()
    window.keys.show_own()
    (box,) = window.findChildren(QMessageBox)
    assert 'The model "wanet" was trained on this key.' in box.text()
    held = load_key(WANET / "trigger.safetensors")
    assert f"Target: {gaze_text(held.target)}" in box.text()
    assert "was not trained on this key" in key_text(held, window.session.model, None)
