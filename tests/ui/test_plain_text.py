"""Names of files and zones are shown as they are, whatever they look like."""

from pathlib import Path

from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QLabel

from gazeattack.safety.observation import Event
from gazeattack.ui.pages.driver.event_log import EventLog
from gazeattack.ui.window.main_window import MainWindow
from tests.helpers.ui import FakeSession

NAME = '<img src="http://example.invalid/x.png">'


def test_every_label_of_the_window_shows_plain_text(qtbot, tmp_path: Path) -> None:
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    window = MainWindow(FakeSession(), store, pictures=tmp_path, sources=list)
    qtbot.addWidget(window)
    labels = window.findChildren(QLabel)
    assert len(labels) > 10
    assert [label.text() for label in labels if label.textFormat() is not Qt.TextFormat.PlainText] == []


def test_a_tooltip_shows_a_name_as_it_is(qtbot) -> None:
    log = EventLog()
    qtbot.addWidget(log)
    log.add(
        [Event(1.0, "clean", "addw", "warning", NAME, "EU: look"), Event(2.0, "clean", "addw", "warning", "a", "b")], 0
    )
    assert "&lt;img src=" in log.item(1).toolTip().replace("<br>", " ") and "<img" not in log.item(1).toolTip()
    assert log.item(0).toolTip() == "2.00 s, without trigger, gaze at a: b"
