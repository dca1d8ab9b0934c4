"""The window's text: its size, long names, tooltips, number formats, and the words of the field."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, QRectF
from PySide6.QtGui import QFont, QPainter, QPixmap
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QLabel, QPushButton, QToolButton, QWidget

from gazeattack.live.guard import LIMITS_DEG, GuardCheck
from gazeattack.ui.strings import guard
from gazeattack.ui.strings.triggers import TriggerState, own_title
from gazeattack.ui.widgets.builders import TIP_WIDTH, plain_tip
from gazeattack.ui.widgets.fit_text import SMALLEST, draw_fitting
from gazeattack.ui.widgets.readout import Readout
from gazeattack.ui.window.main_window import MainWindow
from tests.helpers.ui import DRIVER, RUNNING, TABS, FakeSession, make_result
from tests.helpers.window import ON, PHONE, look, open_window

LONG = "a-very-long-name-of-a-video-" * 5 + "the-end.mp4"


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def window(qtbot, session: FakeSession, tmp_path: Path) -> MainWindow:
    return open_window(qtbot, session, tmp_path)


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("size", [(1000, 640), (1280, 720)])
def test_no_text_is_smaller_than_11_pixels(qtbot, window, monkeypatch, tab, size) -> None:
    used: set[int] = set()
    real = QPainter.setFont

    def spy(painter: QPainter, font: QFont) -> None:
        used.add(font.pixelSize())
        real(painter, font)

    monkeypatch.setattr(QPainter, "setFont", spy)
    window.resize(*size)
    window.ui.tabs.setCurrentIndex(tab)
    look(window, PHONE, 0, 5)
    window.refresh()
    window.grab()
    labels = [w for w in window.findChildren(QWidget) if w.isVisible() and isinstance(w, QLabel | QPushButton)]
    used |= {label.fontInfo().pixelSize() for label in labels}
    assert used and min(size for size in used if size > 0) >= SMALLEST == 11


def test_a_line_that_cannot_fit_is_cut_in_the_middle(qtbot, monkeypatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(QPainter, "drawText", lambda painter, *args: written.append(args[-1]))
    picture = QPixmap(120, 30)
    painter = QPainter(picture)
    draw_fitting(painter, QRectF(0, 0, 120, 20), LONG, 18)
    painter.end()
    assert written[0].startswith("a-") and written[0].endswith(".mp4") and "…" in written[0]


def test_long_names_are_whole_in_the_tooltip(qtbot, window, session) -> None:
    window.resize(1000, 640)
    window.open_source(f"/videos/{LONG}")
    session.now = replace(RUNNING, source=f"/videos/{LONG}", source_name=LONG)
    window.session.poll_status()
    window.grab()
    assert (window.width(), window.height()) == (1000, 640)
    for widget in (window.ui.stats, window.ui.source._list):
        assert "the-end.mp4" in widget.toolTip().replace("\n", "")
    assert all(len(line) <= TIP_WIDTH for line in window.ui.stats.toolTip().splitlines())


def test_tooltips_are_wrapped_and_stay_plain_text(window) -> None:
    window.ui.tabs.setCurrentIndex(DRIVER)
    look(window, PHONE, 0, 5)
    tips = [widget.toolTip() for widget in window.findChildren(QWidget)]
    tips += [box.itemData(row, 3) for box in window.findChildren(QComboBox) for row in range(box.count())]
    tips += [window.pages.driver.log.item(row).toolTip() for row in range(window.pages.driver.log.count())]
    lines = [line for tip in tips if tip for line in tip.splitlines()]
    assert len(lines) > 60 and max(map(len, lines)) <= TIP_WIDTH
    assert plain_tip("<b>" + "x " * 60).count("<br>") == 2


def test_every_number_plot_and_badge_says_what_it_is(window) -> None:
    gaze, page = window.pages.gaze, window.pages.driver
    told = [*window.findChildren(Readout), gaze.angles, gaze.times, gaze.crops, gaze.camera]
    told += [page.timeline, page.windscreen, page.camera, page.with_trigger, page.without_trigger]
    told += [window.pages.keypad.view, window.pages.keypad.with_trigger, window.pages.screen.view]
    told += [window.ui.badge, window.ui.stats]
    assert len(told) >= 18 and all(len(widget.toolTip()) > 20 for widget in told)


def test_numbers_look_the_same_under_a_german_system(qtbot, session, tmp_path) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German))
    try:
        window = open_window(qtbot, session, tmp_path)
        window.setup.open()
        field = window.setup.dialog.findChildren(QDoubleSpinBox)[0]
        field.setValue(1234.5 / 4)
        assert field.text() == "308.6 mm"
        window.session.take(make_result(0))
        assert "." in window.pages.gaze.moved.value
    finally:
        QLocale.setDefault(before)


def test_the_words_of_the_field(window) -> None:
    buttons = {b.text() for b in window.findChildren(QPushButton)} | {
        t.text() for t in window.findChildren(QToolButton)
    }
    assert {"Pause (P)", "Screenshot (S)", "Straight ahead (A)", "Guard (G)"} <= buttons
    window.ui.pause.setChecked(True)
    assert window.ui.pause.text() == "Resume (P)"
    menu = {entry.text() for entry in window.ui.menu.menu().actions()}
    assert {"Loop videos", "Export zones ..."} <= menu
    sources = window.ui.source._list
    assert "Animated portrait ..." in [sources.itemText(row) for row in range(sources.count())]
    models = [window.ui.model.itemText(row) for row in range(window.ui.model.count())]
    assert "Open model folder ..." in models and window.ui.source._format.itemText(0) == "Automatic"
    assert own_title(TriggerState(False, own="wanet", borrowed_from="wanet")) == 'Trigger borrowed from "wanet"'
    assert "Same method, different key" in window.pages.gaze.trigger.wrong_key.toolTip()
    captions = {readout._caption for readout in window.findChildren(Readout)}
    assert {"Mean pixel change", "Error without trigger"} <= captions
    rule = "a gaze more than {:g} degrees from that of the eye landmarks is rejected"
    assert rule.format(LIMITS_DEG[GuardCheck.LANDMARKS]) in guard.tip(GuardCheck.LANDMARKS)
    window.open_source("synthetic:/tmp/face.jpg")
    assert sources.currentText() == "Animated portrait: face.jpg"


def test_strength_zero_is_no_alarm(window) -> None:
    window.session.take(make_result(0, settings=ON))
    window.refresh()
    assert window.pages.gaze.moved._strong
    window.session.take(make_result(1, settings=replace(ON, strength=0.0)))
    window.refresh()
    assert not window.pages.gaze.moved._strong
    window.pages.gaze.trigger.set_mode(ON.mode)
    window.pages.gaze.trigger.slider.set_strength(0.0)
    assert "unchanged" in window.pages.gaze.trigger._explain.text()
