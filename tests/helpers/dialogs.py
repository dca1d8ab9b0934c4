"""Questions that a dialog asks, answered as a person does."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget


def answer_box(owner: QWidget, ask: Callable[[], object], answer: str | Qt.Key) -> None:
    """Do what opens a question, and answer it by the title of a button or by a key."""
    before = owner.findChildren(QMessageBox)
    ask()
    (box,) = (each for each in owner.findChildren(QMessageBox) if each not in before)
    assert box.isVisible()
    if isinstance(answer, str):
        next(button for button in box.buttons() if button.text() == answer).click()
    else:
        QTest.keyClick(box, answer)
    QApplication.processEvents()
    assert not box.isVisible()
