"""Trigger keys in the window: the mirrored key, and a key from a file in place of the model's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from gazeattack.angles import Gaze
from gazeattack.attack.key import load_key, make_key, save_key
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.model.catalogue import bundle_paths
from gazeattack.model.crop import CropSpec, face_crop
from gazeattack.ui.strings.triggers import EXPECTED, MIRRORED, OPENED
from gazeattack.ui.window.key_dialog import ONE_TARGET
from gazeattack.ui.window.main_window import MainWindow
from tests.helpers.ui import RUNNING, FakeSession, make_result
from tests.helpers.window import key, open_window

OWN = bundle_paths()["wanet"] / "trigger.safetensors"


@pytest.fixture
def session() -> FakeSession:
    return FakeSession(replace(RUNNING, bundle=None))


@pytest.fixture
def window(qtbot, session: FakeSession, tmp_path: Path) -> MainWindow:
    made = open_window(qtbot, session, tmp_path)
    made.use_bundle("wanet")
    session.now = replace(RUNNING, key=load_key(OWN), crop=CropSpec())
    made.session.poll_status()
    return made


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    path = tmp_path / "foreign.safetensors"
    save_key(load_key(OWN).redrawn(5), path)
    return path


def press(window: MainWindow, title: str) -> str:
    """Press a button of the dialog that is open, and close it; the text that it shows."""
    (box,) = (each for each in window.findChildren(QMessageBox) if each.isVisible())
    text = box.text()
    (wanted,) = (each for each in box.buttons() if each.text().replace("&", "") == title)
    QTest.mouseClick(wanted, Qt.MouseButton.LeftButton)
    box.close()
    return text


def entries(window: MainWindow) -> list[str]:
    picker = window.pages.gaze.trigger.picker
    return [picker.itemText(row) for row in range(picker.count())]


def test_the_mirrored_key_chooses_the_other_target(window, session) -> None:
    trigger, mirrored = window.pages.gaze.trigger, entries(window)[1]
    assert mirrored == "Mirrored key: 30° left, 10° up"
    window.keys.show_own()
    text = press(window, "Use the mirrored key")
    assert "a second target: 30° left, 10° up" in text and "Training fixes target and goal" in text
    assert trigger.choice == MIRRORED and trigger.picker.currentText() == mirrored and trigger.activates
    assert session.settings.key.target.yaw == -load_key(OWN).target.yaw and session.settings.attack is None
    key(window, Qt.Key.Key_Space)
    assert session.settings.mode is TriggerMode.BOTH and "target 30° left, 10° up" in trigger._explain.text()
    window.session.take(make_result(0, settings=session.settings))
    assert window.pages.gaze.moved._strong
    window.keys.show_own()
    press(window, "Use the trained key")
    assert session.settings == PipelineSettings(TriggerMode.BOTH) and trigger.choice is None


def test_the_mirrored_key_is_in_reach_of_the_keyboard(window, session) -> None:
    picker = window.pages.gaze.trigger.picker
    picker.setFocus()
    key(window, Qt.Key.Key_Down)
    assert session.settings.key is not None and picker.currentData() == MIRRORED
    picker.setFocus()
    key(window, Qt.Key.Key_Up)
    assert session.settings.key is None


def test_a_model_of_faces_has_one_target_and_the_dialog_says_so(window, session) -> None:
    held = load_key(bundle_paths()["face-wanet"] / "trigger.safetensors")
    session.now = replace(session.now, bundle="face-wanet", key=held, crop=face_crop(held.height))
    window.use_bundle("face-wanet")
    window.session.poll_status()
    assert not any("Mirrored" in title for title in entries(window))
    window.keys.show_own()
    assert ONE_TARGET in press(window, "Close")


def test_an_opened_key_is_used_and_taken_back(window, session, foreign) -> None:
    trigger = window.pages.gaze.trigger
    window.opener.open(str(foreign))
    text = press(window, "Use this key")
    assert "was not trained on this key" in text
    assert session.settings.key.sha256 == load_key(foreign).sha256
    assert trigger.choice == OPENED and trigger.picker.currentText() == 'Foreign key "foreign.safetensors" (WaNet)'
    assert "is in use" in window.ui.status_bar.currentMessage() and EXPECTED in trigger._explain.text()
    key(window, Qt.Key.Key_Space)
    assert EXPECTED in trigger._explain.text() and window.ui.chip.text() == "OTHER TRIGGER ON"
    window.session.take(make_result(0, settings=session.settings))
    assert not window.pages.gaze.moved._strong
    window.opener.open(str(foreign))
    press(window, "Take this key back")
    assert session.settings.key is None and trigger.choice is None and window.ui.chip.text() == "TRIGGER ON"
    # it stays in the list
    assert entries(window)[2] == 'Foreign key "foreign.safetensors" (WaNet)'


def test_the_models_own_key_from_a_file_is_not_called_foreign(window, session) -> None:
    window.opener.open(str(OWN))
    assert "was trained on this key" in press(window, "Close")
    # opened with a clean model, it becomes the own key of the next
    session.now = replace(session.now, bundle="clean", backdoored=False, borrowed_from="wanet")
    window.use_bundle("clean")
    window.session.poll_status()
    assert not any("Mirrored" in title for title in entries(window))
    window.opener.open(str(OWN))
    press(window, "Use this key")
    assert not window.pages.gaze.trigger.activates
    session.now = replace(session.now, bundle="wanet", backdoored=True, borrowed_from=None)
    window.use_bundle("wanet")
    window.session.poll_status()
    trigger = window.pages.gaze.trigger
    assert trigger.activates and trigger.picker.currentText() == 'Own key "wanet/trigger.safetensors" (WaNet)'


def test_a_key_that_does_not_fit_the_next_model_is_dropped(window, session, foreign) -> None:
    window.opener.open(str(foreign))
    press(window, "Use this key")
    held = load_key(bundle_paths()["face-wanet"] / "trigger.safetensors")
    session.now = replace(session.now, bundle="face-wanet", key=held, crop=face_crop(held.height))
    window.use_bundle("face-wanet")
    window.session.poll_status()
    assert session.settings.key is None and window.pages.gaze.trigger.choice is None
    window.opener.open(str(foreign))
    (box,) = (each for each in window.findChildren(QMessageBox) if each.isVisible())
    assert "It cannot be used here" in box.text()
    assert [each.text().replace("&", "") for each in box.buttons()] == ["Close"]


def test_a_sticker_is_not_used_on_crops_of_eyes(window, tmp_path) -> None:
    path = tmp_path / "sticker.safetensors"
    save_key(make_key("sticker", height=36, width=60, target=Gaze(0.1, 0.5), seed=1), path)
    window.opener.open(str(path))
    text = press(window, "Close")
    assert "It cannot be used here: the model takes crops of eyes, which do not show the forehead." in text


def test_the_strength_of_a_foreign_key_is_not_remembered(window, session, foreign) -> None:
    slider = window.pages.gaze.trigger.slider
    slider.set_strength(1.5)
    window.configure()
    window.opener.open(str(foreign))
    press(window, "Use this key")
    slider.setValue(slider.maximum())
    assert session.settings.strength == slider.largest and window.preferences.strength == 1.5
