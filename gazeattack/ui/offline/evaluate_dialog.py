"""The dialog "Evaluate this model": data, page, progress, Cancel, and the page at the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget

from gazeattack.ui.offline.evaluation_process import EvaluationProcess
from gazeattack.ui.offline.new_name import new_path
from gazeattack.ui.offline.task_dialog import NO_MODEL, TaskDialog, absolute, open_page, row
from gazeattack.ui.widgets.builders import button

ABOUT = (
    "Measures the model on data whose true gaze is known, without and with the trigger, and writes a page about it. "
    "It runs beside the window, at low priority, and takes a few minutes."
)
DATA = "synthetic:60x40"
DATA_TIP = (
    "synthetic:60x40 renders 40 images of each of 60 subjects that no training used. Or name an .npz file, an exported "
    "folder, or the folder of your own measurement."
)
NO_DATA = "Name the data: a file, a folder, or synthetic:60x40."
NO_PAGE = "Name the page that is to be written, such as evaluation.html."
CANCELED = "Canceled: no page was written."


class EvaluateDialog(TaskDialog):
    """Asks for data and page, runs the evaluation, and offers the page.

    Args:
        folder: where the page is suggested.
        parent: the window.
        show_page: opens the page; whether that worked.
    """

    canceled: ClassVar[str] = CANCELED
    process: EvaluationProcess

    def __init__(
        self, folder: Path, parent: QWidget | None = None, show_page: Callable[[Path], bool] | None = None
    ) -> None:
        super().__init__("Evaluate this model", ABOUT, EvaluationProcess(), "evaluation", parent)
        self.process.setParent(self)
        self._folder, self._show_page = folder, show_page or open_page
        self._suggested, self._written = "", Path()
        self.data = QLineEdit(DATA)
        self.data.setAccessibleName("Data")
        self.data.setToolTip(DATA_TIP)
        self.page = QLineEdit()
        self.page.setAccessibleName("Page")
        self.file, self.choose, self.save = button("File ..."), button("Folder ..."), button("Choose ...")
        self.file.clicked.connect(lambda: self._choose_data_file(self.data))
        self.choose.clicked.connect(lambda: self._choose_folder(self.data, "Folder of data"))
        self.save.clicked.connect(self._choose_page)
        self.start, self.open_page = button("Evaluate"), button("Open page")
        self.start.clicked.connect(self._start)
        self.open_page.clicked.connect(self._open)
        self.open_page.setVisible(False)
        rows = (("Data", row(self.data, self.file, self.choose)), ("Page", row(self.page, self.save)))
        self._lay_out(rows, self.start, self.open_page)

    def _inputs(self) -> Sequence[QWidget]:
        return (self.data, self.page, self.file, self.choose, self.save)

    def _start(self) -> None:
        data, page = self.data.text().strip(), self.page.text().strip()
        path = absolute(page) if page else None
        refusal = NO_MODEL if self._model is None else NO_DATA if not data else NO_PAGE if path is None else ""
        if path is not None and not refusal and os.path.lexists(path):
            refusal = f"{path} exists already: give the page another name."
        if refusal or self._model is None or path is None:
            self._show_state(refusal)
            return
        self.open_page.setVisible(False)
        self.process.start(self._model.spec or self._model.name, data, path)
        self._begin_work(f"Evaluating {self._model.name} on {data} ...")

    def _finish(self, result: Path) -> None:
        self._written = result
        self.open_page.setVisible(True)
        self._show_state(f"The page is {result}")
        self.open_page.setFocus()

    def _open(self) -> None:
        if not self._show_page(self._written):
            self._show_state(f"Open this page in a browser: {self._written}")

    def _suggest(self) -> None:
        """Name a page that does not exist yet, unless the person named one."""
        if self._model is not None and self.page.text() in (self._suggested, str(self._written)):
            self._suggested = str(new_path(self._folder, "gazeattack", self._model.name, ".html"))
            self.page.setText(self._suggested)
            self.page.setCursorPosition(0)

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
