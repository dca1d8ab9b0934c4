"""A dialog about work in a child process: what it is about, progress, Cancel, and the result at the end."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QUrl
from PySide6.QtGui import QCloseEvent, QDesktopServices
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from gazeattack.ui.offline.child_process import ChildProcess
from gazeattack.ui.session import ModelInfo
from gazeattack.ui.widgets.builders import button, plain_labels, wrap_tips
from gazeattack.ui.widgets.eliding import ElidingLabel

NO_MODEL = "There is no model yet: wait until one is loaded."


class TaskDialog(QDialog):
    """Follows the window's model, and shows the progress of a child process.

    Args:
        title: of the dialog.
        about: what it does, in a sentence or two.
        process: the work.
        work: names it, as in "Progress of the work".
        parent: the window.
    """

    canceled: ClassVar[str] = "Canceled: nothing was written."

    def __init__(self, title: str, about: str, process: ChildProcess, work: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(680)
        self._model: ModelInfo | None = None
        self.process = process
        self.about = QLabel(about)
        self.about.setWordWrap(True)
        self.model = ElidingLabel(tip="The model of the window")
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.line = ElidingLabel(tip=f"The last line of the {work}")
        self.line.setObjectName("dim")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(f"Progress of the {work}")
        self.leave = button("Close")
        self.leave.clicked.connect(self._leave)
        process.line.connect(self.line.setText)
        process.progress.connect(self._show_progress)
        process.finished.connect(self._finish)
        process.failed.connect(self._show_state)

    def set_model(self, model: ModelInfo | None) -> None:
        """Follow the model of the window; work under way keeps its own."""
        self._model = model
        if not self.process.running:
            self._refresh()

    def cancel(self) -> None:
        """Kill what is under way."""
        if self.process.running:
            self.process.cancel()
            self._show_state(self.canceled)

    def reject(self) -> None:
        """Esc: end what is under way, or close."""
        self._leave()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102 - an event of Qt
        self.cancel()
        event.accept()

    def _lay_out(
        self, rows: Sequence[tuple[str, QWidget | QHBoxLayout]], begin: QPushButton, *more: QPushButton
    ) -> None:
        """Put the form, the progress and the buttons in place; begin: the default button."""
        self._begin = begin
        begin.setDefault(True)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Model", self.model)
        for name, widget in rows:
            form.addRow(name, widget)
        buttons = QHBoxLayout()
        for each in (begin, *more):
            buttons.addWidget(each)
        buttons.addStretch(1)
        buttons.addWidget(self.leave)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(self.about)
        column.addLayout(form)
        for shown in (self.state, self.bar, self.line):
            column.addWidget(shown)
        column.addStretch(1)
        column.addLayout(buttons)
        # room for a path of two lines and the bar, so that the dialog keeps its size
        self.resize(720, 380)
        plain_labels(self)
        wrap_tips(self)
        self.set_model(None)

    def _inputs(self) -> Sequence[QWidget]:
        """What cannot be changed while the work is under way."""
        return ()

    def _suggest(self) -> None:
        """Bring suggested names in line with the model."""

    def _finish(self, result: Path) -> None:
        """The work is done."""
        raise NotImplementedError

    def _begin_work(self, text: str) -> None:
        """Show that the work starts."""
        self.line.setText("Starting ...")
        self._show_progress(0, 0)
        self._show_state(text)

    def _leave(self) -> None:
        if self.process.running:
            self.cancel()
        else:
            self.close()

    def _show_progress(self, done: int, total: int) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)

    def _show_state(self, text: str) -> None:
        self.state.setText(text)
        self._refresh()

    def _refresh(self) -> None:
        running = self.process.running
        if not running:
            self.model.setText("none yet" if self._model is None else self._model.name)
            self._suggest()
        for widget in (*self._inputs(), self._begin):
            widget.setEnabled(not running)
        for shown in (self.bar, self.line):
            shown.setVisible(running)
        self.leave.setText("Cancel" if running else "Close")
        self._begin.setDefault(not running)

    def _choose_data_file(self, field: QLineEdit) -> None:
        path = QFileDialog.getOpenFileName(self, "Data set", "", "Data sets (*.npz);;All files (*)")[0]
        if path:
            field.setText(path)

    def _choose_folder(self, field: QLineEdit, title: str) -> None:
        path = QFileDialog.getExistingDirectory(self, title)
        if path:
            field.setText(path)


def absolute(text: str) -> Path:
    """The path that a person entered."""
    # Path.expanduser() fails for a user who does not exist
    return Path(os.path.expanduser(text)).absolute()  # noqa: PTH111


def open_page(page: Path) -> bool:
    """Open a page in the browser; whether that worked."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(page)))


def row(field: QWidget, *buttons: QWidget) -> QHBoxLayout:
    """A field with buttons beside it."""
    made = QHBoxLayout()
    field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    made.addWidget(field, 1)
    for each in buttons:
        made.addWidget(each)
    return made
