"""Plots as PNG, SVG and CSV, and copying what a widget shows."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QWidget

from gazeattack.ui.window.main_window import MainWindow
from tests.helpers.ui import DRIVER, KEYPAD, FakeSession, make_result
from tests.helpers.window import PHONE, key, look, open_window, tab_to

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(qtbot, tmp_path: Path) -> MainWindow:
    made = open_window(qtbot, FakeSession(), tmp_path)
    for index in range(40):
        made.session.take(make_result(index))
    made.refresh()
    return made


def save_by_key(window: MainWindow, plot: QWidget, path: Path, monkeypatch, title: str = "") -> None:
    """Tab to a plot, and save it by Ctrl+E."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), title))
    tab_to(window, plot)
    key(window, Qt.Key.Key_E, CONTROL)


@pytest.mark.parametrize("name", ["angles", "times"])
def test_the_gaze_plots_are_saved_by_key(window, tmp_path, monkeypatch, name) -> None:
    plot = getattr(window.pages.gaze, name)
    for ending in ("png", "svg", "csv"):
        save_by_key(window, plot, tmp_path / f"a.{ending}", monkeypatch)
        assert window.ui.status_bar.currentMessage() == f"Plot saved: {tmp_path / f'a.{ending}'}"
    assert QImage(str(tmp_path / "a.png")).width() == plot.width()
    drawing = ET.parse(tmp_path / "a.svg").getroot()
    text = " ".join(each.text or "" for each in drawing.iter() if each.tag.endswith("text"))
    assert ("yaw" if name == "angles" else "Angle between both predictions") in text
    # drawn again, it looks as it does in the window
    assert QSvgRenderer(str(tmp_path / "a.svg")).isValid()
    lines = (tmp_path / "a.csv").read_text().splitlines()
    if name == "times":
        assert lines[0] == "t_s,gaze_moved_deg" and len(lines) == 41
        assert float(lines[-1].split(",")[1]) == pytest.approx(make_result(39).shift_deg, abs=1e-3)
    else:
        assert lines[0] == "mark,seconds_before,yaw_deg,pitch_deg"
        assert "target,0.000,25.000,5.000" in lines and {"clean", "triggered", "truth"} < {
            line.split(",")[0] for line in lines
        }


def test_a_drawing_looks_like_the_plot(window, tmp_path) -> None:
    plot = window.pages.gaze.angles
    plot.export.write(tmp_path / "a.svg")
    image = QImage(plot.size(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    QSvgRenderer(str(tmp_path / "a.svg")).render(painter)
    painter.end()
    shown = plot.grab().toImage()
    points = [(x, y) for x in range(0, plot.width(), 3) for y in range(0, plot.height(), 3)]
    differ = sum(abs(image.pixelColor(x, y).lightness() - shown.pixelColor(x, y).lightness()) > 40 for x, y in points)
    assert differ < 0.03 * len(points)


def test_a_name_without_an_ending_takes_the_one_that_is_chosen(window, tmp_path, monkeypatch) -> None:
    save_by_key(window, window.pages.gaze.times, tmp_path / "b", monkeypatch, "Table (*.csv)")
    assert (tmp_path / "b.csv").read_text().startswith("t_s,")


def test_a_plot_that_cannot_be_saved_is_one_sentence(window, tmp_path, monkeypatch) -> None:
    save_by_key(window, window.pages.gaze.times, tmp_path / "gone" / "b.svg", monkeypatch)
    assert window.ui.banner.isVisible() and window.ui.banner.text.endswith("choose another folder.")


def test_the_menu_of_a_plot_opens_where_it_is_painted(window) -> None:
    titles = []

    def look_and_close() -> None:
        menu = QApplication.activePopupWidget()
        if isinstance(menu, QMenu):
            titles.append([entry.text().partition("\t")[0] for entry in menu.actions()])
            menu.close()

    for plot in (window.pages.gaze.angles, window.pages.gaze.times):
        at = plot.viewport().rect().center()
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, plot.viewport().mapToGlobal(at))
        # the menu has an event loop of its own
        QTimer.singleShot(200, look_and_close)
        QApplication.sendEvent(plot.viewport(), event)
    assert titles == [["Save plot ...", "Copy picture"]] * 2


def test_the_menu_saves_plots_too(window, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "a.csv"), ""))
    for start, first in (("Save the angle", "mark"), ("Save the time", "t_s"), ("Save the driver", "branch")):
        (entry,) = [each for each in window.ui.menu.menu().actions() if each.text().startswith(start)]
        entry.trigger()
        assert (tmp_path / "a.csv").read_text().startswith(first)


def copied(window: MainWindow, widget: QWidget) -> str:
    QApplication.clipboard().clear()
    tab_to(window, widget)
    key(window, Qt.Key.Key_C, CONTROL)
    return QApplication.clipboard().text()


def test_every_number_can_be_copied(window) -> None:
    gaze = window.pages.gaze
    assert copied(window, gaze.crops).startswith("Difference: mean ")
    gaze.trigger.slider.setValue(30)
    assert copied(window, gaze.trigger._value).endswith(": 1.50")
    window.ui.stats.actions()[0].trigger()
    assert QApplication.clipboard().text() == window.ui.stats.text() != ""
    window.ui.tabs.setCurrentIndex(DRIVER)
    look(window, PHONE, 2.0, 12.0)
    window.refresh()
    driver = window.pages.driver
    board = copied(window, driver.without_trigger)
    assert board.startswith("Without trigger: WARNING") and "AttenD buffer: 0.0 s left, warning" in board
    assert copied(window, driver.log).splitlines() == driver.log.lines != []
    driver.timeline.export.copy()
    assert not QApplication.clipboard().image().isNull()
    window.ui.tabs.setCurrentIndex(KEYPAD)
    assert copied(window, window.pages.keypad.without_trigger).startswith("Without trigger: nothing")
