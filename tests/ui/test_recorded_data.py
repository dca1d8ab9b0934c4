"""Recorded data: only its owner can read it, the window lists it, and deletes it after a question."""

import os
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget

from gazeattack.collection.files import write_collection
from gazeattack.files import write_whole
from gazeattack.live.recorded_data import StoredItem, delete_item, find_recorded_data
from gazeattack.live.recording import LiveRecorder, new_recording_folder
from gazeattack.ui.calibration.controller import CalibrationController
from gazeattack.ui.recording.data_dialog import NOTHING, DataDialog, size_text
from gazeattack.ui.window.screenshot import save_picture
from tests.helpers.calibration import SCREEN
from tests.helpers.collection import made_up

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture
def stored(tmp_path: Path, qtbot) -> Path:
    """A recording, a screenshot, a calibration, a measurement, and files of others beside each."""
    recorder = LiveRecorder(new_recording_folder(tmp_path / "movies"), video=True)
    recorder.close()
    widget = QWidget()
    qtbot.addWidget(widget)
    save_picture(widget, tmp_path / "pictures")
    (tmp_path / "pictures" / "holiday.png").write_bytes(b"x")
    (tmp_path / "movies" / "mine").mkdir()
    (tmp_path / "calibrations").mkdir()
    write_whole(tmp_path / "calibrations" / "me.json", b"{}", private=True)
    write_collection(tmp_path / "me", made_up(60))
    return tmp_path


def find(root: Path) -> list[StoredItem]:
    places = (root / name for name in ("movies", "pictures", "calibrations"))
    recordings, pictures, calibrations = places
    return find_recorded_data(recordings, pictures, calibrations, [root / "me", root / "absent"])


@posix
def test_only_the_owner_can_read_what_shows_a_face(stored: Path) -> None:
    items = find(stored)
    assert {item.kind for item in items} == {"recording", "measurement", "calibration", "screenshot"}
    for item in items:
        files = list(item.path.iterdir()) if item.path.is_dir() else [item.path]
        assert files and all(mode(path) == 0o600 for path in files)
        assert not item.path.is_dir() or mode(item.path) == 0o700
    assert not list(stored.rglob("*.partial"))


@posix
def test_older_calibrations_are_made_private(tmp_path: Path, qtbot) -> None:
    folder = tmp_path / "calibrations"
    folder.mkdir(mode=0o755)
    mine, other = folder / "me.json", folder / "notes.txt"
    for path in (mine, other):
        path.write_text("{}")
        path.chmod(0o644)
    CalibrationController(QWidget(), lambda: SCREEN, lambda: "me", folder).load()
    assert (mode(folder), mode(mine), mode(other)) == (0o700, 0o600, 0o644)


def test_deleting_leaves_the_files_of_others(stored: Path) -> None:
    (recording,) = (item for item in find(stored) if item.kind == "recording")
    (recording.path / "notes.txt").write_text("mine")
    for item in find(stored):
        delete_item(item)
    assert find(stored) == []
    left = {path.name for path in stored.rglob("*") if path.is_file()}
    assert left == {"holiday.png", "notes.txt"} and not (stored / "me").exists()


def test_the_dialog_lists_opens_and_deletes_after_a_question(stored: Path, qtbot, monkeypatch) -> None:
    parent, opened, asked = QWidget(), [], []
    qtbot.addWidget(parent)
    dialog = DataDialog(lambda: find(stored), parent, opened.append)
    assert dialog.table.topLevelItemCount() == 4 and dialog.total.text().startswith("4 entries, ")
    assert not dialog.delete_button.isEnabled() and not dialog.open_button.isEnabled()
    dialog.table.topLevelItem(0).setSelected(True)
    first = dialog.chosen()[0]
    dialog.open_button.click()
    assert opened == [first.path]
    monkeypatch.setattr(dialog, "ask", lambda items: asked.append(items) or False)
    dialog.delete_button.click()
    assert asked == [[first]] and first.path.exists()
    monkeypatch.setattr(dialog, "ask", lambda items: True)
    dialog.delete_button.click()
    assert not first.path.exists() and dialog.table.topLevelItemCount() == 3
    dialog.table.selectAll()
    assert not dialog.open_button.isEnabled()
    dialog.delete_button.click()
    assert dialog.total.text() == NOTHING and find(stored) == []


def test_what_cannot_be_deleted_is_said(stored: Path, qtbot, monkeypatch) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = DataDialog(lambda: find(stored), parent)
    monkeypatch.setattr(dialog, "ask", lambda items: True)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    dialog.table.topLevelItem(0).setSelected(True)
    dialog.delete_button.click()
    assert "cannot be deleted (Permission denied): close what uses it" in dialog.total.text()


def test_sizes_read_well() -> None:
    sizes = (0, 999, 1500, 2_000_000, 3_100_000_000)
    assert [size_text(n) for n in sizes] == [
        "0 B",
        "999 B",
        "1.5 kB",
        "2.0 MB",
        "3.1 GB",
    ]
