"""The question before an editor throws edits away."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QMessageBox

DISCARD, KEEP = "Discard", "Keep editing"


def ask_discard(editor: QDialog, question: str, discard: Callable[[], object]) -> QMessageBox:
    """Ask whether the edits may be lost, without stopping the window; Enter and Esc keep them.

    Args:
        editor: that has the edits.
        question: a sentence.
        discard: called where the person agrees.
    """
    box = QMessageBox(QMessageBox.Icon.Question, editor.windowTitle(), question, parent=editor)
    yes = box.addButton(DISCARD, QMessageBox.ButtonRole.DestructiveRole)
    no = box.addButton(KEEP, QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(no)
    box.setEscapeButton(no)
    # the answer comes after the box is gone, so that closing the editor leaves nothing behind
    box.finished.connect(lambda _: discard() if box.clickedButton() is yes else None)
    box.open()
    return box
