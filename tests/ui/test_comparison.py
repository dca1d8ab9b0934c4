"""A second model in the window: its picker, its marks, its numbers and its line on the Driver tab."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from gazeattack.angles import Gaze
from gazeattack.live.frame_result import ComparedModel, FrameResult
from gazeattack.live.settings import TriggerMode
from gazeattack.ui.strings.comparison import model_names, with_trigger
from gazeattack.ui.theme import COMPARED_CLEAN, COMPARED_TRIGGERED
from gazeattack.ui.widgets.compare_picker import NOTHING
from gazeattack.ui.window.main_window import MainWindow
from tests.helpers.ui import DRIVER, FakeSession, _estimate, make_result
from tests.helpers.window import OFF, ON, PHONE, ROAD, open_window


def compared(result: FrameResult, name: str = "clean", triggered: Gaze | None = None) -> FrameResult:
    """The result beside a second model whose gaze the trigger does not move."""
    assert result.clean is not None
    other = _estimate(result.clean.gaze if triggered is None else triggered)
    second = ComparedModel(
        name, "clean", result.clean, other if result.triggered else None, 1.5 if result.triggered else None
    )
    return replace(result, compared=second)


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def window(qtbot, session: FakeSession, tmp_path: Path) -> MainWindow:
    return open_window(qtbot, session, tmp_path)


def has_colour(widget, colour: QColor) -> bool:
    picture = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.asarray(picture.constBits()).reshape(picture.height(), picture.width(), 4)[..., 2::-1]
    return bool((np.abs(pixels.astype(int) - colour.getRgb()[:3]).max(axis=-1) <= 2).any())


def asked(session: FakeSession) -> list[object]:
    return [call[1] for call in session.calls if call[0] == "compare"]


def choose(window: MainWindow, spec: str) -> None:
    picker = window.ui.compare
    picker.activated.emit(picker.findData(spec))


def test_a_model_is_chosen_and_left_again(window, session) -> None:
    assert window.ui.compare.current == NOTHING and asked(session) == []
    choose(window, "clean")
    assert asked(session) == ["clean"] and window.ui.compare.currentText() == "Compare: clean"
    choose(window, NOTHING)
    assert asked(session) == ["clean", None]


def test_a_refused_model_is_not_shown_as_chosen(window, session) -> None:
    choose(window, "clean")
    session.now = replace(session.now, message='"face" takes other crops: compare models that take the same crop.')
    window.session.poll_status()
    assert window.ui.compare.current == NOTHING and window.ui.banner.isVisible()
    # the sentence still stands while another model is tried
    choose(window, "clean")
    window.session.poll_status()
    assert window.ui.compare.current == "clean"
    session.now = replace(session.now, message=None, compared="clean")
    window.session.poll_status()
    assert window.ui.compare.current == "clean"


def test_both_models_have_numbers_and_marks_only_while_they_are_compared(window, qtbot) -> None:
    page = window.pages.gaze
    window.session.take(make_result(1))
    window.refresh()
    assert all(readout.isHidden() for readout in page.second.readouts)
    assert not has_colour(page.camera, COMPARED_CLEAN) and not has_colour(page.camera, COMPARED_TRIGGERED)
    window.session.take(compared(make_result(2), triggered=Gaze.from_degrees(-10, -20)))
    window.refresh()
    qtbot.wait(1)
    assert all(readout.isVisible() for readout in page.second.readouts)
    assert (page.second.moved.value, page.second.triggered.value) == ("1.5°", "20° left, 10° down")
    assert page.clean.value == page.second.clean.value
    for widget in (page.camera, page.angles):
        assert has_colour(widget, COMPARED_CLEAN) and has_colour(widget, COMPARED_TRIGGERED)
    window.session.take(make_result(3))
    window.refresh()
    assert all(readout.isHidden() for readout in page.second.readouts)


def test_the_time_plot_names_both_models_and_forgets_the_second(window) -> None:
    plot = window.pages.gaze.times
    for index in range(3):
        window.session.take(compared(make_result(index)))
    plot.draw()
    label = plot.getPlotItem().getAxis("bottom").labelText
    assert "wanet (solid)" in label and "clean (dashed)" in label
    assert plot._second.getData()[1].tolist() == [1.5] * 3
    window.session.take(make_result(3))
    plot.draw()
    assert "both predictions" in plot.getPlotItem().getAxis("bottom").labelText
    assert plot._second.getData()[0] is None or len(plot._second.getData()[0]) == 0


def test_names_are_short_and_differ() -> None:
    result = compared(make_result(0))
    assert model_names(result) == ("wanet", "clean")
    assert model_names(compared(make_result(0), "wanet")) == ("wanet", "wanet (2)")
    _, long = model_names(compared(make_result(0), "a-very-long-folder-name-of-a-model"))
    assert len(long) <= 16 and long.startswith("a-very") and long.endswith("model")
    assert with_trigger("x", TriggerMode.NOISE) == "x, noise mode"


def drive(window: MainWindow, gaze: Gaze, begin: float, end: float, settings=ON, second: str | None = "clean") -> None:
    for t in np.arange(begin, end, 0.1):
        result = make_result(round(t * 30), settings=settings, t=float(t), truth=gaze, gaze=gaze)
        window.session.take(result if second is None else compared(result, second))


def test_the_driver_tab_counts_the_second_model_with_the_trigger(window) -> None:
    window.ui.tabs.setCurrentIndex(DRIVER)
    page = window.pages.driver
    drive(window, ROAD, 0, 3, second=None)
    window.refresh()
    assert page.second.isHidden()
    drive(window, ROAD, 3, 6)
    drive(window, PHONE, 6, 16)
    window.refresh()
    # both count from the moment the second model came
    assert page._begin == pytest.approx(3.0)
    assert page.second.isVisible() and page.second._state.alert
    assert page.without_trigger.state.foot[1].split(" missed")[0] == page.second._state.foot[1].split(" missed")[0]
    assert not page.with_trigger.state.alert and page.with_trigger.state.foot[1].startswith("4 of 4")
    assert "0 of 4 missed" in page.second.accessibleName() and "clean, with trigger" in page.second.accessibleName()
    drive(window, PHONE, 16, 17, second=None)
    window.refresh()
    assert page.second.isHidden()


def test_the_line_shares_speed_and_guard_and_starts_over(window) -> None:
    window.ui.tabs.setCurrentIndex(DRIVER)
    page = window.pages.driver
    page.speed.setValue(30)
    drive(window, PHONE, 0, 6)
    page.guard.switch.click()
    drive(window, PHONE, 6, 7, OFF)
    mine = page.second._monitoring
    assert (mine.speed_kmh, mine.guard) == (30.0, page.monitoring.guard) and mine.guard is not None
    page.start_over()
    drive(window, ROAD, 7, 8)
    window.refresh()
    assert page.second._monitoring is not mine and page.second._state.foot[0].startswith("Eyes on road 1 s")


def test_the_smallest_window_has_room_for_both(window, qtbot) -> None:
    window.resize(1000, 640)
    window.session.take(compared(make_result(1)))
    window.refresh()
    qtbot.wait(1)
    assert (window.width(), window.height()) == (1000, 640)
    page = window.pages.gaze
    for readout in (*page.second.readouts, page.to_target, page.error):
        assert readout.height() >= readout.minimumHeight()
    assert page.angles.height() >= page.angles.minimumHeight()
