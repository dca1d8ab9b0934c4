"""The window beyond the Gaze tab: driver, keypad, screen, calibration and recording, with a made-up subject."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from gazeattack.angles import Gaze
from gazeattack.capture.recording import RecordingSource
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.live.guard import Guard, GuardCheck
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.safety.zones_file import load_zones
from gazeattack.screen.calibration_file import load_calibration
from gazeattack.sources.registry import SourceOption
from gazeattack.ui.calibration.dialog import CalibrationDialog
from gazeattack.ui.pages.driver.caption import REPLAY
from gazeattack.ui.pages.keypad.page import PIN
from gazeattack.ui.strings.common import CAPTION
from gazeattack.ui.window.main_window import MainWindow
from tests.helpers.ui import DRIVER, GAZE, KEYPAD, RUNNING, SCREEN, TABS, FakeSession, make_result

ROAD, PHONE = Gaze.from_degrees(10, 0), Gaze.from_degrees(-30, 2)
SOURCES = [SourceOption("synthetic", "Synthetic subject"), SourceOption("synthetic:drive", "Scripted drive")]
OFF, ON = PipelineSettings(TriggerMode.OFF), PipelineSettings(TriggerMode.BOTH)


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def window(qtbot, session: FakeSession, tmp_path: Path) -> MainWindow:
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    made = MainWindow(
        session, store, pictures=tmp_path / "pictures", calibrations=tmp_path / "calibrations", sources=lambda: SOURCES
    )
    qtbot.addWidget(made)
    made.recording.use_folder(tmp_path / "recordings")
    made.resize(1280, 720)
    made.show()
    qtbot.waitExposed(made)
    made.session.poll_status()
    return made


def press(qtbot, window, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, key, modifier)


def look(window, gaze: Gaze, begin: float, end: float, settings: PipelineSettings = ON) -> None:
    """Seconds of a subject that looks one way, and of a clean branch that sees it."""
    for t in np.arange(begin, end, 0.05):
        window.session.take(make_result(round(t * 30), settings=settings, t=float(t), truth=gaze, gaze=gaze))


def test_every_tab_comes_by_key_and_only_the_one_shown_paints(qtbot, window) -> None:
    for tab in TABS:
        press(qtbot, window, Qt.Key(Qt.Key.Key_1 + tab), Qt.KeyboardModifier.ControlModifier)
        assert window.page is window.pages[tab] and window.ui.tabs.currentIndex() == tab
        meters = [page.meter for page in window.pages]
        before = [meter.count for meter in meters]
        for index in range(3):
            window.session.take(make_result(tab * 10 + index))
            window.repaint()
            window.ui.stack.currentWidget().repaint()
            qtbot.wait(1)
        painted = [meter.count - was for meter, was in zip(meters, before, strict=True)]
        assert painted[tab] >= 3 and sum(painted) == painted[tab]


def test_the_window_says_what_it_is_not(window) -> None:
    assert CAPTION == "A laptop webcam demonstration, not a certified driver monitor."
    caption = window.ui.caption
    assert caption.isVisible() and caption.text() == CAPTION
    window.show_message("Something passing.")
    assert not caption.isVisible() and window.ui.message.text() == "Something passing."
    window.statusBar().clearMessage()
    assert caption.isVisible() and caption.text() == CAPTION


def test_a_warning_is_lost_with_the_trigger(window) -> None:
    window.ui.tabs.setCurrentIndex(DRIVER)
    driver = window.pages.driver
    look(window, ROAD, 0, 2)
    assert driver.without_trigger.state.headline == driver.with_trigger.state.headline == "Eyes on the road"
    look(window, PHONE, 2, 5.3)
    window.refresh()
    assert driver.without_trigger.state.alert and driver.without_trigger.state.headline == "WARNING"
    assert not driver.with_trigger.state.alert and driver.with_trigger.state.headline == "Eyes on the road"
    assert {row.name for row in driver.without_trigger.state.rows if row.lit} == {"ncap-long", "attend"}
    lines = "\n".join(driver.log.lines)
    assert "Long distraction (without trigger)" in lines and "(with trigger)" not in lines
    assert "Warning lost with trigger" in driver.caption.text()
    assert (
        "2 of 2 missed" in driver.with_trigger.state.foot[1] and "0 of 2 missed" in driver.without_trigger.state.foot[1]
    )


def test_without_the_trigger_both_branches_warn_and_monitors_run_on_every_tab(window) -> None:
    assert window.page is window.pages[GAZE]
    look(window, PHONE, 0, 4, OFF)
    window.ui.tabs.setCurrentIndex(DRIVER)
    driver = window.pages.driver
    assert driver.without_trigger.state.alert and driver.with_trigger.state.alert
    assert any("Long distraction (with trigger)" in line for line in driver.log.lines)
    driver.again.click()
    assert driver.log.lines == [] and driver.without_trigger.state is None


def test_the_speed_decides_on_the_european_rule(window) -> None:
    window.ui.tabs.setCurrentIndex(DRIVER)
    driver = window.pages.driver
    driver.speed.setValue(10)
    look(window, PHONE, 0, 4)
    window.refresh()
    addw = next(row for row in driver.without_trigger.state.rows if row.name == "addw")
    assert addw.resting and not addw.lit
    driver.speed.setValue(100)
    look(window, PHONE, 4, 8)
    window.refresh()
    assert next(row for row in driver.without_trigger.state.rows if row.name == "addw").lit


def test_the_guard_gives_both_monitors_the_landmark_gaze(qtbot, window) -> None:
    def marked(begin: float, end: float) -> None:
        for t in np.arange(begin, end, 0.05):
            s = make_result(round(t * 30), settings=ON, t=float(t), truth=PHONE, gaze=PHONE)
            window.session.take(
                replace(
                    s, clean=replace(s.clean, landmark_gaze=PHONE), triggered=replace(s.triggered, landmark_gaze=PHONE)
                )
            )
        window.refresh()

    press(qtbot, window, Qt.Key.Key_G)
    driver = window.pages.driver
    assert not driver.guard.switch.isChecked()  # the key belongs to the Driver tab
    window.ui.tabs.setCurrentIndex(DRIVER)
    marked(0, 4)
    assert driver.without_trigger.state.alert and not driver.with_trigger.state.alert
    press(qtbot, window, Qt.Key.Key_G)
    assert driver.guard.switch.isChecked() and driver.monitoring.guard == Guard.of(GuardCheck.LANDMARKS)
    assert "Guard on" in window.statusBar().currentMessage()
    marked(4, 8)
    assert (
        driver.without_trigger.state.alert
        and driver.with_trigger.state.alert
        and driver.caption.text().endswith("Guard on")
    )
    driver.guard.switch.click()
    assert driver.monitoring.guard is None and "Guard off" in window.statusBar().currentMessage()
    look(window, PHONE, 8, 8.2)  # this model locates nothing
    driver.guard.switch.click()
    assert "predicts no eye landmarks" in window.statusBar().currentMessage()
    look(window, PHONE, 8.2, 8.4)
    window.refresh()
    assert driver.caption.text().endswith("Guard has no landmarks")
    # whoever starts over keeps the guard
    driver.again.click()
    marked(9, 13)
    assert driver.with_trigger.state.alert


def test_one_guard_serves_driver_keypad_and_screen(qtbot, session, window) -> None:
    pages, guard = window.pages, window.choices.guard
    pages_with_guard = (pages.driver, pages.keypad, pages.screen)
    window.ui.tabs.setCurrentIndex(KEYPAD)
    press(qtbot, window, Qt.Key.Key_G)
    assert all(page.guard.switch.isChecked() for page in pages_with_guard)
    assert session.settings.checks == frozenset()
    rows = [pages.screen.guard.check.itemText(row) for row in range(pages.screen.guard.check.count())]
    assert rows == ["Check with: eye landmarks", "Check with: shifted crops", "Check with: iris landmarks"]
    pages.screen.guard.check.setCurrentIndex(1)
    pages.screen.guard.check.activated.emit(1)
    assert session.settings.checks == {GuardCheck.SHIFTS} and pages.keypad.guard.check.currentIndex() == 1
    assert pages.driver.monitoring.guard == Guard.of(GuardCheck.SHIFTS) == pages.screen.tracker.guard
    assert "shifted crops" in window.statusBar().currentMessage()
    guard.pick(GuardCheck.IRIS)
    assert session.settings.checks == {GuardCheck.IRIS}
    window.ui.tabs.setCurrentIndex(SCREEN)
    result = make_result(0, settings=ON, t=0.0, truth=ROAD, gaze=ROAD)
    window.session.take(replace(result, triggered=replace(result.triggered, iris_gaze=PHONE)))
    window.refresh()
    assert pages.screen.points.rejected == {"triggered"}
    assert pages.screen.view._text == "The guard rejects the gaze with trigger."
    window.ui.tabs.setCurrentIndex(KEYPAD)
    window.session.take(replace(result, t=0.1, triggered=replace(result.triggered, iris_gaze=PHONE)))
    window.refresh()
    assert "triggered" not in pages.keypad.view._looks and "clean" in pages.keypad.view._looks
    assert "rejected" in pages.keypad.with_trigger._foot and "rejected" not in pages.keypad.without_trigger._foot
    # whoever starts over keeps the guard
    pages.keypad.start_over()
    assert pages.keypad._monitoring.guard == Guard.of(GuardCheck.IRIS)
    press(qtbot, window, Qt.Key.Key_G)
    assert pages.keypad._monitoring.guard is None and pages.screen.tracker.guard is None
    assert not any(page.guard.switch.isChecked() for page in pages_with_guard)


def test_straight_ahead_moves_the_zones(qtbot, window) -> None:
    window.ui.tabs.setCurrentIndex(DRIVER)
    driver = window.pages.driver
    press(qtbot, window, Qt.Key.Key_A)
    assert "needs a second of gaze" in window.statusBar().currentMessage()
    low = Gaze.from_degrees(-25, -20)
    look(window, low, 0, 1.5, OFF)
    assert driver.without_trigger.state.headline != "Eyes on the road"
    press(qtbot, window, Qt.Key.Key_A)
    look(window, low, 1.5, 2.0, OFF)
    window.refresh()
    assert driver.without_trigger.state.headline == "Eyes on the road"
    assert driver.monitoring.zones.forward == pytest.approx(low)


def test_the_scripted_drive_switches_the_trigger_itself_and_starts_over(qtbot, window, session) -> None:
    window.ui.tabs.setCurrentIndex(DRIVER)
    press(qtbot, window, Qt.Key.Key_D)
    assert session.calls[-1] == ("open_source", "synthetic:drive")
    window.session.poll_status()
    window.ui.tabs.setCurrentIndex(DRIVER)
    look(window, PHONE, 16, 20, OFF)
    assert session.settings.mode is TriggerMode.OFF
    assert window.pages.driver.caption.text().startswith("Phone in the lap: 4 s · Attack starts in 10 s")
    look(window, ROAD, 29.9, 30.1, OFF)
    assert session.settings.mode is TriggerMode.BOTH and window.ui.chip.text() == "TRIGGER ON"
    window.ui.chip.click()
    look(window, ROAD, 30.1, 31, OFF)
    assert session.settings.mode is TriggerMode.OFF  # the person's switch holds
    look(window, ROAD, 59.5, 59.9, OFF)
    assert window.session.paused and ("set_paused", True) in session.calls
    window.refresh()
    assert window.pages.driver.caption.text() == f"No attack: 0 of 3 warnings missed. {REPLAY}"
    press(qtbot, window, Qt.Key.Key_P)
    look(window, ROAD, 59.9, 60.5, OFF)
    assert not window.session.paused
    assert window.pages.driver.log.lines == []
    assert session.settings.mode is TriggerMode.OFF


def test_other_zones_can_be_put_in(window, tmp_path, monkeypatch) -> None:
    file = tmp_path / "z.toml"
    for asked in ("getSaveFileName", "getOpenFileName"):
        monkeypatch.setattr(f"gazeattack.ui.pages.driver.zone_files.QFileDialog.{asked}", lambda *_: (str(file), ""))
    window.pages.driver.export_zones()
    file.write_text(file.read_text().replace("phone in the lap", "my phone"))
    window.pages.driver.open_zones()
    window.ui.tabs.setCurrentIndex(DRIVER)
    look(window, PHONE, 0, 0.5)
    window.refresh()
    assert window.pages.driver.without_trigger.state.detail == "my phone"
    file.write_text("nonsense")
    window.pages.driver.open_zones()
    assert "not valid TOML" in window.ui.banner.text
    assert window.pages.driver.monitoring.zones.named("my phone") is not None
    assert load_zones().named("my phone") is None


def test_gaze_types_the_pin_and_the_triggered_gaze_another(window) -> None:
    window.ui.tabs.setCurrentIndex(KEYPAD)
    page = window.pages.keypad
    t = 0.0
    for key in PIN:
        left, top, right, bottom = page.keypad.box(key)
        pitch, yaw = page.keypad.centre.degrees
        look(window, Gaze.from_degrees((top + bottom) / 2 + pitch, (left + right) / 2 + yaw), t, t + 0.7)
        t += 0.7
    assert page.without_trigger.typed == PIN and page.without_trigger.verdict == "PIN accepted"
    assert page.with_trigger.typed != PIN
    page.erase_last()
    look(window, ROAD, t, t + 0.1)
    assert page.without_trigger.typed == PIN[:-1]


def test_the_synthetic_subject_can_be_made_to_type(qtbot, window, session) -> None:
    window.ui.tabs.setCurrentIndex(KEYPAD)
    page = window.pages.keypad
    assert page.demo.isVisible()
    # a mouse that lay on the other tab's plots has left them
    session.calls.clear()
    press(qtbot, window, Qt.Key.Key_T)
    gaze = ROAD
    for index in range(200):
        window.session.take(make_result(index, settings=ON, truth=gaze, gaze=gaze))
        steered = [call[1] for call in session.calls if call[0] == "look_at"]
        gaze = (steered[-1] if steered else None) or ROAD
    assert page.without_trigger.typed.startswith(PIN)
    assert len(steered) == len(PIN) + 1 and steered[-1] is None


def test_keys_lie_on_the_screen_for_a_person(window, session) -> None:
    session.now = replace(RUNNING, source="camera:0", truth_known=False)
    window.session.poll_status()
    window.ui.tabs.setCurrentIndex(KEYPAD)
    assert not window.pages.keypad.demo.isVisible()
    window.session.take(make_result(0))
    pad = window.pages.keypad.keypad
    before = pad.centre
    window.move(window.x() + 200, window.y())
    window.session.take(make_result(1))
    assert pad.right < 33 and window.pages.keypad.keypad.centre.yaw > before.yaw


def test_points_fill_the_screen_and_leave_it(qtbot, window) -> None:
    window.ui.tabs.setCurrentIndex(SCREEN)
    page = window.pages.screen
    window.session.take(make_result(0))
    press(qtbot, window, Qt.Key.Key_F11)
    assert page.full_screen is not None and page.full_screen.isVisible()
    window.session.take(make_result(1))
    page.full_screen.grab()
    assert page.full_screen.meter.count == 1
    press(qtbot, page.full_screen, Qt.Key.Key_Space)
    assert window.pages.gaze.trigger.mode is TriggerMode.BOTH
    press(qtbot, page.full_screen, Qt.Key.Key_Escape)
    assert page.full_screen is None


def test_smoothing_is_for_the_eye_only(window) -> None:
    window.ui.tabs.setCurrentIndex(SCREEN)
    page = window.pages.screen
    random = np.random.default_rng(0)
    shown: dict[bool, list] = {True: [], False: []}
    for index in range(60):
        pitch, yaw = random.normal(0, 2, 2)
        window.session.take(make_result(index, gaze=Gaze.from_degrees(pitch - 8, yaw)))
        points = window.pages.screen.points
        shown[True].append(points.smooth["clean"])
        shown[False].append(points.raw["clean"])
    assert np.std(shown[True][20:], axis=0).max() < 0.8 * np.std(shown[False][20:], axis=0).max()
    page.smooth.setChecked(False)
    window.page.draw()
    assert page.view._points["clean"] == points.raw["clean"]


def _calibrate(window, session, dialog: CalibrationDialog, off: Gaze, noise: float, first: int = 0) -> int:
    """A subject that looks wherever it was asked to, read with a constant error; the number of frames it took."""
    random = np.random.default_rng(1)
    for index in range(first, first + 1500):
        asked = next((call[1] for call in reversed(session.calls) if call[0] == "look_at"), None) or ROAD
        read = Gaze(asked.pitch + off.pitch + noise * random.normal(), asked.yaw + off.yaw + noise * random.normal())
        window.session.take(make_result(index, settings=ON, truth=asked, gaze=read))
        dialog._glide = 1.0
        dialog._move()
        if dialog.done:
            return index
    raise AssertionError("the calibration did not end")


def test_a_steered_subject_is_calibrated_kept_and_corrected(qtbot, window, session, tmp_path) -> None:
    off = Gaze.from_degrees(-4, 5)
    press(qtbot, window, Qt.Key.Key_C)
    dialog = window.calibration.dialog
    assert dialog is not None and dialog.isVisible()
    press(qtbot, dialog, Qt.Key.Key_Space)
    last = _calibrate(window, session, dialog, off, 0.002)
    assert dialog.result is not None and dialog.result.held_out.deg < 1
    assert session.calls[-1] == ("look_at", None)
    QTest.keyClick(dialog, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    told = QApplication.clipboard().text().splitlines()
    assert told[0].startswith("Calibrated. Held-out error: ") and len(told) == 15 and told[-1].startswith("Point 13: ")
    press(qtbot, dialog, Qt.Key.Key_Return)
    assert window.calibration.dialog is None
    (path,) = (tmp_path / "calibrations").glob("*.json")
    assert load_calibration(path).user == "synthetic subject"
    assert all(unit in window.pages.screen.state.text() for unit in ("°", "cm", "px", "synthetic subject"))
    # fitted on the clean branch, applied to both
    aim = window.pages.screen.geometry_now().aim(np.array([0.0, 0.0, 600.0]), (100.0, 80.0))
    read = Gaze(aim.pitch + off.pitch, aim.yaw + off.yaw)
    window.session.take(make_result(last + 1, settings=ON, truth=aim, gaze=read))
    points = window.pages.screen.points.raw
    assert points["clean"] == pytest.approx((100.0, 80.0), abs=10)
    moved = np.subtract(points["triggered"], _plain(window, window.session.last_result.triggered.gaze))
    assert moved == pytest.approx(np.subtract((100, 80), _plain(window, read)), abs=25)


def _plain(window, gaze: Gaze) -> tuple[float, float]:
    """Where a gaze meets the screen without any calibration."""
    return window.pages.screen.geometry_now().meet(np.array([0.0, 0.0, 600.0]), gaze)


def test_a_bad_calibration_is_refused_and_its_points_can_be_repeated(qtbot, window, session, tmp_path) -> None:
    window.calibration.calibrate()
    dialog = window.calibration.dialog
    press(qtbot, dialog, Qt.Key.Key_Space)
    last = _calibrate(window, session, dialog, Gaze(0.0, 0.0), 0.2)
    assert dialog.result is None and dialog.refused is not None and dialog.refused.points
    bad = dialog.refused.points
    press(qtbot, dialog, Qt.Key.Key_Space)
    assert tuple(point.number for point in dialog.run.points) == bad
    _calibrate(window, session, dialog, Gaze(0.0, 0.0), 0.002, last + 1)
    press(qtbot, dialog, Qt.Key.Key_Escape)
    assert window.calibration.dialog is None and window.calibration.calibration is None
    assert not (tmp_path / "calibrations").exists()


def test_a_person_accepts_every_point_by_key(qtbot, window, session) -> None:
    session.now = replace(RUNNING, source="camera:0", truth_known=False)
    window.session.poll_status()
    window.calibration.calibrate()
    dialog = window.calibration.dialog
    press(qtbot, dialog, Qt.Key.Key_Space)
    for index in range(60):
        window.session.take(make_result(index))
    assert dialog.run.place == 0 and not dialog.run.collecting  # nothing before the person says so
    press(qtbot, dialog, Qt.Key.Key_Space)
    for index in range(60, 120):
        window.session.take(make_result(index))
    assert dialog.run.place == 1
    assert not [call for call in session.calls if call[0] == "look_at"]
    press(qtbot, dialog, Qt.Key.Key_Escape)
    assert window.calibration.dialog is None


def test_a_recording_is_made_and_opened_again(qtbot, window, session, tmp_path) -> None:
    window.ui.record.video.setChecked(True)
    press(qtbot, window, Qt.Key.Key_R)
    assert window.ui.record.text().startswith("Recording 0:00")
    for index in range(40):
        session.make(make_result(index, size=(64, 48)))
    window.session.poll_status()
    assert window.ui.record.text() == "Recording 0:01"
    press(qtbot, window, Qt.Key.Key_R)
    assert window.ui.record.text() == "Record (R)"
    (folder,) = (tmp_path / "recordings").iterdir()
    assert str(folder) in window.statusBar().currentMessage()
    assert len((folder / "samples.csv").read_text().splitlines()) == 41
    with RecordingSource(folder) as source:
        assert source.length == 40 and source.read().truth == pytest.approx(make_result(0).frame.truth, abs=1e-4)
    window.open_source(str(folder))
    session.now = replace(RUNNING, source=str(folder), length=40, position=7)
    window.session.poll_status()
    assert window.ui.replay.isVisible() and window.ui.replay.place.text() == "frame 8 of 40"
    press(qtbot, window, Qt.Key.Key_Period)
    assert session.calls[-2:] == [("set_paused", True), ("step_frames", 1)]
    press(qtbot, window, Qt.Key.Key_Comma)
    assert session.calls[-1] == ("step_frames", -1)
    window.ui.replay.seek_requested.emit(3)
    assert session.calls[-1] == ("seek", 3)
    session.now = RUNNING
    window.session.poll_status()
    assert not window.ui.replay.isVisible()


def test_without_a_tick_there_are_no_pictures(qtbot, window, session, tmp_path) -> None:
    press(qtbot, window, Qt.Key.Key_R)
    session.make(make_result(0))
    window.close()
    (folder,) = (tmp_path / "recordings").iterdir()
    assert sorted(path.name for path in folder.iterdir()) == ["recording.json", "samples.csv"]


def test_a_recording_that_cannot_begin_is_told(qtbot, window, tmp_path) -> None:
    (tmp_path / "file").write_text("in the way")
    window.recording.use_folder(tmp_path / "file")
    press(qtbot, window, Qt.Key.Key_R)
    assert window.ui.banner.isVisible() and str(tmp_path / "file") in window.ui.banner.text
    assert window.ui.record.text() == "Record (R)"


def test_a_full_disk_stops_the_recording_with_a_sentence(qtbot, window, session, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    press(qtbot, window, Qt.Key.Key_R)
    monkeypatch.setattr("gazeattack.live.append_file.AppendFile.append", full)
    session.make(make_result(0))
    qtbot.waitUntil(lambda: window.ui.banner.isVisible(), timeout=3000)
    assert "No space left" in window.ui.banner.text
    assert window.ui.record.text() == "Record (R)"


def test_a_step_back_in_a_recording_starts_the_story_over(window) -> None:
    window.ui.tabs.setCurrentIndex(DRIVER)
    look(window, PHONE, 0, 4)
    assert window.pages.driver.log.lines
    look(window, ROAD, 3, 3.1)
    assert not [line for line in window.pages.driver.log.lines if "distraction" in line]


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_fits_the_smallest_window(qtbot, window, tab) -> None:
    window.ui.tabs.setCurrentIndex(tab)
    window.session.take(make_result(0))
    window.resize(1000, 640)
    qtbot.wait(20)
    assert (window.width(), window.height()) == (1000, 640)
    for button in window.findChildren(QPushButton):
        if button.isVisible():
            assert button.width() >= button.sizeHint().width(), f"{button.text()} is cut off"
    for mode in TriggerMode:
        window.pages.gaze.trigger.set_mode(mode)
        qtbot.wait(20)
        assert window.ui.tabs.width() >= window.ui.tabs.sizeHint().width(), f"the tabs are cut off: {mode}"


def test_the_same_warning_can_come_twice(window) -> None:
    for _ in range(2):
        window.show_warning("The disk is full.")
        assert window.ui.banner.isVisible()
        window.ui.banner._close.click()
        window.session.poll_status()
        assert not window.ui.banner.isVisible()


def test_user_and_screen_are_remembered_and_can_be_reset(window) -> None:
    points = window.pages.screen
    points.user.setText("ada")
    points.user.editingFinished.emit()
    points.measures.click()
    dialog = window.setup.dialog
    size = window.screen().size()
    dialog.width_mm.setValue(400)
    dialog.height_mm.setValue(400 * size.height() / size.width())
    dialog.across.setValue(20)
    dialog.above.setValue(-30)
    dialog.finish()
    found = points.geometry_now()
    assert (found.width_mm, found.camera_x_mm, found.camera_y_mm) == (400, 20, 30)
    assert (window.preferences.user, window.preferences.screen_setup) == ("ada", points.setup)
    assert not dialog.isVisible()
    window.commands.reset_preferences()
    assert window.preferences.user == points.user.text() == "default"
    assert window.preferences.screen_setup is None and points.setup.width_mm != 400


def test_the_screen_of_older_settings_keeps_its_diagonal(tmp_path, qtbot) -> None:
    from PySide6.QtCore import QSettings

    store = QSettings(str(tmp_path / "old.ini"), QSettings.Format.IniFormat)
    store.setValue("diagonal", "15.6")
    window = MainWindow(FakeSession(), store, calibrations=tmp_path, sources=list)
    qtbot.addWidget(window)
    found = window.pages.screen.geometry_now()
    assert np.hypot(found.width_mm, found.height_mm) == pytest.approx(15.6 * 25.4)


def test_a_screen_that_cannot_be_is_refused_in_one_sentence(window) -> None:
    window.setup.open()
    dialog, before = window.setup.dialog, window.pages.screen.setup
    dialog.height_mm.setValue(dialog.width_mm.value() * 2)
    dialog.finish()
    assert dialog.isVisible() and dialog.error.text().endswith("from edge to edge.")
    assert window.pages.screen.setup == before and window.preferences.screen_setup is None
    dialog.close()


def test_the_distance_of_the_eyes_sets_the_cameras_focal_length(window, session) -> None:
    def measured(centimetres):
        window.setup.open()
        window.setup.dialog.distance.setValue(centimetres)
        window.setup.dialog.finish()
        return window.setup.dialog

    assert "No face is in view" in measured(50).error.text()
    window.setup.dialog.close()
    window.open_source("camera:0")
    result = make_result(0)
    window.setup.step(replace(result, intrinsics=Intrinsics(640.0, 319.5, 239.5)))
    assert not measured(50).error.text()
    # 600 mm by the head pose, 500 by the tape
    used = [call[1] for call in session.calls if call[0] == "use_camera"][-1]
    assert used.at(640, 480).focal == pytest.approx(640 * 500 / 600)
    assert window.preferences.focal_share == pytest.approx(500 / 600)
    window.open_source("synthetic")
    assert [call[1] for call in session.calls if call[0] == "use_camera"][-1] is None
    assert "do not fit the size" in _refused(window, 20)


def _refused(window, centimetres) -> str:
    window.open_source("camera:0")
    window.setup.step(replace(make_result(0), intrinsics=Intrinsics(640.0, 319.5, 239.5)))
    window.setup.open()
    window.setup.dialog.distance.setValue(centimetres)
    window.setup.dialog.finish()
    window.setup.dialog.close()
    return window.setup.dialog.error.text()


def test_a_look_far_down_stays_in_the_angle_plot(window) -> None:
    look(window, PHONE, 0, 0.2)
    (_, (low, high)) = window.pages.gaze.angles.getPlotItem().viewRange()
    assert low < -30 < high


def test_the_driver_tab_plays_the_drive_where_there_is_no_camera(window, session) -> None:
    window.open_source("camera:0")
    window.ui.tabs.setCurrentIndex(DRIVER)
    assert session.now.source == "camera:0"
    window.ui.tabs.setCurrentIndex(GAZE)
    window.open_source("synthetic")
    window.ui.tabs.setCurrentIndex(DRIVER)
    assert session.now.source == "synthetic:drive"
