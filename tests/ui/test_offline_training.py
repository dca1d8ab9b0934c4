"""Inspection and repair from the window: scripts of the folder training in a child process."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from gazeattack.ui.offline import inspect_dialog, repair_dialog, training_process
from gazeattack.ui.offline.child_process import ENDED_EARLY
from gazeattack.ui.offline.inspect_dialog import InspectDialog
from gazeattack.ui.offline.repair_dialog import METHODS, RepairDialog, outcome
from gazeattack.ui.offline.task_dialog import NO_MODEL
from gazeattack.ui.offline.training_process import NO_TRAINING, training_folder
from gazeattack.ui.session import ModelInfo
from tests.helpers.ui import FakeSession
from tests.helpers.window import open_window
from training.defences.methods import DEFENCES

WANET = ModelInfo("wanet", "wanet", True, True, "wanet", 1.0, None)
posix = pytest.mark.skipif(os.name != "posix", reason="signal 0 only asks on POSIX")
FAKE = """
import json, os, sys, time
from pathlib import Path
assert sys.argv[1] == "--progress", sys.argv
options = dict(word[2:].split("=", 1) for word in sys.argv[2:])
out = Path(options["out"])
def tell(text):
    print(text, file=sys.stderr, flush=True)
def until(name):
    while not Path(name).exists():
        time.sleep(0.02)
"""
INSPECTS = """
assert options["bundle"] == "wanet" and "data" not in options, options
tell("step 37 of 100: shift check")
until("go")
out.mkdir()
(out / "inspection.html").write_text("<!doctype html>")
"""
REPAIRS = """
assert options["methods"] == "prune", options
out.mkdir()
for name, benign, asr5 in (("none", 4.32, 0.988), ("prune", 4.54, 0.003)):
    cost = {"cost_deg": 0.22, "cost_low": 0.1, "cost_high": 0.35}
    (out / f"wanet-{name}.json").write_text(json.dumps({"benign_deg": benign, "asr5": asr5, **cost}))
"""
NO_COST = {"cost_deg": 0.0, "cost_low": -0.01, "cost_high": 0.02}


def fake(folder: Path, script: str, name: str) -> None:
    (folder / "training").mkdir(exist_ok=True)
    (folder / "training" / "__init__.py").touch()
    (folder / "training" / f"{name}.py").write_text(FAKE + script)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(training_process, "training_folder", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def inspection(qtbot, folder: Path) -> InspectDialog:
    made = InspectDialog(folder, show_page=lambda page: bool(opened.append(page)) or True)
    made.opened = opened = []
    qtbot.addWidget(made)
    made.set_model(WANET)
    made.show()
    return made


@pytest.fixture
def repair(qtbot, folder: Path) -> RepairDialog:
    made = RepairDialog(folder)
    qtbot.addWidget(made)
    made.set_model(WANET)
    made.show()
    return made


def ended(qtbot, dialog: InspectDialog | RepairDialog) -> str:
    qtbot.waitUntil(lambda: not dialog.process.running, timeout=40_000)
    return dialog.state.text()


def test_this_checkout_has_the_scripts_and_their_methods() -> None:
    root = training_folder()
    assert root is not None and (root / "training" / "defend.py").is_file()
    for _, name, task in METHODS:
        assert task == (f"{name}-1" if DEFENCES[name].random else name)


def test_an_inspection_shows_its_progress_and_opens_its_page(qtbot, folder, inspection) -> None:
    fake(folder, INSPECTS, "inspect")
    page = folder / "gazeattack-inspection-wanet" / "inspection.html"
    qtbot.mouseClick(inspection.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: (inspection.bar.value(), inspection.bar.maximum()) == (37, 100), timeout=20_000)
    assert inspection.line.text() == "step 37 of 100: shift check" and inspection.leave.text() == "Cancel"
    (folder / "go").touch()
    assert ended(qtbot, inspection) == f"The page is {page}" and inspection.opened == [page]
    assert inspection.out.text() == str(folder / "gazeattack-inspection-wanet-2")
    inspection.out.setText(str(page.parent))
    inspection.start.click()
    assert inspection.state.text() == f"{page} exists already: name another folder."


@posix
def test_cancel_kills_an_inspection(qtbot, folder, inspection) -> None:
    fake(
        folder, "Path('began').write_text(str(os.getpid()))\ntell('step 1 of 100: samples')\nuntil('never')", "inspect"
    )
    inspection.start.click()
    qtbot.waitUntil(lambda: inspection.bar.value() == 1, timeout=20_000)
    inspection.leave.click()
    assert inspection.state.text() == inspection.canceled and not inspection.opened
    with pytest.raises(ProcessLookupError):
        os.kill(int((folder / "began").read_text()), 0)


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("tell('x has one subject: give two.'); sys.exit(1)", "x has one subject: give two."),
        ("tell('training.inspect: error: argument --data: no'); sys.exit(2)", "argument --data: no"),
        ("raise ValueError('broken: badly')", ENDED_EARLY),
        ("os._exit(3)", ENDED_EARLY),
    ],
)
def test_an_error_is_the_last_sentence(qtbot, folder, inspection, script, sentence) -> None:
    fake(folder, script, "inspect")
    inspection.start.click()
    assert ended(qtbot, inspection) == sentence and not inspection.open_page.isVisible()


def test_a_repair_says_what_is_left_and_offers_the_comparison(qtbot, folder, repair) -> None:
    fake(folder, REPAIRS, "defend")
    repair.start.click()
    said = ended(qtbot, repair)
    assert said.startswith(
        "Benign error 4.32° → 4.54° (+0.22°, 95 % interval +0.10° to +0.35°); "
        "triggered predictions within 5° of the target 98.8 % → 0.3 %."
    )
    with qtbot.waitSignal(repair.compare_requested) as asked:
        repair.compare.click()
    assert asked.args == [str(folder / "gazeattack-repair-wanet" / "wanet-prune")]


def test_figures_that_are_missing_or_damaged_leave_the_path(tmp_path) -> None:
    path, before = tmp_path / "wanet-prune", tmp_path / "wanet-none"
    wanted = f"The repaired model is {path}"
    assert outcome(path, before) == wanted
    for text in ("{", "[]", '{"benign_deg": "x", "asr5": null}'):
        for name in (path, before):
            name.with_name(f"{name.name}.json").write_text(text)
        assert outcome(path, before) == wanted
    for name in (path, before):
        name.with_name(f"{name.name}.json").write_text(json.dumps({"benign_deg": 4.0, "asr5": None, **NO_COST}))
    unchanged = "(+0.00°, 95 % interval -0.01° to +0.02°)"
    assert outcome(path, before) == f"Benign error 4.00° → 4.00° {unchanged}. {wanted}"


def test_without_the_folder_training_the_entries_explain_what_to_do(qtbot, tmp_path, monkeypatch) -> None:
    for module in (inspect_dialog, repair_dialog):
        monkeypatch.setattr(module, "training_folder", lambda: None)
    for kind in (InspectDialog, RepairDialog):
        dialog = kind(tmp_path)
        qtbot.addWidget(dialog)
        assert dialog.state.text() == NO_TRAINING
        dialog.set_model(WANET)
        dialog.start.click()
        assert dialog.state.text() == NO_TRAINING and not dialog.process.running


def test_what_is_missing_is_said(inspection, repair) -> None:
    for dialog in (inspection, repair):
        dialog.out.setText(" ")
        dialog.start.click()
        assert dialog.state.text() == inspect_dialog.NO_FOLDER
        dialog.set_model(None)
        dialog.start.click()
        assert dialog.state.text() == NO_MODEL


def test_the_window_opens_both_and_compares_with_the_repaired_model(qtbot, tmp_path) -> None:
    session = FakeSession()
    window = open_window(qtbot, session, tmp_path)
    menu = {each.text(): each for each in window.ui.menu.menu().actions()}
    menu["Inspect this model ..."].trigger()
    window.pages.driver.controls.repair.click()
    assert window.offline.inspection.isVisible() and window.offline.repair.isVisible()
    assert window.offline.repair.model.text() == window.session.model.name
    window.offline.repair.compare_requested.emit(str(tmp_path / "wanet-prune"))
    assert window.ui.compare.current == str(tmp_path / "wanet-prune")
    window.close()
    assert not window.offline.inspection.isVisible() and not window.offline.repair.isVisible()


def test_the_driver_tab_inspects_and_repairs_as_the_menu_does(qtbot, tmp_path) -> None:
    window = open_window(qtbot, FakeSession(), tmp_path)
    controls, menu = window.pages.driver.controls, {each.text(): each for each in window.ui.menu.menu().actions()}
    controls.inspect.click()
    opened = window.offline.inspection
    assert opened is not None and opened.isVisible() and window.offline.repair is None
    menu["Inspect this model ..."].trigger()
    assert window.offline.inspection is opened
    controls.repair.click()
    assert window.offline.repair is not None and window.offline.repair.isVisible()
    assert opened.model.text() == window.offline.repair.model.text() == window.session.model.name
