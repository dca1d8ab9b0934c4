"""The dialog "Evaluate this model": data, page, progress, Cancel, and the page at the end."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from itertools import count
from pathlib import Path

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
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from gazeattack.ui.offline.evaluation_process import EvaluationProcess
from gazeattack.ui.session import ModelInfo
from gazeattack.ui.widgets.builders import button, plain_labels, wrap_tips
from gazeattack.ui.widgets.copying import make_copyable
from gazeattack.ui.widgets.eliding import ElidingLabel
from gazeattack.ui.widgets.ring import FocusRing

ABOUT = (
    "Measures the model on data whose true gaze is known, without and with the trigger, and writes a page about it. "
    "It runs beside the window, at low priority, and takes a few minutes."
)
DATA = "synthetic:60x40"
DATA_TIP = (
    "synthetic:60x40 renders 40 images of each of 60 subjects that no training used. Or name an .npz file, an exported "
    "folder, or the folder of your own measurement."
)
NO_MODEL = "There is no model yet: wait until one is loaded."
NO_DATA = "Name the data: a file, a folder, or synthetic:60x40."
NO_PAGE = "Name the page that is to be written, such as evaluation.html."
CANCELED = "Canceled: no page was written."


class EvaluateDialog(QDialog):
    """Asks for data and page, runs the evaluation, and offers the page.

    Args:
        folder: where the page is suggested.
        parent: the window.
        show_page: opens the page; whether that worked.
    """

    def __init__(
        self, folder: Path, parent: QWidget | None = None, show_page: Callable[[Path], bool] | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Evaluate this model")
        self.setMinimumWidth(680)
        self._folder, self._show_page = folder, show_page or _open_page
        self._model: ModelInfo | None = None
        self._suggested, self._written = "", Path()
        self.process = EvaluationProcess(self)
        about = QLabel(ABOUT)
        about.setWordWrap(True)
        self.model = ElidingLabel(tip="The model of the window")
        self.data = QLineEdit(DATA)
        self.data.setAccessibleName("Data")
        self.data.setToolTip(DATA_TIP)
        self.page = QLineEdit()
        self.page.setAccessibleName("Page")
        self.file, self.choose, self.save = button("File ..."), button("Folder ..."), button("Choose ...")
        self.file.clicked.connect(self._choose_file)
        self.choose.clicked.connect(self._choose_folder)
        self.save.clicked.connect(self._choose_page)
        self.state = QLabel()
        self.state.setWordWrap(True)
        make_copyable(self.state, self.state.text)
        self.ring = FocusRing(self)
        self.line = ElidingLabel(tip="The last line of the evaluation")
        self.line.setObjectName("dim")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the evaluation")
        self.start, self.open_page, self.leave = button("Evaluate"), button("Open page"), button("Close")
        self.start.setDefault(True)
        self.start.clicked.connect(self._start)
        self.open_page.clicked.connect(self._open)
        self.open_page.setVisible(False)
        self.leave.clicked.connect(self._leave)
        self.process.line.connect(self.line.setText)
        self.process.progress.connect(self._show_progress)
        self.process.finished.connect(self._finish)
        self.process.failed.connect(self._show_state)
        self._lay_out(about)
        plain_labels(self)
        wrap_tips(self)
        self.set_model(None)

    def set_model(self, model: ModelInfo | None) -> None:
        """Follow the model of the window; an evaluation under way keeps its own."""
        self._model = model
        if not self.process.running:
            self._refresh()

    def cancel(self) -> None:
        """Kill what is under way."""
        if self.process.running:
            self.process.cancel()
            self._show_state(CANCELED)

    def reject(self) -> None:
        """Esc: end what is under way, or close."""
        self._leave()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102 - an event of Qt
        self.cancel()
        event.accept()

    def _start(self) -> None:
        data, page = self.data.text().strip(), self.page.text().strip()
        # Path.expanduser() fails for a user who does not exist
        path = Path(os.path.expanduser(page)).absolute() if page else None  # noqa: PTH111
        refusal = NO_MODEL if self._model is None else NO_DATA if not data else NO_PAGE if path is None else ""
        if path is not None and not refusal and os.path.lexists(path):
            refusal = f"{path} exists already: give the page another name."
        if refusal or self._model is None or path is None:
            self._show_state(refusal)
            return
        self.open_page.setVisible(False)
        self.line.setText("Starting ...")
        self._show_progress(0, 0)
        self.process.start(self._model.spec or self._model.name, data, path)
        self._show_state(f"Evaluating {self._model.name} on {data} ...")

    def _finish(self, page: Path) -> None:
        self._written = page
        self.open_page.setVisible(True)
        self._show_state(f"The page is {page}")
        self.open_page.setFocus()

    def _open(self) -> None:
        if not self._show_page(self._written):
            self._show_state(f"Open this page in a browser: {self._written}")

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
        for widget in (self.data, self.page, self.file, self.choose, self.save, self.start):
            widget.setEnabled(not running)
        for shown in (self.bar, self.line):
            shown.setVisible(running)
        self.leave.setText("Cancel" if running else "Close")
        self.start.setDefault(not running)

    def _suggest(self) -> None:
        """Name a page that does not exist yet, unless the person named one."""
        if self._model is not None and self.page.text() in (self._suggested, str(self._written)):
            self._suggested = str(new_page(self._folder, self._model.name))
            self.page.setText(self._suggested)
            self.page.setCursorPosition(0)

    def _choose_file(self) -> None:
        path = QFileDialog.getOpenFileName(self, "Data set", "", "Data sets (*.npz);;All files (*)")[0]
        if path:
            self.data.setText(path)

    def _choose_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Folder of data")
        if path:
            self.data.setText(path)

    def _choose_page(self) -> None:
        path = QFileDialog.getSaveFileName(
            self,
            "Page",
            self.page.text() or str(self._folder),
            "Pages (*.html)",
            options=QFileDialog.Option.DontConfirmOverwrite,
        )[0]
        if path:
            self.page.setText(path)

    def _lay_out(self, about: QLabel) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Model", self.model)
        form.addRow("Data", _row(self.data, self.file, self.choose))
        form.addRow("Page", _row(self.page, self.save))
        buttons = QHBoxLayout()
        buttons.addWidget(self.start)
        buttons.addWidget(self.open_page)
        buttons.addStretch(1)
        buttons.addWidget(self.leave)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(about)
        column.addLayout(form)
        for widget in (self.state, self.bar, self.line):
            column.addWidget(widget)
        column.addStretch(1)
        column.addLayout(buttons)
        # room for a path of two lines and the bar, so that the dialog keeps its size
        self.resize(720, 380)


def new_page(folder: Path, model: str) -> Path:
    """A page of a model that does not exist yet."""
    # a card may hold any name
    plain = re.sub(r"[^\w-]+", "-", model)[:60]
    names = (f"gazeattack-{plain}{'' if n == 1 else f'-{n}'}.html" for n in count(1))
    return next(folder / name for name in names if not os.path.lexists(folder / name))


def _open_page(page: Path) -> bool:
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(page)))


def _row(field: QWidget, *buttons: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    row.addWidget(field, 1)
    for each in buttons:
        row.addWidget(each)
    return row
