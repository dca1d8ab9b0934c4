"""The editor of zones, driven by mouse and keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog, QLabel, QMessageBox

from gazeattack.safety.zone_edits import extent
from gazeattack.safety.zones import Point, ZoneKind
from gazeattack.safety.zones_file import load_zones
from gazeattack.ui.pages.driver.zone_editor.dialog import ZoneEditor
from gazeattack.ui.theme import LIGHT
from gazeattack.ui.widgets.discarding import DISCARD, KEEP
from gazeattack.ui.window.main_window import MainWindow
from tests.helpers.dialogs import answer_box
from tests.helpers.ui import DRIVER, FakeSession
from tests.helpers.window import key, open_window

LEFT = Qt.MouseButton.LeftButton
ROAD = 3  # number of the windscreen in the shipped layout


@pytest.fixture
def editor(qtbot) -> ZoneEditor:
    made = ZoneEditor(load_zones(), LIGHT)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def pixel(editor: ZoneEditor, at: Point) -> QPoint:
    return QPoint(*map(round, editor.canvas.to_px(at)))


def drag(editor: ZoneEditor, begin: Point, end: Point) -> None:
    QTest.mousePress(editor.canvas, LEFT, pos=pixel(editor, begin))
    QTest.mouseMove(editor.canvas, pixel(editor, ((begin[0] + end[0]) / 2, (begin[1] + end[1]) / 2)))
    QTest.mouseMove(editor.canvas, pixel(editor, end))
    QTest.mouseRelease(editor.canvas, LEFT, pos=pixel(editor, end))


def names(editor: ZoneEditor) -> list[str]:
    return [editor.list.item(row).text() for row in range(editor.list.count())]


def test_a_zone_moves_by_dragging_and_undo_brings_it_back(editor) -> None:
    before = editor.zones
    drag(editor, (38, -13), (30, -3))
    console = editor.zones.named("centre console")
    assert extent(console)[0] == pytest.approx((9, 36), abs=0.6) and extent(console)[1] == pytest.approx(
        (-40, -2), abs=0.6
    )
    assert editor.list.currentItem().text() == "centre console" == editor.form.name.text()
    assert editor.form.left.value() == pytest.approx(9, abs=0.6)
    assert all(value % 0.5 == 0 for corner in console.polygon for value in corner)
    editor.undo.click()
    assert editor.zones == before and not editor.undo.isEnabled()
    editor.redo.click()
    assert editor.zones.named("centre console") == console


def test_a_handle_resizes_and_a_corner_reshapes(editor) -> None:
    editor.list.setCurrentRow(7)
    drag(editor, (44, -50), (52, -60))
    assert editor.zones.named("centre console").as_box() == (
        (17, pytest.approx(52, abs=0.6)),
        (pytest.approx(-60, abs=0.6), -12),
    )
    drag(editor, (17, -36), (99, -36))
    assert "needs a right edge" in editor.state.text()
    editor.list.setCurrentRow(ROAD)
    drag(editor, (42, 16), (30, 20))
    road = editor.zones.named("windscreen")
    assert road.polygon[2] == pytest.approx((30, 20), abs=0.6) and road.polygon[1] == (48, -10)
    QTest.mouseDClick(editor.canvas, LEFT, pos=pixel(editor, road.polygon[2]))
    assert len(editor.zones.named("windscreen").polygon) == 3
    QTest.mouseDClick(editor.canvas, LEFT, pos=pixel(editor, (10, -10)))
    assert len(editor.zones.named("windscreen").polygon) == 4


def test_keys_move_resize_and_are_one_step_back(qtbot, editor) -> None:
    (left, right), (low, high) = extent(editor.zones.zones[0])
    for which in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Up):
        qtbot.keyClick(editor.canvas, which)
    assert extent(editor.zones.zones[0]) == ((left - 2, right - 2), (low + 1, high + 1))
    qtbot.keyClick(editor.canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert extent(editor.zones.zones[0])[0] == (left - 2, right - 1)
    assert editor.history.count() == 2
    for _ in range(2):
        key(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert extent(editor.zones.zones[0]) == ((left, right), (low, high))


def test_add_rename_reorder_delete(qtbot, editor) -> None:
    editor.add.click()
    assert names(editor)[0] == "new zone" and editor.form.name.hasSelectedText()
    qtbot.keyClicks(editor.form.name, "<b>bag</b>")
    qtbot.keyClick(editor.form.name, Qt.Key.Key_Return)
    # Enter ends the entry and does not close the dialog
    assert editor.isVisible() and editor.zones.zones[0].name == "<b>bag</b>"
    editor.form.kind.setCurrentIndex(editor.form.kind.findData(ZoneKind.PHONE))
    editor.form.kind.activated.emit(0)
    assert editor.zones.zones[0].kind is ZoneKind.PHONE
    editor.form.high.setValue(-5.0)
    assert extent(editor.zones.zones[0])[1][1] == -5.0
    editor.down.click()
    assert names(editor)[1] == "<b>bag</b>" and editor.up.isEnabled()
    editor.delete.click()
    assert editor.zones.zones == load_zones().zones
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in editor.findChildren(QLabel))


def test_what_is_no_layout_is_refused_in_a_sentence(qtbot, editor) -> None:
    before = editor.zones
    editor.form.name.setText("left mirror")
    qtbot.keyClick(editor.form.name, Qt.Key.Key_Return)
    assert editor.state.text() == 'Two zones are called "left mirror": give each its own name.'
    assert editor.form.name.text() == "inner mirror"
    editor.form.name.setText(" ")
    qtbot.keyClick(editor.form.name, Qt.Key.Key_Return)
    assert editor.state.text() == "A zone has no name: give every zone one."
    editor.form.left.setValue(90)
    assert "needs a right edge" in editor.state.text() and editor.form.left.value() == 29
    editor.list.setCurrentRow(ROAD)
    editor.delete.click()
    assert editor.state.text().startswith("No zone is the road")
    assert editor.zones == before and editor.history.count() == 0


def test_a_file_is_saved_and_opened_again(editor, tmp_path: Path, monkeypatch) -> None:
    editor.add.click()
    saved = editor.zones
    path = tmp_path / "mine.toml"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    editor.save_file.click()
    assert load_zones(path) == saved and editor.state.text() == f"Saved: {path}"
    editor.undo.click()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    editor.open_file.click()
    assert editor.zones == saved
    path.write_text("forward = 3")
    editor.open_file.click()
    assert editor.state.text().startswith(f'{path} needs "forward') and editor.zones == saved
    editor.save(tmp_path / "mine.toml" / "below")
    assert "cannot be written" in editor.state.text()


@pytest.fixture
def window(qtbot, tmp_path: Path) -> MainWindow:
    made = open_window(qtbot, FakeSession(), tmp_path)
    made.ui.tabs.setCurrentIndex(DRIVER)
    return made


@pytest.mark.parametrize("ok", [True, False])
def test_the_monitor_uses_the_zones_after_ok_and_not_after_cancel(qtbot, window, ok) -> None:
    page = window.pages.driver
    before = page.monitoring.zones
    qtbot.mouseClick(page.controls.zones, LEFT)
    (editor,) = window.findChildren(ZoneEditor)
    editor.form.name.setText("rear mirror")
    qtbot.keyClick(editor.form.name, Qt.Key.Key_Return)
    assert page.monitoring.zones == before
    which = QDialogButtonBox.StandardButton.Ok if ok else QDialogButtonBox.StandardButton.Cancel
    qtbot.mouseClick(editor.buttons.button(which), LEFT)
    assert not editor.isVisible()
    assert page.monitoring.zones == (editor.zones if ok else before) and editor.zones != before
    assert (page.windscreen._zones == editor.zones) is ok


def test_esc_asks_before_edits_are_lost(qtbot, editor, tmp_path) -> None:
    drag(editor, (38, -13), (30, -3))
    edited = editor.zones
    answer_box(editor, lambda: key(editor, Qt.Key.Key_Escape), KEEP)
    assert editor.isVisible() and editor.zones == edited
    # Enter and Esc keep the edits, too
    for which in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
        answer_box(editor, editor.close, which)
        assert editor.isVisible() and editor.zones == edited
    answer_box(editor, editor.close, DISCARD)
    assert not editor.isVisible()


def test_a_name_that_is_half_typed_is_an_edit(editor) -> None:
    editor.form.name.setFocus()
    editor.form.name.setText("mirror")
    answer_box(editor, lambda: key(editor, Qt.Key.Key_Escape), KEEP)
    assert editor.isVisible() and "mirror" in names(editor)


def test_without_edits_or_after_saving_esc_closes_at_once(editor, tmp_path) -> None:
    drag(editor, (38, -13), (30, -3))
    editor.save(tmp_path / "mine.toml")
    key(editor, Qt.Key.Key_Escape)
    assert not editor.isVisible() and not editor.findChildren(QMessageBox)
    editor.show()
    editor.undo.click()
    key(editor, Qt.Key.Key_Escape)
    assert not editor.isVisible() and not editor.findChildren(QMessageBox)
