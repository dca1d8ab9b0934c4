"""What a first look at the window found: boxes that cannot be seen, text beyond the screen, legends above curves."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLineEdit, QMessageBox, QWidget

from gazeattack.blind_test.aggregate import fit_curves, points_of
from gazeattack.live.recorded_data import StoredItem
from gazeattack.ui.blind_test.psychometric_plot import PsychometricPlot
from gazeattack.ui.offline.curves_dialog import CurvesDialog
from gazeattack.ui.recording.data_dialog import DataDialog
from gazeattack.ui.theme import DARK, LIGHT, Theme
from gazeattack.ui.window.main_window import MainWindow
from tests.blind_test.test_blind_test import answers_of
from tests.helpers.ui import FakeSession
from tests.helpers.window import open_window
from tests.ui.test_offline import write


@pytest.fixture
def window(qtbot, tmp_path: Path) -> MainWindow:
    return open_window(qtbot, FakeSession(), tmp_path)


def contrast(widget: QWidget, width: int) -> int:
    """The largest difference in lightness from the window, within a widget's first columns."""
    image = widget.grab().toImage()
    window = widget.palette().base().color().lightness()
    return max(
        abs(image.pixelColor(x, y).lightness() - window)
        for x in range(min(width, image.width()))
        for y in range(image.height())
    )


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_an_empty_box_can_be_seen(qtbot, window, theme: Theme) -> None:
    window.appearance.use(theme)
    for made in (QCheckBox(window), QLineEdit(window)):
        made.show()
        made.resize(120, 30)
        assert contrast(made, 20) > 60, type(made).__name__
        made.deleteLater()


def test_a_passing_message_can_be_seen(window) -> None:
    bar, ui = window.ui.status_bar, window.ui
    assert not ui.message.isVisible() and ui.caption.isVisible() and ui.stats.isVisible()
    before = bar.grab().toImage()
    window.show_message(f"Recording saved: {'folder/' * 40}gazeattack-20261129")
    QApplication.processEvents()
    assert ui.message.isVisible() and ui.message.width() > 0.9 * bar.width() and bar.grab().toImage() != before
    # the whole of it is in the tooltip
    assert "gazeattack-20261129" in ui.message.toolTip().replace("\n", "")
    bar.clearMessage()
    assert not ui.message.isVisible() and ui.caption.isVisible() and ui.stats.isVisible()


def test_enter_deletes_no_recording(qtbot, tmp_path: Path) -> None:
    folder = tmp_path / "recording"
    folder.mkdir()
    window = QWidget()
    qtbot.addWidget(window)
    dialog = DataDialog(list, window)
    dialog.show()

    def press_enter() -> None:
        (box,) = dialog.findChildren(QMessageBox)
        QTest.keyClick(box, Qt.Key.Key_Return)

    # the question has an event loop of its own
    QTimer.singleShot(100, press_enter)
    assert not dialog.ask([StoredItem("Recording", folder, 1)])


def test_the_help_fits_a_projector(window) -> None:
    window.show_help()
    (box,) = window.findChildren(QMessageBox)
    assert box.height() < 640 and box.width() < 1000
    assert all(f"<b>{each.key}</b>" in box.text() for each in window.shortcuts)
    box.close()


def test_the_menu_fits_a_projector_and_is_grouped(window) -> None:
    menu = window.ui.menu.menu()
    assert menu.sizeHint().height() < 720
    sizes = [0]
    for entry in menu.actions():
        if entry.isSeparator():
            sizes.append(0)
        else:
            sizes[-1] += 1
    assert max(sizes) <= 8 and min(sizes) >= 1


def legend_bottom(plot) -> float:
    """Where a legend ends, in units of the y axis."""
    box = plot.legend.mapRectToScene(plot.legend.boundingRect())
    return plot.getPlotItem().vb.mapSceneToView(box.bottomLeft()).y()


def test_no_legend_covers_a_curve(qtbot, tmp_path: Path) -> None:
    dialog = CurvesDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    write(tmp_path, 6)
    dialog.follow(str(tmp_path))
    highest = max(float(curve.yData.max()) for curve in dialog.plot.curves.values() if len(curve.yData))
    assert dialog.plot.legend.items and legend_bottom(dialog.plot) > highest
    plot = PsychometricPlot()
    qtbot.addWidget(plot)
    plot.resize(800, 250)
    plot.show()
    points = points_of([*answers_of(), *answers_of("bo", 2, attack="sig"), *answers_of("cy", 3, attack="badnets")])
    plot.show_tests(points, fit_curves(points))
    qtbot.wait(20)
    assert len(plot.legend.items) == 4 and legend_bottom(plot) > 100
