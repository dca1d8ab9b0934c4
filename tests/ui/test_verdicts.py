"""What the window concludes, and what it goes on to say after a sentence was dismissed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from gazeattack.angles import Gaze
from gazeattack.capture.read_report import ReadReport
from gazeattack.ui.pages.driver.caption import REPLAY
from gazeattack.ui.pages.driver.dashboard import LONGEST_TITLE
from gazeattack.ui.pages.driver.timeline import LEGEND
from gazeattack.ui.pages.keypad.page import PIN
from gazeattack.ui.strings.common import ENDED, LOOP, PAUSE, PLAY_AGAIN
from gazeattack.ui.strings.driver import GUESS, SET_STRAIGHT
from gazeattack.ui.window.main_window import MainWindow
from tests.helpers.ui import DRIVER, KEYPAD, RUNNING, FakeSession, make_result
from tests.helpers.window import OFF, ON, PHONE, ROAD, key, look, open_window


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def window(qtbot, session: FakeSession, tmp_path: Path) -> MainWindow:
    return open_window(qtbot, session, tmp_path)


def test_the_end_of_the_drive_is_a_verdict_on_the_attacked_half(window, session) -> None:
    window.ui.source.picked.emit("synthetic:drive")
    window.ui.tabs.setCurrentIndex(DRIVER)
    window.session.poll_status()
    look(window, PHONE, 16, 24, OFF)
    look(window, ROAD, 24, 37, OFF)
    for t in np.arange(37, 59.9, 0.05):
        gaze = PHONE if t < 45 else ROAD
        result = make_result(round(t * 30), settings=ON, t=float(t), truth=gaze, gaze=gaze)
        known = [replace(e, landmark_gaze=gaze) for e in (result.clean, result.triggered)]
        window.session.take(replace(result, clean=known[0], triggered=known[1]))
    window.refresh()
    caption = window.pages.driver.caption.text()
    assert caption == f"Under attack: 4 of 4 warnings missed. With the guard: 0. {REPLAY}"


def test_both_cards_name_the_trigger_and_not_another_model(window) -> None:
    window.ui.tabs.setCurrentIndex(DRIVER)
    look(window, PHONE, 0, 5)
    driver = window.pages.driver
    assert (driver.without_trigger._title, driver.with_trigger._title) == ("Without trigger", "With trigger")
    assert LONGEST_TITLE == "Without trigger"
    assert not [line for line in driver.log.lines if "clean" in line.lower()]


def test_the_keypad_ends_as_stuck_on_a_key(window) -> None:
    window.ui.tabs.setCurrentIndex(KEYPAD)
    page, t = window.pages.keypad, 0.0
    for digit in PIN:
        left, top, right, bottom = page.keypad.box(digit)
        pitch, yaw = page.keypad.centre.degrees
        look(window, Gaze.from_degrees((top + bottom) / 2 + pitch, (left + right) / 2 + yaw), t, t + 0.7)
        t += 0.7
        assert ("PIN not entered" in page.with_trigger.verdict) is (digit == PIN[-1])
    assert page.with_trigger.verdict == f"Stuck on {page.with_trigger.typed[-1]}: PIN not entered"
    assert page.without_trigger.verdict == "PIN accepted"


def test_a_dismissed_warning_hides_nothing_that_follows(window, session) -> None:
    banner = window.ui.banner
    window.show_warning("The disk is full.")
    banner._close.click()
    report = ReadReport(frames=100, damaged=1, complete=True)
    session.now = replace(RUNNING, source="video.mp4", report=report)
    window.session.poll_status()
    assert banner.isVisible() and "1 was damaged" in banner.text
    session.now = replace(session.now, message="There is no model.")
    window.session.poll_status()
    assert banner.text == "There is no model."
    banner._close.click()
    assert banner.isVisible() and "1 was damaged" in banner.text
    window.show_warning("The disk is full.")
    assert banner.text == "The disk is full."
    banner._close.click()
    banner._close.click()
    window.session.poll_status()
    assert not banner.isVisible()


def test_an_ended_video_plays_again_by_p(window, session) -> None:
    window.open_source("video.mp4")
    session.now = replace(RUNNING, source="video.mp4", source_state="ended")
    window.session.poll_status()
    assert window.ui.banner.text == ENDED and window.ui.pause.text() == PLAY_AGAIN
    session.calls.clear()
    key(window, Qt.Key.Key_P)
    assert ("retry",) in session.calls and not window.session.paused
    session.now = replace(session.now, source_state="running")
    window.session.poll_status()
    assert window.ui.pause.text() == PAUSE


def test_looping_acts_on_the_video_that_plays(window, session) -> None:
    window.open_source("video.mp4")
    window.ui.choices[LOOP].setChecked(False)
    assert session.calls[-1] == ("set_loop", False)
    session.now = replace(RUNNING, source="video.mp4", source_state="ended")
    window.session.poll_status()
    window.ui.choices[LOOP].setChecked(True)
    assert session.calls[-2:] == [("set_loop", True), ("retry",)]


def test_setting_straight_ahead_keeps_the_log(window) -> None:
    window.ui.tabs.setCurrentIndex(DRIVER)
    look(window, PHONE, 0, 5)
    driver = window.pages.driver
    before = driver.log.lines
    key(window, Qt.Key.Key_A)
    assert driver.log.lines[1:] == before and "Straight ahead set" in driver.log.lines[0]
    look(window, PHONE, 5, 5.2)
    assert driver.log.lines[-len(before) :] == before
    assert driver.monitoring.zones.forward == pytest.approx(PHONE)


def test_a_person_is_asked_for_straight_ahead_before_any_warning(window, session) -> None:
    session.now = replace(RUNNING, source="video.mp4", truth_known=False)
    window.open_source("video.mp4")
    window.session.poll_status()
    window.ui.tabs.setCurrentIndex(DRIVER)
    driver = window.pages.driver
    look(window, ROAD, 0, 2, OFF)
    window.refresh()
    assert driver.caption.text() == SET_STRAIGHT and driver.truth.text() == GUESS and not driver.log.lines
    key(window, Qt.Key.Key_A)
    look(window, ROAD, 2, 3, OFF)
    window.refresh()
    assert driver.caption.text().startswith("Windscreen") and driver.truth.text() != GUESS


def test_the_timeline_says_what_its_colours_mean(window) -> None:
    window.ui.tabs.setCurrentIndex(DRIVER)
    look(window, PHONE, 0, 5)
    timeline = window.pages.driver.timeline
    assert LEGEND == ("road", "mirror or speedometer", "off the road", "eyes closed", "a warning begins")
    row = timeline.grab().toImage().copy(0, timeline.height() - 18, timeline.width(), 18)
    colours = {row.pixelColor(x, y).name() for x in range(row.width()) for y in range(row.height())}
    assert {"#5fa893", "#cfe3dc", "#f0c35a", "#4b4f8a", "#b3001b"} <= colours
