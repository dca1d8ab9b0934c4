"""The sweep of the strength on a paused frame, and copying a value."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from gazeattack.live.settings import TriggerMode
from gazeattack.ui.window.main_window import MainWindow
from gazeattack.ui.window.strength_sweep import NOT_PAUSED, STEPS
from tests.helpers.ui import FakeSession, make_result
from tests.helpers.window import OFF, key, open_window, tab_to


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def window(qtbot, session: FakeSession, tmp_path: Path) -> MainWindow:
    return open_window(qtbot, session, tmp_path)


def choose(window: MainWindow) -> None:
    (entry,) = [each for each in window.ui.menu.menu().actions() if each.text().startswith("Strength sweep")]
    entry.trigger()


def test_a_paused_frame_gives_a_curve(window, session, tmp_path) -> None:
    choose(window)
    assert window.statusBar().currentMessage() == NOT_PAUSED
    window.session.take(make_result(0, settings=OFF))
    key(window, Qt.Key.Key_P)
    choose(window)
    for _ in range(STEPS):
        asked = session.settings
        assert asked.mode is TriggerMode.BOTH
        window.session.take(replace(make_result(0, settings=asked), shift_deg=asked.strength * 10))
    dialog = window.sweep.dialog
    assert dialog is not None and dialog.isVisible()
    assert session.settings.mode is TriggerMode.OFF and session.settings.strength is None
    dialog.export.write(tmp_path / "curve.csv")
    lines = (tmp_path / "curve.csv").read_text().splitlines()
    assert lines[0] == "strength,gaze_moved_deg" and len(lines) == STEPS + 1
    assert lines[1] == "0.000,0.000" and lines[-1] == "3.000,30.000"
    dialog.export.write(tmp_path / "curve.svg")
    assert b"<svg" in (tmp_path / "curve.svg").read_bytes()
    dialog.export.write(tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 2000
    dialog.export.write(tmp_path / "gone" / "curve.csv")
    assert window.ui.banner.isVisible() and "cannot be saved" in window.ui.banner.text


def test_a_value_is_copied_by_key(window) -> None:
    window.session.take(make_result(0))
    moved = window.pages.gaze.moved
    tab_to(window, moved)
    key(window, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == f"Gaze moved by: {moved.value}"
