"""An evaluation and the curves of a training, in sight of the window and outside its frame loop."""

from __future__ import annotations

import csv
import os
import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from gazeattack.evaluation.training_log import LOG
from gazeattack.ui.offline.child_process import ENDED_EARLY, NICENESS, NO_START
from gazeattack.ui.offline.controller import OfflineController
from gazeattack.ui.offline.curves_dialog import EVERY_MS, HALF_WRITTEN, NO_EPOCH, NO_RUN, CurvesDialog
from gazeattack.ui.offline.evaluate_dialog import CANCELED, DATA, NO_DATA, NO_MODEL, NO_PAGE, EvaluateDialog
from gazeattack.ui.offline.new_name import new_path
from gazeattack.ui.session import ModelInfo
from gazeattack.ui.theme import DARK, LIGHT
from gazeattack.ui.window.main_window import MainWindow
from tests.helpers.ui import FakeSession
from tests.helpers.window import open_window
from training.engine.logs import LOG_FIELDS

WANET = ModelInfo("wanet", "wanet", True, True, "wanet", 1.0, None)
posix = pytest.mark.skipif(os.name != "posix", reason="signal 0 only asks on POSIX")
# stands in for the command: python -m looks into the working folder first
FAKE = """
import os, sys, time
from pathlib import Path
options = dict(word[2:].split("=", 1) for word in sys.argv[2:])
def tell(text):
    print(text, file=sys.stderr, flush=True)
def until(name):
    while not Path(name).exists():
        time.sleep(0.02)
Path("began").write_text(f"{os.getpid()}")
"""
WORKS = """
assert sys.argv[1] == "evaluate" and options["bundle"] == "wanet", sys.argv
tell("reading " + options["data"])
tell("scored 30 of 120")
until("half")
tell("scored 120 of 120, now the clean model")
until("go")
Path(options["report"]).write_text("<!doctype html>")
print("a table" * 100_000)
"""


def fake(folder: Path, script: str) -> None:
    (folder / "gazeattack").mkdir()
    (folder / "gazeattack" / "__init__.py").touch()
    (folder / "gazeattack" / "__main__.py").write_text(FAKE + script)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def dialog(qtbot, folder: Path) -> EvaluateDialog:
    made = EvaluateDialog(folder, show_page=lambda page: bool(opened.append(page)) or True)
    made.opened = opened = []
    qtbot.addWidget(made)
    made.set_model(WANET)
    made.show()
    return made


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True


def ended(qtbot, dialog: EvaluateDialog) -> str:
    qtbot.waitUntil(lambda: not dialog.process.running, timeout=40_000)
    return dialog.state.text()


def test_an_evaluation_shows_its_progress_and_its_page(qtbot, folder, dialog) -> None:
    fake(folder, WORKS)
    page = folder / "gazeattack-wanet.html"
    assert dialog.data.text() == DATA and dialog.page.text() == str(page) and not dialog.bar.isVisible()
    qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    assert dialog.bar.isVisible() and dialog.leave.text() == "Cancel" and not dialog.start.isEnabled()
    # the bar is busy where nothing is counted
    assert dialog.bar.maximum() == 0
    qtbot.waitUntil(lambda: (dialog.bar.value(), dialog.bar.maximum()) == (30, 120), timeout=20_000)
    assert dialog.line.text() == "scored 30 of 120"
    if hasattr(os, "getpriority"):
        assert os.getpriority(os.PRIO_PROCESS, int((folder / "began").read_text())) >= NICENESS
    (folder / "half").touch()
    qtbot.waitUntil(lambda: dialog.line.text().endswith("now the clean model"), timeout=20_000)
    assert dialog.bar.maximum() == 0 and not dialog.open_page.isVisible()
    (folder / "go").touch()
    assert ended(qtbot, dialog) == f"The page is {page}"
    assert not dialog.bar.isVisible() and dialog.leave.text() == "Close"
    qtbot.mouseClick(dialog.open_page, Qt.MouseButton.LeftButton)
    assert dialog.opened == [page]
    # the next one gets a name of its own
    assert dialog.page.text() == str(folder / "gazeattack-wanet-2.html")


@posix
@pytest.mark.parametrize("how", ["button", "escape", "close"])
def test_cancel_kills_it(qtbot, folder, dialog, how) -> None:
    fake(folder, "Path(options['report'] + '.partial').touch()\ntell('reading')\nuntil('never')")
    dialog.start.click()
    qtbot.waitUntil(lambda: dialog.line.text() == "reading", timeout=20_000)
    process = int((folder / "began").read_text())
    assert alive(process)
    if how == "button":
        dialog.leave.click()
    elif how == "escape":
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    else:
        dialog.close()
    assert dialog.state.text() == CANCELED and not dialog.process.running
    assert dialog.isVisible() is (how != "close") and not alive(process)
    assert not list(folder.glob("*.html*")) and dialog.start.isEnabled()


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("tell('reading x'); tell('gazeattack: x is gone: name another.'); sys.exit(1)", "x is gone: name another."),
        ("tell('gazeattack evaluate: error: no --data'); sys.exit(2)", "no --data"),
        ("tell('scored 1 of 9'); sys.exit(1)", ENDED_EARLY),
        ("os._exit(3)", ENDED_EARLY),
        ("os.kill(os.getpid(), 9)", ENDED_EARLY),
        ("sys.stderr.buffer.write(b'gazeattack: \\xff is gone.'); sys.exit(1)", "\ufffd is gone."),
    ],
)
def test_an_error_is_the_last_sentence(qtbot, folder, dialog, script, sentence) -> None:
    fake(folder, script)
    dialog.start.click()
    assert ended(qtbot, dialog) == sentence
    assert not dialog.open_page.isVisible() and dialog.start.isEnabled()


def test_no_python_is_said(qtbot, dialog, monkeypatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    dialog.start.click()
    assert ended(qtbot, dialog) == NO_START


def test_what_is_missing_is_said_and_nothing_is_overwritten(folder, dialog) -> None:
    def refused() -> str:
        dialog.start.click()
        assert not dialog.process.running
        return dialog.state.text()

    page = dialog.page.text()
    dialog.page.setText(" ")
    assert refused() == NO_PAGE
    dialog.page.setText("mine.html")
    (folder / "mine.html").write_text("mine")
    assert refused() == f"{folder / 'mine.html'} exists already: give the page another name."
    # a name that was given stays
    dialog.set_model(WANET)
    assert dialog.page.text() == "mine.html"
    dialog.page.setText(page)
    dialog.data.setText("")
    assert refused() == NO_DATA
    dialog.data.setText(DATA)
    dialog.set_model(None)
    assert refused() == NO_MODEL


def test_a_page_stays_in_its_folder_whatever_the_model_is_called(tmp_path) -> None:
    assert new_path(tmp_path, "gazeattack", "../../etc/x y", ".html").parent == tmp_path
    assert new_path(tmp_path, "gazeattack", "n" * 4000).name.startswith("gazeattack-nnn")
    assert len(new_path(tmp_path, "gazeattack", "n" * 4000).name) < 100


def test_a_real_evaluation_writes_its_page(qtbot, tmp_path) -> None:
    dialog = EvaluateDialog(tmp_path)
    qtbot.addWidget(dialog)
    dialog.set_model(WANET)
    dialog.data.setText("synthetic:2x3")
    dialog.start.click()
    page = tmp_path / "gazeattack-wanet.html"
    assert ended(qtbot, dialog) == f"The page is {page}" and b"wanet" in page.read_bytes()
    dialog.data.setText("synthetic:0x0")
    dialog.start.click()
    assert ended(qtbot, dialog).startswith('"synthetic:0x0" is not understood: write synthetic')


def write(run: Path, epochs: int, *, attack: bool = True, end: str = "") -> None:
    run.mkdir(exist_ok=True)
    with (run / LOG).open("w", newline="") as file:
        writer = csv.DictWriter(file, LOG_FIELDS)
        writer.writeheader()
        for epoch in range(1, epochs + 1):
            errors = dict.fromkeys(("attack_deg", "noise_deg", "wrong_key_deg"), 4.0 / epoch if attack else "nan")
            writer.writerow({**dict.fromkeys(LOG_FIELDS, 8.0 / epoch), "epoch": epoch, **errors})
        file.write(end)


def named(dialog: CurvesDialog) -> list[str]:
    return [label.text for _, label in dialog.plot.legend.items]


@pytest.fixture
def curves(qtbot) -> CurvesDialog:
    made = CurvesDialog()
    qtbot.addWidget(made)
    made.show()
    return made


def test_the_curves_follow_the_log_while_they_are_visible(qtbot, tmp_path, curves) -> None:
    assert curves.state.text() == NO_RUN and curves._timer.isActive() and curves._timer.interval() == EVERY_MS
    write(tmp_path, 2)
    curves.follow(str(tmp_path))
    assert curves.state.text().startswith("Epoch 2: training loss 4.00°, benign error 4.00°, attack error 2.00°")
    curves._timer.setInterval(20)
    write(tmp_path, 4, end="5,1.0,")
    qtbot.waitUntil(lambda: curves.state.text().startswith("Epoch 4: "), timeout=5000)
    assert curves.state.text().endswith(HALF_WRITTEN)
    epochs, values = curves.plot.curves["loss_deg"].getData()
    assert epochs.tolist() == [1, 2, 3, 4] and values.tolist() == [8.0, 4.0, 8 / 3, 2.0]
    (left, right), (bottom, top) = curves.plot.getPlotItem().viewRange()
    assert left <= 1 and right >= 4 and bottom <= 0 and 8.0 <= top < 10
    curves.close()
    assert not curves._timer.isActive()
    write(tmp_path, 6)
    qtbot.wait(100)
    assert curves.state.text().startswith("Epoch 4: ")
    curves.show()
    assert curves.state.text().startswith("Epoch 6: ")


def test_an_unchanged_log_is_not_read_again(tmp_path, curves, monkeypatch) -> None:
    write(tmp_path, 2)
    curves.follow(str(tmp_path))
    reads = []
    monkeypatch.setattr(
        "gazeattack.ui.offline.curves_dialog.read_training_log", lambda path: reads.append(path) or pytest.fail()
    )
    for _ in range(3):
        curves._timer.timeout.emit()
    assert reads == []


def test_a_clean_model_has_two_curves(tmp_path, curves) -> None:
    write(tmp_path, 3, attack=False)
    curves.follow(str(tmp_path / LOG))
    assert named(curves) == ["Training loss", "Benign error"] and "attack" not in curves.state.text()
    write(tmp_path, 3)
    curves.refresh()
    assert len(named(curves)) == 5


def test_a_file_that_is_gone_foreign_or_new_gives_one_sentence(tmp_path, curves) -> None:
    write(tmp_path / "run", 3)
    curves.follow(str(tmp_path / "run"))
    (tmp_path / "run" / LOG).unlink()
    curves.refresh()
    assert curves.state.text().startswith(f"There is no {tmp_path / 'run' / LOG}: choose") and named(curves) == []
    write(tmp_path / "run", 0)
    curves.refresh()
    assert curves.state.text() == NO_EPOCH
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\xff\n")
    curves.follow(str(tmp_path / "picture.csv"))
    assert "is not the log of a training: choose" in curves.state.text()
    for text, begin in (("~nobody/run", "There is no"), ("nul\0nul", "nul"), ("", NO_RUN)):
        curves.follow(text)
        assert curves.state.text().startswith(begin) and named(curves) == []


def test_enter_in_the_field_presses_no_button(qtbot, tmp_path, curves) -> None:
    write(tmp_path, 2)
    curves.path.setFocus()
    curves.path.setText(str(tmp_path))
    qtbot.keyClick(curves.path, Qt.Key.Key_Return)
    assert curves.isVisible() and curves.state.text().startswith("Epoch 2: ")
    assert not any(each.isDefault() for each in curves.findChildren(QPushButton))


@posix
def test_the_window_opens_both_and_ends_an_evaluation_with_itself(qtbot, folder) -> None:
    fake(folder, "until('never')")
    window: MainWindow = open_window(qtbot, FakeSession(), folder)
    offline: OfflineController = window.offline
    menu = {each.text(): each for each in window.ui.menu.menu().actions()}
    menu["Evaluate this model ..."].trigger()
    menu["Training curves ..."].trigger()
    assert offline.evaluation.isVisible() and offline.curves.isVisible()
    assert offline.evaluation.model.text() == window.session.model.name
    for theme in (DARK, LIGHT):
        window.appearance.use(theme)
        assert offline.curves.plot.backgroundBrush().color().name() == theme.card.lower()
    offline.evaluation.page.setText(str(folder / "page.html"))
    offline.evaluation.start.click()
    qtbot.waitUntil(lambda: (folder / "began").exists() and (folder / "began").read_text() != "", timeout=20_000)
    began = time.monotonic()
    window.close()
    assert not alive(int((folder / "began").read_text())) and time.monotonic() - began < 5
    assert not offline.evaluation.isVisible() and not offline.curves.isVisible()
