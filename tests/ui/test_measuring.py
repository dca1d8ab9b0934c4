"""Measure on yourself, in the window: consent first, dots, a folder, a page from another process, and erasing."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QProcess, QSettings, Qt
from PySide6.QtWidgets import QApplication

from gazeattack.angles import Gaze
from gazeattack.collection.collection import CONSENT
from gazeattack.collection.files import PAGE, is_collection, read_collection, write_collection
from gazeattack.live.frame_result import FrameResult
from gazeattack.ui.measuring.controller import CANCELED, MeasureController
from gazeattack.ui.measuring.dialog import NO_PERSON, SURE
from gazeattack.ui.session import ModelInfo, SourceInfo
from gazeattack.ui.window.main_window import MainWindow
from tests.helpers.calibration import SCREEN
from tests.helpers.collection import made_up
from tests.helpers.ui import FakeSession, make_result

PERSON = SourceInfo(spec="camera:0", opened=1)
SUBJECT = SourceInfo(spec="synthetic", truth_known=True, steerable=True, opened=1)


@pytest.fixture
def pages():
    return []


@pytest.fixture
def measuring(qtbot, tmp_path, pages):
    from PySide6.QtWidgets import QWidget

    window = QWidget()
    qtbot.addWidget(window)
    made = MeasureController(window, lambda: SCREEN, tmp_path / "me", lambda page: pages.append(page) or True)
    yield made
    made.close()


def opened(measuring, source):
    measuring.set_source(source)
    measuring.open()
    return measuring.dialog


def at(t: float, gaze: Gaze) -> FrameResult:
    """A result at time t with a face in the frame whose predicted gaze is `gaze`."""
    result = make_result()
    frame = replace(result.frame, image=np.full((480, 640, 3), 90, np.uint8), t=t)
    return replace(result, frame=frame, t=t, clean=replace(result.clean, gaze=gaze))


def follow(measuring, late_s=0.2, every_s=0.1):
    """Somebody looks at the dots, a little late, until they are done."""
    session, t = measuring.dots.session, 0.0
    while measuring.dots is not None and t < 100:
        x, y = session.script.at(t - late_s)
        measuring.step(at(t, Gaze(0.2 - 0.3 * y, 0.3 * (0.5 - x))))
        t += every_s


def test_nothing_starts_without_consent_a_folder_and_a_person(measuring):
    dialog = opened(measuring, PERSON)
    assert dialog.consent.text().replace("\n", " ") == CONSENT and not dialog.start.isEnabled()
    dialog.consent.setChecked(True)
    assert dialog.start.isEnabled() and not dialog.page.isEnabled() and not dialog.wipe.isEnabled()
    dialog.folder.setText("  ")
    assert not dialog.start.isEnabled()
    dialog.folder.setText("somewhere")
    measuring.set_source(replace(PERSON, spec="video.mp4", opened=2))
    assert not dialog.start.isEnabled() and dialog.about.text() == NO_PERSON


def test_a_rendered_subject_needs_no_consent(measuring):
    dialog = opened(measuring, SUBJECT)
    assert dialog.consent.isHidden() and dialog.start.isEnabled()


def test_dots_are_stored_evaluated_and_erased(qtbot, measuring, tmp_path, pages, monkeypatch):
    dialog = opened(measuring, PERSON)
    dialog.consent.setChecked(True)
    dialog.start.click()
    qtbot.keyClick(measuring.dots, Qt.Key.Key_Space)
    follow(measuring)
    qtbot.waitUntil(lambda: "Stored" in dialog.state.text(), timeout=20000)
    whole = read_collection(tmp_path / "me")
    assert whole.card.consent == CONSENT and whole.card.lag_s == pytest.approx(0.2, abs=0.05)
    assert len(whole) > 500 and not dialog.start.isEnabled() and dialog.page.isEnabled()

    def evaluate(process):
        name, folder = process.arguments()[4], process.arguments()[-1]
        assert process.program() == sys.executable and name == "mine"
        program = f"open(r'{folder}/{PAGE}', 'w').write('page')"
        process.setArguments(["-c", program])
        QProcess.start(process)

    measuring.set_model(ModelInfo("mine", "mine", False, False, None, None, None))
    monkeypatch.setattr("gazeattack.ui.measuring.controller.start_process", evaluate)
    dialog.page.click()
    assert not dialog.page.isEnabled() and dialog.leave.text() == "Cancel"
    qtbot.waitUntil(lambda: bool(pages), timeout=20000)
    assert pages == [tmp_path / "me" / PAGE] and pages[0].read_text() == "page"
    dialog.wipe.click()
    assert dialog.wipe.text() == SURE and is_collection(tmp_path / "me")
    dialog.wipe.click()
    assert not (tmp_path / "me").exists() and dialog.start.isEnabled()


def test_the_result_is_copied_by_key(qtbot, measuring):
    dialog = opened(measuring, PERSON)
    dialog.show_state("Stored 731 samples; the gaze is 0.2 s behind the dots.")
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.state.setFocus()
    qtbot.keyClick(dialog.state, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == dialog.state.text()


def test_esc_closes_the_dialog_and_it_opens_again(qtbot, measuring):
    dialog = opened(measuring, PERSON)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    measuring.open()
    assert measuring.dialog.isVisible()


def test_a_failed_evaluation_is_one_sentence_and_a_long_one_can_be_canceled(qtbot, measuring, tmp_path, monkeypatch):
    write_collection(tmp_path / "me", made_up())
    dialog = opened(measuring, PERSON)
    program = "import sys; print('x', file=sys.stderr); sys.exit('gazeattack: There is no model \"y\": use another.')"

    def start(process):
        process.setArguments(["-c", program])
        QProcess.start(process)

    monkeypatch.setattr("gazeattack.ui.measuring.controller.start_process", start)
    dialog.page.click()
    qtbot.waitUntil(lambda: "no model" in dialog.state.text(), timeout=20000)
    assert dialog.state.text() == 'There is no model "y": use another.' and dialog.page.isEnabled()
    program = "import time; time.sleep(60)"
    dialog.page.click()
    dialog.leave.click()
    assert "Canceled" in dialog.state.text() and is_collection(tmp_path / "me") and dialog.page.isEnabled()


def test_escape_stores_nothing(qtbot, measuring, tmp_path):
    dialog = opened(measuring, SUBJECT)
    dialog.start.click()
    measuring.dots.start()
    measuring.step(at(0.0, Gaze(0, 0)))
    with qtbot.waitSignal(measuring.steer) as steered:
        qtbot.keyClick(measuring.dots, Qt.Key.Key_Escape)
    assert steered.args == [None] and measuring.dots is None
    assert dialog.state.text() == CANCELED and not (tmp_path / "me").exists()


def test_a_gaze_that_follows_nothing_is_refused(qtbot, measuring, tmp_path):
    dialog = opened(measuring, PERSON)
    dialog.consent.setChecked(True)
    dialog.start.click()
    measuring.dots.start()
    random, t = np.random.default_rng(0), 0.0
    gaze = np.zeros(2)
    while measuring.dots is not None:
        gaze = 0.9 * gaze + random.normal(0, 0.03, 2)
        measuring.step(at(t, Gaze(*gaze)))
        t += 0.2
    qtbot.waitUntil(lambda: "at no lag" in dialog.state.text(), timeout=20000)
    assert not (tmp_path / "me").exists()


def test_a_full_folder_is_refused_before_the_dots(measuring, tmp_path):
    (tmp_path / "me").mkdir()
    (tmp_path / "me" / "notes.txt").write_text("mine")
    dialog = opened(measuring, SUBJECT)
    dialog.start.click()
    assert measuring.dots is None and "not empty" in dialog.state.text()


def test_the_subject_is_steered_at_the_dot(qtbot, measuring):
    opened(measuring, SUBJECT).start.click()
    measuring.dots.start()
    with qtbot.waitSignal(measuring.steer) as steered:
        measuring.step(at(0.0, Gaze(0, 0)))
    x, y = measuring.dots.session.script.at(0.0)
    result = at(0.0, Gaze(0, 0))
    wanted = SCREEN.aim(result.origin_mm, (x * SCREEN.width_mm, y * SCREEN.height_mm))
    assert np.allclose(steered.args[0], wanted)


def test_the_menu_opens_it(qtbot, tmp_path):
    session = FakeSession()
    store = QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat)
    window = MainWindow(session, store, pictures=tmp_path, calibrations=tmp_path, sources=list)
    qtbot.addWidget(window)
    (entry,) = [each for each in window.ui._menu.actions() if "Measure on yourself" in each.text()]
    entry.trigger()
    assert window.measuring.dialog is not None
    window.close()
    assert window.measuring.dialog is None
