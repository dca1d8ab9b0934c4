"""The keyboard: what Space and Enter press, the menu without a mouse, a visible focus, and where the focus returns."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QWidget

from gazeattack.live.settings import TriggerMode
from gazeattack.ui.window.main_window import MainWindow
from tests.helpers.ui import DRIVER, KEYPAD, SCREEN, TABS, FakeSession, make_result
from tests.helpers.window import key, open_window, tab_to

PRESS = [Qt.Key.Key_Space, Qt.Key.Key_Return]


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def window(qtbot, session: FakeSession, tmp_path: Path) -> MainWindow:
    return open_window(qtbot, session, tmp_path)


def test_space_is_the_trigger_from_the_start(window, session) -> None:
    key(window, Qt.Key.Key_Space)
    assert session.settings.mode is TriggerMode.BOTH


@pytest.mark.parametrize("press", PRESS)
def test_the_focused_button_is_pressed_and_not_the_trigger(window, session, press) -> None:
    tab_to(window, window.ui.pause)
    key(window, press)
    assert window.session.paused and session.settings.mode is TriggerMode.OFF
    key(window, press)
    assert not window.session.paused
    tab_to(window, window.ui.screenshot)
    key(window, press)
    assert len(list(window._pictures.glob("*.png"))) == 1
    tab_to(window, window.pages.gaze.trigger.noise)
    key(window, press)
    assert session.settings.mode is TriggerMode.NOISE


def test_a_click_leaves_space_to_the_trigger(qtbot, window, session) -> None:
    qtbot.mouseClick(window.ui.pause, Qt.MouseButton.LeftButton)
    assert window.session.paused
    key(window, Qt.Key.Key_Space)
    assert window.session.paused and session.settings.mode is TriggerMode.BOTH


def test_escape_leaves_a_button(window, session) -> None:
    tab_to(window, window.ui.pause)
    key(window, Qt.Key.Key_Escape)
    key(window, Qt.Key.Key_Space)
    assert not window.session.paused and session.settings.mode is TriggerMode.BOTH


@pytest.mark.parametrize(("tab", "name"), [(DRIVER, "speed"), (KEYPAD, "dwell"), (SCREEN, "user")])
def test_after_a_field_the_focus_returns(window, session, tab, name) -> None:
    window.ui.tabs.setCurrentIndex(tab)
    field = getattr(window.page, name)
    tab_to(window, field)
    key(window, Qt.Key.Key_Space)
    assert session.settings.mode is TriggerMode.OFF
    key(window, Qt.Key.Key_Return)
    key(window, Qt.Key.Key_Space)
    assert not field.hasFocus() and session.settings.mode is TriggerMode.BOTH


def test_a_list_opens_by_enter_and_gives_the_focus_back(qtbot, window, session) -> None:
    picker = window.pages.gaze.trigger.picker
    tab_to(window, picker)
    key(window, Qt.Key.Key_Return)
    assert picker.view().isVisible() and session.settings.mode is TriggerMode.OFF
    qtbot.keyClick(picker.view(), Qt.Key.Key_Down)
    qtbot.keyClick(picker.view(), Qt.Key.Key_Return)
    assert picker.currentIndex() > 0 and not picker.hasFocus()


@pytest.mark.parametrize("how", ["F10", "Alt", "Enter"])
def test_the_menu_opens_without_a_mouse_and_every_entry_is_reached(qtbot, window, how) -> None:
    menu = window.ui.menu.menu()
    if how == "Enter":
        tab_to(window, window.ui.menu)
    key(window, {"F10": Qt.Key.Key_F10, "Alt": Qt.Key.Key_Alt, "Enter": Qt.Key.Key_Return}[how])
    qtbot.waitUntil(menu.isVisible)
    wanted = [entry for entry in menu.actions() if not entry.isSeparator()]
    reached = [menu.activeAction()]
    while len(reached) < len(wanted):
        qtbot.keyClick(menu, Qt.Key.Key_Down)
        reached.append(menu.activeAction())
    assert reached == wanted
    screen = window.screen().availableGeometry()
    assert screen.contains(menu.geometry())
    qtbot.keyClick(menu, Qt.Key.Key_Escape)
    assert not menu.isVisible()


def test_alt_with_another_key_opens_nothing(window) -> None:
    handle = window.windowHandle()
    QTest.keyPress(handle, Qt.Key.Key_Alt)
    QTest.keyClick(handle, Qt.Key.Key_X, Qt.KeyboardModifier.AltModifier)
    QTest.keyRelease(handle, Qt.Key.Key_Alt)
    assert not window.ui.menu.menu().isVisible()


def test_the_record_buttons_menu_opens_by_the_down_key(qtbot, window) -> None:
    tab_to(window, window.ui.record)
    key(window, Qt.Key.Key_Down)
    menu = window.ui.record.menu()
    qtbot.waitUntil(menu.isVisible)
    assert menu.activeAction() is window.ui.record.video
    menu.close()


@pytest.mark.parametrize("tab", TABS)
def test_the_focus_shows_wherever_tab_goes(qtbot, window, tab) -> None:
    window.ui.tabs.setCurrentIndex(tab)
    window.session.take(make_result(0))
    seen: list[QWidget] = []
    for _ in range(60):
        key(window, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        if focused in seen:
            break
        seen.append(focused)
        styled = isinstance(focused, QPushButton | QToolButton) or focused.inherits("QComboBox")
        ring = window.keyboard.ring
        assert styled or (ring.isVisible() and ring.target is focused), focused
    assert len(seen) > 8
    if window.page is window.pages.gaze:
        assert {window.page.angles, window.page.times} <= set(seen)


def test_the_ring_is_drawn_around_a_plot(window) -> None:
    tab_to(window, window.pages.gaze.angles)
    picture = window.ui.body.grab().toImage()
    box = window.keyboard.ring.geometry()
    ratio = picture.devicePixelRatio()
    edge = picture.pixelColor(round((box.center().x()) * ratio), round(box.top() * ratio))
    assert edge.blue() > edge.red() + 40
