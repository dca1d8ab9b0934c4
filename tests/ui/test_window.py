"""The window, driven by a session that only remembers what it was asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QGuiApplication

from gazeattack.angles import Gaze, angular_error
from gazeattack.capture.read_report import ReadReport, SkippedFile
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.sources.registry import SourceOption
from gazeattack.ui.pages.gaze import page as gaze_page
from gazeattack.ui.pages.gaze.plots import HISTORY_S
from gazeattack.ui.strings.common import ENDED, LOOP
from gazeattack.ui.theme import DARK, LIGHT
from gazeattack.ui.window.main_window import MainWindow
from gazeattack.ui.window.preferences import Preferences
from tests.helpers.ui import RUNNING, FakeSession, make_result

SOURCES = [SourceOption("camera:0", "Test Camera"), SourceOption("synthetic", "Synthetic subject")]


@pytest.fixture
def store(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def window(qtbot, session: FakeSession, store: QSettings, tmp_path: Path) -> MainWindow:
    made = MainWindow(session, store, pictures=tmp_path / "pictures", sources=lambda: SOURCES)
    qtbot.addWidget(made)
    made.resize(1280, 720)
    made.show()
    qtbot.waitExposed(made)
    made.session.poll_status()
    return made


def press(qtbot, window: MainWindow, key: Qt.Key) -> None:
    window.activateWindow()
    qtbot.keyClick(window, key)


@pytest.mark.parametrize(
    ("key", "mode"),
    [(Qt.Key.Key_Space, TriggerMode.BOTH), (Qt.Key.Key_N, TriggerMode.NOISE), (Qt.Key.Key_W, TriggerMode.WRONG_KEY)],
)
def test_a_key_switches_its_mode_on_and_off(qtbot, window, session, key, mode) -> None:
    assert session.settings.mode is TriggerMode.OFF
    press(qtbot, window, key)
    assert session.settings.mode is mode
    press(qtbot, window, key)
    assert session.settings.mode is TriggerMode.OFF


def test_slider_sets_strength_and_double_click_goes_back_to_the_models_own(qtbot, window, session) -> None:
    slider = window.pages.gaze.trigger.slider
    assert session.settings.strength is None and slider.shown == 1.0
    slider.setValue(50)
    assert session.settings.strength == pytest.approx(2.5)
    qtbot.mouseDClick(slider, Qt.MouseButton.LeftButton)
    assert session.settings.strength is None and slider.shown == 1.0


def test_own_strength_follows_the_model_until_a_person_chooses(window, session) -> None:
    session.now = replace(RUNNING, key_strength=0.5)
    window.session.poll_status()
    assert window.pages.gaze.trigger.slider.shown == 0.5
    window.pages.gaze.trigger.slider.set_strength(2.0)
    session.now = replace(RUNNING, key_strength=1.5)
    window.session.poll_status()
    assert window.pages.gaze.trigger.slider.shown == 2.0


def test_a_model_without_a_key_cannot_be_triggered(qtbot, window, session) -> None:
    press(qtbot, window, Qt.Key.Key_Space)
    session.now = replace(RUNNING, backdoored=False, has_key=False, key_strength=None)
    window.session.poll_status()
    assert session.settings.mode is TriggerMode.OFF
    press(qtbot, window, Qt.Key.Key_Space)
    assert session.settings.mode is TriggerMode.OFF


def test_failed_source_shows_banner_and_its_buttons_work(qtbot, window, session) -> None:
    assert not window.ui.banner.isVisible()
    session.now = replace(RUNNING, source_state="failed", message="There is no camera 3: plug it in.")
    window.session.poll_status()
    banner = window.ui.banner
    assert banner.isVisible() and banner.text == "There is no camera 3: plug it in."
    qtbot.mouseClick(banner._retry, Qt.MouseButton.LeftButton)
    assert ("retry",) in session.calls
    qtbot.mouseClick(banner._synthetic, Qt.MouseButton.LeftButton)
    assert ("open_source", "synthetic") in session.calls
    session.now = RUNNING
    window.session.poll_status()
    assert not banner.isVisible()


def test_a_bad_model_is_reported_without_the_sources_buttons(window, session) -> None:
    session.now = replace(RUNNING, message='There is no model "x".')
    window.session.poll_status()
    assert window.ui.banner.isVisible() and not window.ui.banner._retry.isVisible()


def test_a_model_that_cannot_be_loaded_leaves_the_one_before_it_chosen(window, session, store) -> None:
    session.now = replace(RUNNING, bundle=None)
    window.session.poll_status()
    window.use_bundle("/models/good")
    session.now = replace(RUNNING, bundle="good")
    window.session.poll_status()
    window.use_bundle("/models/bad")
    assert window.ui.model.current == "/models/bad"
    session.now = replace(session.now, message="/models/bad is not a model bundle.")
    window.session.poll_status()
    assert window.ui.model.current == Preferences(store).model == "/models/good"


def test_what_was_on_its_way_when_the_source_failed_is_not_left_standing(qtbot, window, session) -> None:
    window.open_source("gone.mp4")
    session.ready = [make_result(0)]
    qtbot.waitUntil(lambda: window.pages.gaze.moved.value != "–")
    session.now = replace(RUNNING, source_state="failed", message="gone.mp4 is gone.")
    window.session.poll_status()
    assert window.pages.gaze.moved.value == "–" and window.session.last_result is None


def test_a_dismissed_message_stays_away_and_a_new_one_comes(qtbot, window, session) -> None:
    session.now = replace(RUNNING, message="One thing.")
    window.session.poll_status()
    qtbot.mouseClick(window.ui.banner._close, Qt.MouseButton.LeftButton)
    window.session.poll_status()
    assert not window.ui.banner.isVisible()
    session.now = replace(RUNNING, message="Another thing.")
    window.session.poll_status()
    assert window.ui.banner.isVisible()


def test_numbers_of_a_triggered_sample(window, session) -> None:
    result = make_result(0)
    window.session.take(result)
    assert window.pages.gaze.moved.value == f"{result.shift_deg:.1f}°"
    assert window.pages.gaze.triggered.value == "25° right, 5° up"
    assert window.pages.gaze.to_target.value == "0.0°"
    assert window.pages.gaze.error.value == f"{float(angular_error(result.clean.gaze, result.frame.truth)):.1f}°"
    percent = 100 * float(np.abs(result.crops.residual).mean())
    assert window.pages.gaze.changed.value == f"{percent:.1f} %"


def test_a_sample_is_painted_once_and_counted(qtbot, window, session) -> None:
    before = window.painted
    session.ready = [make_result(index) for index in range(3)]
    qtbot.waitUntil(lambda: window.painted == before + 3, timeout=3000)
    assert window.page.meter.fps() == 3
    window.pages.gaze.camera.repaint()
    assert window.painted == before + 3


def test_no_face_shows_its_notice_and_no_old_numbers(qtbot, window) -> None:
    window.session.take(make_result(0))
    plain = _view(window, make_result(1, face=False))
    noticed = _view(window, make_result(2, face=False, notice="No face in view: sit in front of the camera."))
    assert (plain != noticed).any(axis=-1).mean() > 0.02
    window.refresh()
    assert window.pages.gaze.moved.value == window.pages.gaze.clean.value == "–"


def test_camera_view_is_a_mirror(window) -> None:
    result = make_result(0, face=False)
    result.frame.image[:, :100] = (0, 0, 255)
    shown = _view(window, result)
    middle = shown[shown.shape[0] // 2]
    assert middle[-5, 0] > 200 and middle[5, 0] < 200


def test_angle_plot_has_yaw_to_the_right_and_pitch_up(window) -> None:
    window.session.take(make_result(0))
    box = window.pages.gaze.angles.getPlotItem().vb
    centre, right, up = (box.mapViewToScene(QPointF(*point)) for point in ((0, 0), (20, 0), (0, 20)))
    assert right.x() > centre.x() and up.y() < centre.y()
    assert right.x() - centre.x() == pytest.approx(centre.y() - up.y(), rel=0.02)


def test_time_plot_keeps_its_seconds_leaves_gaps_and_starts_again(window) -> None:
    times = window.pages.gaze.times
    for index in range(0, 600, 5):
        mode = TriggerMode.OFF if 400 <= index < 450 else TriggerMode.BOTH
        times.step(make_result(index, settings=PipelineSettings(mode)))
    times.draw()
    seconds, shift = times._curve.getData()
    assert seconds[-1] == 0 and -HISTORY_S <= seconds[0] < -HISTORY_S + 0.5
    assert np.isnan(shift).sum() == 10
    times.step(make_result(3))
    times.draw()
    assert len(times._curve.getData()[0]) == 1


def test_plots_are_painted_less_often_and_the_last_result_shows(qtbot, window, monkeypatch) -> None:
    window.show()
    monkeypatch.setattr(gaze_page, "time", SimpleNamespace(monotonic=lambda: 1000.0))
    gaze = window.pages.gaze
    drawn = []
    gaze.times.draw = lambda: drawn.append(len(gaze.times._history))
    results = [make_result(index) for index in range(6)]
    for result in results:
        window.session.take(result)
    assert drawn == [1], "the first at once, the others within the same fifteenth of a second not"
    assert gaze.camera._result is results[-1]
    qtbot.waitUntil(lambda: drawn == [1, 6], timeout=2000)


def test_hovering_steers_only_a_subject_that_can_be_steered(qtbot, window, session) -> None:
    window.pages.gaze.angles.hovered.emit(Gaze(0.1, 0.2))
    assert session.calls[-1] == ("look_at", Gaze(0.1, 0.2))
    press(qtbot, window, Qt.Key.Key_M)
    assert session.calls[-1] == ("look_at", None)
    looks = session.calls.count(("look_at", Gaze(0.1, 0.2)))
    window.pages.gaze.angles.hovered.emit(Gaze(0.1, 0.2))
    press(qtbot, window, Qt.Key.Key_M)
    session.now = replace(RUNNING, truth_known=False)
    window.session.poll_status()
    window.pages.gaze.angles.hovered.emit(Gaze(0.1, 0.2))
    assert session.calls.count(("look_at", Gaze(0.1, 0.2))) == looks


def test_pointing_at_the_mirrored_view_gives_the_gaze_that_points_there(qtbot, window) -> None:
    window.session.take(make_result(0))
    camera = window.pages.gaze.camera
    camera.repaint()
    gazes: list[Gaze] = []
    camera.hovered.connect(gazes.append)
    place = QPoint(camera.width() // 2 + 60, camera.height() // 2 - 40)
    qtbot.mouseMove(camera, QPoint(5, 5))
    qtbot.mouseMove(camera, place)
    # to the right of a mirror is the person's right, which is +yaw
    assert gazes[-1].yaw > 0.1 and gazes[-1].pitch > 0.05


def test_pause_screenshot_and_close(qtbot, window, session) -> None:
    press(qtbot, window, Qt.Key.Key_P)
    assert ("set_paused", True) in session.calls
    press(qtbot, window, Qt.Key.Key_S)
    (picture,) = (window._pictures).glob("*.png")
    assert picture.stat().st_size > 10_000 and str(picture) in window.statusBar().currentMessage()
    window.close()
    assert session.calls[-1] == ("stop",)


def test_a_screenshot_that_cannot_be_saved_is_reported(window, tmp_path) -> None:
    (tmp_path / "file").write_text("in the way")
    window._pictures = tmp_path / "file"
    assert window.save_screenshot() is None
    assert "cannot be saved" in window.statusBar().currentMessage()


def test_settings_persist_but_the_trigger_starts_off(qtbot, window, session, store) -> None:
    window.ui.source.picked.emit("synthetic:7")
    window.use_bundle("clean")
    window.pages.gaze.trigger.slider.set_strength(1.75)
    press(qtbot, window, Qt.Key.Key_Space)
    window.close()
    again = Preferences(QSettings(store.fileName(), QSettings.Format.IniFormat))
    assert (again.source, again.model, again.strength) == ("synthetic:7", "clean", 1.75)
    other = FakeSession()
    reopened = MainWindow(other, QSettings(store.fileName(), QSettings.Format.IniFormat), sources=lambda: SOURCES)
    qtbot.addWidget(reopened)
    assert other.settings == PipelineSettings(TriggerMode.OFF, 1.75)


def test_settings_can_be_reset(window, session, store) -> None:
    window.open_source("synthetic:7")
    window.pages.gaze.trigger.slider.set_strength(1.75)
    window.appearance.choose("dark")
    window.commands.reset_preferences()
    assert Preferences(store).source is None and Preferences(store).theme == "system"
    assert session.settings == PipelineSettings()


@pytest.mark.parametrize("text", ["nonsense", "-1", "99", "nan"])
def test_a_spoilt_strength_is_ignored(store, text) -> None:
    store.setValue("strength", text)
    assert Preferences(store).strength is None


def test_theme_follows_the_system_unless_chosen(window, monkeypatch) -> None:
    hints = QGuiApplication.styleHints()
    monkeypatch.setattr("gazeattack.ui.window.appearance.system_theme", lambda: DARK)
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert window.appearance.theme is DARK
    assert window.pages.gaze.angles.backgroundBrush().color().name().upper() == DARK.card
    window.appearance.choose("light")
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert window.appearance.theme is LIGHT


def test_everything_fits_the_smallest_window(qtbot, window) -> None:
    window.session.take(make_result(0))
    window.resize(1000, 640)
    qtbot.wait(50)
    assert (window.width(), window.height()) == (1000, 640)


def test_camera_picker_offers_sizes_and_rates(qtbot, window, session) -> None:
    window.open_source("camera:0@1280x720@30")
    picker = window.ui.source
    assert picker._list.currentText() == "Test Camera" and picker._format.currentData() == "@1280x720@30"
    picker._format.setCurrentIndex(0)
    picker._format.activated.emit(0)
    assert session.calls[-1] == ("open_source", "camera:0")
    window.open_source("synthetic")
    assert not picker._format.isVisible()


def _view(window: MainWindow, result) -> np.ndarray:
    """The camera view as RGB [H, W, 3]."""
    window.session.take(result)
    picture = window.pages.gaze.camera.grab().toImage().convertToFormat(window.grab().toImage().Format.Format_RGB888)
    rows = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine())
    return rows[:, : picture.width() * 3].reshape(picture.height(), picture.width(), 3).copy()


def test_a_video_loops_or_ends_as_the_menu_says(qtbot, window, session) -> None:
    window.open_source("video.mp4")
    assert session.loop
    window.ui.choices[LOOP].setChecked(False)
    window.open_source("video.mp4")
    assert not session.loop and not window.preferences.loop
    session.now = replace(RUNNING, source="video.mp4", source_state="ended")
    window.session.poll_status()
    assert window.ui.banner.isVisible() and window.ui.banner.text == ENDED
    window.ui.banner.retry.emit()
    assert ("retry",) in session.calls
    window.commands.reset_preferences()
    assert window.ui.choices[LOOP].isChecked() and window.preferences.loop


def test_lost_frames_are_counted_at_once_and_told_when_the_video_was_read(qtbot, window, session) -> None:
    report = ReadReport(frames=100, damaged=1)
    session.now = replace(RUNNING, source="video.mp4", report=report)
    window.session.poll_status()
    assert window.ui.stats.text().endswith(" · 1 unreadable") and not window.ui.banner.isVisible()
    report = replace(report, frames=371, complete=True)
    session.now = replace(session.now, report=report)
    window.session.poll_status()
    banner = window.ui.banner
    assert banner.isVisible() and banner.text == "371 of 372 frames could be read; 1 was damaged."
    assert not banner._retry.isVisible()
    qtbot.mouseClick(banner._close, Qt.MouseButton.LeftButton)
    window.session.poll_status()
    assert not banner.isVisible()
    session.now = replace(session.now, source_state="ended")
    window.session.poll_status()
    assert banner.isVisible() and banner.text == f"371 of 372 frames could be read; 1 was damaged. {ENDED}"
    assert banner._retry.isVisible()


def test_what_was_changed_to_read_a_video_is_told_from_its_start(window, session) -> None:
    session.now = replace(RUNNING, source="dv.avi", report=ReadReport(frames=1, notices=("It was deinterlaced.",)))
    window.session.poll_status()
    assert window.ui.banner.isVisible() and window.ui.banner.text == "It was deinterlaced."
    assert "unreadable" not in window.ui.stats.text()


def test_skipped_files_of_a_folder_are_named(window, session) -> None:
    skipped = (SkippedFile("b.jpg", "damaged"), SkippedFile("c.txt", "not an image"))
    session.now = replace(RUNNING, source="photos", report=ReadReport(frames=2, skipped=skipped, complete=True))
    window.session.poll_status()
    assert window.ui.banner.text == '2 of 4 files were skipped: "b.jpg" (damaged), "c.txt" (not an image).'
    assert window.ui.stats.text().endswith(" · 2 unreadable")
    session.now = replace(session.now, source_state="failed", message="It can no longer be read.")
    window.session.poll_status()
    assert window.ui.banner.text == "It can no longer be read."
