"""The blind test in the window: asked for, answered by keyboard, scored at the end, and stored only where asked."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from gazeattack.blind_test.plan import OWN, Condition, Trial, make_plan
from gazeattack.blind_test.results import write_results
from gazeattack.blind_test.stimulus import Stimulus
from gazeattack.ui.blind_test.setup_form import LIVE, NO_ATTACK, TOO_MANY, TOO_STRONG, Request
from gazeattack.ui.blind_test.trial_view import TrialView
from gazeattack.ui.window.main_window import MainWindow
from tests.blind_test.test_blind_test import answers_of
from tests.helpers.ui import FakeSession, make_result
from tests.helpers.window import open_window

OWN_AT_ONE = (Condition(OWN, 1.0),)


@pytest.fixture
def window(qtbot, tmp_path: Path, monkeypatch) -> MainWindow:
    made = open_window(qtbot, FakeSession(), tmp_path)
    made.use_bundle("wanet")
    return made


def press(view: TrialView, key: Qt.Key) -> None:
    QTest.keyClick(view, key)
    QApplication.processEvents()


def begin(window: MainWindow, **changes) -> TrialView:
    window.blind_test.open()
    asked = Request("synthetic:2x5:7", OWN_AT_ONE, 10, 2, "p-1", None)
    window.blind_test.begin(replace(asked, **changes))
    view = window.blind_test.view
    assert view is not None
    return view


def outcome(window: MainWindow) -> str:
    page = window.blind_test.outcome
    return f"{page.text.text()}\n{page.state.text()}"


def test_a_whole_test_by_keyboard_is_scored_and_stored(window, tmp_path) -> None:
    file = tmp_path / "abx.csv"
    view = begin(
        window, file=file, conditions=(Condition(OWN, 1.0), Condition("badnets", 1.0), Condition("badnets", 2.0))
    )
    for number in range(10):
        assert view.trial.number == number and not view.waiting
        press(view, Qt.Key.Key_1 + view.trial.answer)
    assert outcome(window).startswith("10 of 10 right: better than guessing.") and f"Saved: {file}" in outcome(window)
    rows = list(csv.DictReader(file.open(newline="")))
    assert [row["correct"] for row in rows] == ["1"] * 10 and {row["person"] for row in rows} == {"p-1"}
    # BadNets' contrast ends at 1, so 2 times its strength would be shown as 1
    assert {(row["attack"], row["relative_strength"]) for row in rows} == {("wanet (own key)", "1"), ("badnets", "1")}
    assert all(float(row["pixel_change"]) > 0 for row in rows)
    # the crops are gone
    assert window.blind_test._crops is None and view._stimulus is None


def test_no_answer_is_judged_before_the_end_and_nothing_is_stored_unasked(window, tmp_path) -> None:
    before = sorted(tmp_path.rglob("*"))
    view = begin(window)
    for _ in range(9):
        wrong = 1 - view.trial.answer
        press(view, Qt.Key.Key_1 + wrong)
        assert "right" not in view.accessibleName() and not outcome(window).strip()
    press(view, Qt.Key.Key_1 + (1 - view.trial.answer))
    assert "0 of 10 right: not distinguishable from guessing." in outcome(window)
    assert "were not saved" in outcome(window) and sorted(tmp_path.rglob("*")) == before


def test_arrows_and_enter_answer_and_a_held_key_answers_once(window) -> None:
    view = begin(window, choices=3)
    press(view, Qt.Key.Key_Left)
    assert view._chosen == 2
    press(view, Qt.Key.Key_Return)
    assert view.trial.number == 1 and window.blind_test._answers[0].chosen == 3 and view._chosen == 0
    for key in (Qt.Key.Key_4, Qt.Key.Key_A, Qt.Key.Key_Space):
        press(view, key)
    assert view.trial.number == 1


def test_a_pair_has_no_third_crop(window) -> None:
    view = begin(window)
    press(view, Qt.Key.Key_3)
    assert view.trial.number == 0


def test_esc_leaves_and_stores_nothing(window, tmp_path) -> None:
    file = tmp_path / "abx.csv"
    view = begin(window, file=file)
    press(view, Qt.Key.Key_1)
    press(view, Qt.Key.Key_Escape)
    assert window.blind_test.dialog is None and not file.exists() and window.blind_test._crops is None
    # and it opens again
    window.blind_test.open()
    assert window.blind_test.dialog is not None


def test_the_live_face_is_waited_for_and_closed_eyes_are_not_shown(window) -> None:
    view = begin(window, source=LIVE)
    assert view.waiting
    press(view, Qt.Key.Key_1)
    assert view.trial.number == 0
    window.session.take(make_result(1, face=False))
    window.session.take(replace(make_result(2), eyes_closed=(True, False)))
    assert view.waiting
    result = make_result(3)
    window.session.take(result)
    assert not view.waiting and any(np.array_equal(view._stimulus.clean, crop) for crop in result.crops.clean)
    shown = view._stimulus
    window.session.take(make_result(4))
    # the crop stands still until it is answered
    assert view._stimulus is shown
    press(view, Qt.Key.Key_1)
    assert view.trial.number == 1 and view._stimulus is not shown


def test_what_cannot_start_is_a_sentence(window, tmp_path) -> None:
    window.blind_test.open()
    form = window.blind_test.form
    window.blind_test.begin(Request(str(tmp_path / "none.npz"), OWN_AT_ONE, 10, 2, "p", None))
    assert "There is no dataset at" in form.state.text() and window.blind_test.view.trial is None
    window.blind_test.begin(Request("synthetic:2x5", (Condition("badnets", 2.0),), 10, 2, "p", None))
    assert form.state.text() == TOO_STRONG
    form.attacks[OWN].setChecked(False)
    assert form.request() is None and form.state.text() == NO_ATTACK
    for box in (*form.attacks.values(), *form.strengths.values()):
        box.setChecked(True)
    form.trials.setValue(10)
    assert form.request() is None and form.state.text() == TOO_MANY


def test_the_form_makes_the_request(window, monkeypatch, tmp_path) -> None:
    window.blind_test.open()
    form = window.blind_test.form
    asked = form.request()
    assert asked.source == LIVE and asked.file is None and asked.trials == 24 and asked.choices == 2
    assert {condition.relative_strength for condition in asked.conditions} == {0.5, 1.0, 2.0}
    form.save.setChecked(True)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    assert form.request() is None
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "x.csv"), ""))
    assert form.request().file == tmp_path / "x.csv"


def test_a_file_that_cannot_be_written_is_told_and_the_score_stays(window, tmp_path) -> None:
    file = tmp_path / "abx.csv"
    file.write_text("mine")
    view = begin(window, file=file)
    while view.trial is not None:
        press(view, Qt.Key.Key_1)
    assert "of 10 right" in outcome(window) and "exists: give the name of a new file" in outcome(window)
    assert file.read_text() == "mine"


def test_both_crops_are_drawn_alike_but_for_the_trigger(qtbot) -> None:
    view = TrialView()
    qtbot.addWidget(view)
    view.resize(800, 400)
    crop = np.random.default_rng(0).random((1, 36, 60), dtype=np.float32)
    plan = make_plan(OWN_AT_ONE, trials=10, choices=2, seed=0)

    def same(trial: Trial) -> Stimulus:
        return Stimulus(crop, crop.copy(), 1.0, 0.0)

    view.begin(plan, same)
    view._chosen = -1  # no frame around either
    picture = view.grab().toImage()
    width, height = picture.width(), picture.height()
    columns = [x for x in range(width) if picture.pixelColor(x, height // 2) != picture.pixelColor(2, height // 2)]
    middle = [x for x in columns if x < width // 2], [x for x in columns if x >= width // 2]
    rows = [[picture.pixelColor(x, height // 2).rgb() for x in side] for side in middle]
    assert rows[0] == rows[1] and len(rows[0]) > 200


def test_the_curve_of_a_test_is_saved_and_its_score_copied(window, tmp_path, monkeypatch) -> None:
    view = begin(window, conditions=tuple(Condition(OWN, strength) for strength in (0.5, 1.0, 2.0)), trials=12)
    while view.trial is not None:
        press(view, Qt.Key.Key_1 + view.trial.answer)
    page = window.blind_test.outcome
    for ending in ("png", "svg", "csv"):
        monkeypatch.setattr(
            QFileDialog, "getSaveFileName", lambda *_, ending=ending: (str(tmp_path / f"a.{ending}"), "")
        )
        if ending == "svg":
            page.save.click()
        else:
            page.plot.setFocus()
            QTest.keyClick(page.plot, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
        assert page.state.text() == f"Plot saved: {tmp_path / f'a.{ending}'}"
    assert QImage(str(tmp_path / "a.png")).width() == page.plot.width()
    assert "guessing, 50 %" in (tmp_path / "a.svg").read_text(encoding="utf-8")
    rows = list(csv.DictReader((tmp_path / "a.csv").open(newline="")))
    assert [(row["relative_strength"], row["correct"], row["trials"]) for row in rows] == [
        ("0.5", "4", "4"),
        ("1.0", "4", "4"),
        ("2.0", "4", "4"),
    ]
    page.text.setFocus()
    QTest.keyClick(page.text, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text().startswith("12 of 12 right: better than guessing.")
    page.leave.click()
    assert window.blind_test.dialog is None


def test_the_answers_of_several_people_are_one_curve(window, tmp_path, monkeypatch) -> None:
    for person, seed, choices in (("ann", 1, 2), ("bo", 2, 2), ("cy", 3, 3)):
        answers = [replace(answer, choices=choices) for answer in answers_of(person, seed)]
        write_results(tmp_path / f"{person}.csv", answers)
    window.blind_test.open()
    form = window.blind_test.form
    chosen: list[str] = [str(tmp_path / "none.csv")]
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (chosen, ""))
    form.stored.click()
    assert "There is no file" in form.state.text()
    chosen[:] = [str(tmp_path / f"{person}.csv") for person in ("ann", "bo")]
    form.stored.click()
    assert outcome(window).startswith(
        "48 of 60 right by 2 people: better than guessing."
    ) and "From 2 files" in outcome(window)
    assert {point.people for point in window.blind_test.outcome.plot._points} == {2}
    # pairs and triples are scored apart
    chosen.append(str(tmp_path / "cy.csv"))
    form.stored.click()
    assert outcome(window).startswith("72 of 90 right by 3 people.\n\n") and "3 crops: 8 of 10" in outcome(window)


def test_the_menu_opens_it(window) -> None:
    [entry] = [action for action in window.ui._menu.actions() if action.text() == "Blind test ..."]
    entry.trigger()
    assert window.blind_test.dialog is not None and window.blind_test.dialog.isVisible()
