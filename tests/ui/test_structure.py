"""How the window is put together: one list of pages, and one table of shortcuts."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from gazeattack.angles import Gaze
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.sources.registry import SourceOption
from gazeattack.ui.pages.base import Page
from gazeattack.ui.pages.keypad.page import PIN
from gazeattack.ui.window.help_dialog import help_text
from gazeattack.ui.window.main_window import MainWindow
from tests.helpers.ui import DRIVER, GAZE, KEYPAD, SCREEN, TABS, FakeSession, make_result


@pytest.fixture
def window(qtbot, tmp_path: Path) -> MainWindow:
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    sources = [SourceOption("synthetic", "Synthetic subject")]
    made = MainWindow(FakeSession(), store, pictures=tmp_path, calibrations=tmp_path, sources=lambda: sources)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.session.poll_status()
    return made


def test_tabs_stack_and_shortcuts_follow_the_one_list_of_pages(window) -> None:
    titles = [page.title for page in window.pages]
    assert len(set(titles)) == len(TABS) == len(titles)
    assert [window.ui.tabs.tabText(tab) for tab in range(window.ui.tabs.count())] == titles
    assert [window.ui.stack.widget(tab) for tab in range(window.ui.stack.count())] == list(window.pages)
    keys = {shortcut.key: shortcut for shortcut in window.shortcuts}
    for tab, page in enumerate(window.pages):
        assert isinstance(page, QWidget) and isinstance(page, Page)
        keys[f"Ctrl+{tab + 1}"].callback()
        assert window.page is page


def test_the_help_is_made_from_the_shortcuts_that_work(window) -> None:
    installed = {made.key().toString() for made in window.findChildren(QShortcut)}
    assert installed == {QKeySequence(shortcut.key).toString() for shortcut in window.shortcuts}
    assert len(installed) == len(window.shortcuts)
    text = help_text(window.shortcuts)
    assert all(f"<b>{each.key}</b>" in text and each.title in text for each in window.shortcuts)
    (straight,) = (each for each in window.shortcuts if each.key == "A")
    assert f"Driver: {straight.title}" in text


def test_keys_are_typed_only_while_the_keypad_is_shown(window) -> None:
    page = window.pages.keypad
    left, top, right, bottom = page.keypad.box(PIN[0])
    pitch, yaw = page.keypad.centre.degrees
    gaze = Gaze.from_degrees((top + bottom) / 2 + pitch, (left + right) / 2 + yaw)
    for first, tab, typed in ((0, DRIVER, ""), (40, KEYPAD, PIN[0])):
        window.ui.tabs.setCurrentIndex(tab)
        for index in range(first, first + 40):
            window.session.take(make_result(index, truth=gaze, gaze=gaze))
        window.ui.tabs.setCurrentIndex(GAZE)
        assert page.without_trigger.typed == typed


@pytest.mark.parametrize("tab", [GAZE, DRIVER, KEYPAD])
def test_the_full_screen_view_draws_while_its_tab_is_hidden(window, tab) -> None:
    window.ui.tabs.setCurrentIndex(SCREEN)
    page = window.pages.screen
    page.toggle_full_screen()
    window.ui.tabs.setCurrentIndex(tab)
    for index in range(3):
        window.session.take(make_result(index))
        page.full_screen.grab()
    assert page.full_screen.meter.count == 3
    page.toggle_full_screen()


def test_a_drive_started_over_while_paused_can_be_left_and_come_back_to(qtbot, window) -> None:
    window.ui.tabs.setCurrentIndex(DRIVER)
    window.session.take(make_result(0))
    qtbot.mouseClick(window.ui.pause, Qt.MouseButton.LeftButton)
    window.pages.driver.again.click()
    for tab in (GAZE, DRIVER):
        window.ui.tabs.setCurrentIndex(tab)
    assert window.pages.driver.without_trigger.state is None
    window.session.take(make_result(1))
    assert window.pages.driver.without_trigger.state is not None


def test_a_switched_trigger_shows_its_numbers_at_once(window) -> None:
    off, on = PipelineSettings(TriggerMode.OFF), PipelineSettings(TriggerMode.BOTH)
    window.session.take(make_result(0, settings=off))
    assert window.pages.gaze.moved.value == "–"
    window.session.take(make_result(1, settings=on))
    assert window.pages.gaze.moved.value != "–"
