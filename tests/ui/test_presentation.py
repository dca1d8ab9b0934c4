"""The presentation view, the card of the first start, and the tour."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from gazeattack.live.settings import TriggerMode
from gazeattack.ui.window.main_window import MainWindow
from gazeattack.ui.window.presentation import HELP, UNLOCKED
from gazeattack.ui.window.tour import tour_steps
from tests.helpers.ui import DRIVER, FakeSession, make_result
from tests.helpers.window import ON, key, open_window


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def window(qtbot, session: FakeSession, tmp_path: Path) -> MainWindow:
    return open_window(qtbot, session, tmp_path)


def test_f5_shows_face_numbers_and_switch_alone_and_escape_leaves(qtbot, window, session) -> None:
    key(window, Qt.Key.Key_F5)
    view = window.presentation.view
    assert view is not None and view.isFullScreen() and view.geometry() == window.screen().geometry()
    qtbot.waitUntil(view.isActiveWindow)
    key(view, Qt.Key.Key_Space)
    assert session.settings.mode is TriggerMode.BOTH and view.switch.text() == "TRIGGER ON"
    result = make_result(0, settings=ON)
    window.session.take(result)
    view.grab()
    assert view.camera.meter.count == 1
    assert view.moved.value == f"{result.shift_deg:.1f}°" and view.changed.value.endswith("%")
    qtbot.mouseClick(view.switch, Qt.MouseButton.LeftButton)
    assert session.settings.mode is TriggerMode.OFF
    key(view, Qt.Key.Key_Escape)
    assert window.presentation.view is None
    window.session.take(make_result(1))


def test_keys_that_write_files_are_locked_until_u(qtbot, window, session) -> None:
    key(window, Qt.Key.Key_F5)
    view = window.presentation.view
    assert view is not None and view.note.text() == HELP
    qtbot.waitUntil(view.isActiveWindow)
    for letter in (Qt.Key.Key_R, Qt.Key.Key_S):
        key(view, letter)
        assert "locked here" in view.note.text()
    # a message passes, and the keys are named again
    window.presentation._passing.timeout.emit()
    assert view.note.text() == HELP and window.presentation._passing.isActive()
    assert window.recording.seconds is None and not window._pictures.exists()
    key(view, Qt.Key.Key_U)
    assert view.note.text() == UNLOCKED
    key(view, Qt.Key.Key_R)
    key(view, Qt.Key.Key_S)
    assert window.recording.seconds is not None and len(list(window._pictures.glob("*.png"))) == 1
    key(view, Qt.Key.Key_F5)
    # the next one begins locked
    key(window, Qt.Key.Key_F5)
    assert window.presentation.locked
    window.close()
    assert window.presentation.view is None


def test_the_screen_of_the_view_is_chosen_and_remembered(window) -> None:
    ((title, name),) = window.presentation.screens()
    window.ui.choices[title].trigger()
    # the display of the tests has no name
    assert (window.preferences.presentation_screen or "") == name == window.screen().name()
    assert window.presentation.screen() is window.screen()


def test_the_card_of_the_first_start_leaves_the_keys_alone(qtbot, window, session) -> None:
    window.guide.show_card()
    card = window.guide.card
    assert card is not None and card.isVisible() and window.ui.body.rect().contains(card.geometry())
    key(window, Qt.Key.Key_Space)
    assert session.settings.mode is TriggerMode.BOTH and window.guide.card is card
    qtbot.mouseClick(card.never, Qt.MouseButton.LeftButton, pos=QPoint(10, card.never.height() // 2))
    key(window, Qt.Key.Key_Escape)
    assert window.guide.card is None and not window.preferences.welcome
    window.resize(1000, 640)
    window.guide.show_card()
    assert window.guide.card.never.isChecked()
    assert window.ui.body.rect().contains(window.guide.card.geometry())


def test_the_tour_points_at_each_panel_in_turn(qtbot, window) -> None:
    window.resize(1000, 640)
    window.ui.tabs.setCurrentIndex(DRIVER)
    window.guide.show_card()
    window.guide.card.show_tour.click()
    tour, steps = window.guide.tour, tour_steps(window.ui, window.pages)
    seen = []
    while tour.step is not None:
        QApplication.processEvents()
        assert tour.ring.isVisible() and tour.ring.target is tour.step.panel and tour.step.panel.isVisible()
        assert window.ui.body.rect().contains(tour.card.geometry())
        seen.append(tour.step.panel)
        key(window, Qt.Key.Key_Right)
    assert seen == [step.panel for step in steps] and len(set(map(id, seen))) == len(steps)
    assert window.page is window.pages.driver and not tour.ring.isVisible() and not tour.card.isVisible()
    window.guide.start_tour()
    key(window, Qt.Key.Key_Right)
    key(window, Qt.Key.Key_Left)
    assert tour.step.panel is steps[0].panel
    key(window, Qt.Key.Key_Escape)
    assert tour.step is None
