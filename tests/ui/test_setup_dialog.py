"""The drawing in "Screen and camera" follows the fields, and the camera can be dragged in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from gazeattack.screen.setup import ScreenSetup
from gazeattack.ui.calibration.setup_dialog import SetupDialog
from gazeattack.ui.widgets.discarding import DISCARD, KEEP
from tests.helpers.dialogs import answer_box
from tests.helpers.ui import FakeSession
from tests.helpers.window import key, open_window

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def dialog(qtbot, tmp_path: Path) -> SetupDialog:
    window = open_window(qtbot, FakeSession(), tmp_path)
    size = window.screen().size()
    window.pages.screen.restore("", ScreenSetup(300.0, 300.0 * size.height() / size.width(), 150.0, -8.0))
    window.setup.open()
    window.setup.dialog.window_below = window
    return window.setup.dialog


def test_the_camera_is_dragged_and_ok_uses_its_place(dialog) -> None:
    view = dialog.view
    begin = view.camera_px().toPoint()
    QTest.mousePress(view, LEFT, pos=begin)
    for step in (10, 25, 40):
        QTest.mouseMove(view, begin + QPoint(step, -step // 2))
    QTest.mouseRelease(view, LEFT, pos=begin + QPoint(40, -20))
    assert dialog.across.value() > 180 and dialog.above.value() > 20
    # as far to the right as 40 pixels are, at the scale of the press
    assert (dialog.across.value() - 150) / (dialog.above.value() - 8) == pytest.approx(2, abs=0.3)
    place = dialog.across.value(), -dialog.above.value()
    dialog.finish()
    now = dialog.window_below.pages.screen.setup
    assert (now.camera_x_mm, now.camera_y_mm) == place


def test_a_press_beside_the_camera_moves_nothing(dialog) -> None:
    view = dialog.view
    QTest.mousePress(view, LEFT, pos=view.camera_px().toPoint() + QPoint(40, 40))
    QTest.mouseMove(view, QPoint(10, 10))
    assert (dialog.across.value(), dialog.above.value()) == (150, 8)


def test_arrows_move_the_camera_by_a_millimetre(qtbot, dialog) -> None:
    for which in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Up):
        qtbot.keyClick(dialog.view, which)
    assert (dialog.across.value(), dialog.above.value()) == (152, 9)


def test_the_drawing_follows_the_fields(dialog) -> None:
    before = dialog.view.grab().toImage()
    assert "eyes 60 cm away" in dialog.view.accessibleName()
    dialog.distance.setValue(90)
    dialog.width_mm.setValue(700)
    assert dialog.view.grab().toImage() != before
    assert "screen 70.0 by" in dialog.view.accessibleName() and "eyes 90 cm away" in dialog.view.accessibleName()


def test_esc_asks_before_edits_are_lost(qtbot, dialog) -> None:
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    qtbot.keyClick(dialog.view, Qt.Key.Key_Right)
    answer_box(dialog, lambda: key(dialog, Qt.Key.Key_Escape), KEEP)
    assert dialog.isVisible() and dialog.across.value() == 151
    answer_box(dialog, dialog.close, DISCARD)
    assert not dialog.isVisible() and dialog.window_below.pages.screen.setup.camera_x_mm == 150


def test_without_edits_esc_closes_at_once(qtbot, dialog) -> None:
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    for which in (Qt.Key.Key_Right, Qt.Key.Key_Left):
        qtbot.keyClick(dialog.view, which)
    key(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible() and not dialog.findChildren(QMessageBox)
