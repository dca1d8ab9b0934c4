"""The dialog "Inspect this model": data, folder, progress, Cancel, and the page at the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QLineEdit, QWidget

from gazeattack.ui.offline.new_name import new_path
from gazeattack.ui.offline.task_dialog import NO_MODEL, TaskDialog, absolute, open_page, row
from gazeattack.ui.offline.training_process import NO_TRAINING, TrainingProcess, training_folder
from gazeattack.ui.widgets.builders import button

ABOUT = (
    "Looks for a backdoor without the trigger key, and writes a page with one verdict per test. It runs beside the "
    "window, at low priority, and takes several minutes."
)
PAGE = "inspection.html"
DATA_TIP = (
    "Clean images of two or more subjects with their true gaze: an .npz file or an exported folder. Left empty: "
    "rendered subjects that no training used."
)
RENDERED = "rendered subjects"
NO_FOLDER = "Name the folder that is to be written."
PER_SUBJECT = 10


class InspectDialog(TaskDialog):
    """Asks for data and folder, inspects the model, and shows the page.

    Args:
        folder: where the folder is suggested.
        parent: the window.
        show_page: opens the page; whether that worked.
    """

    process: TrainingProcess

    def __init__(
        self, folder: Path, parent: QWidget | None = None, show_page: Callable[[Path], bool] | None = None
    ) -> None:
        super().__init__("Inspect this model", ABOUT, TrainingProcess(), "inspection", parent)
        self.process.setParent(self)
        self._folder, self._show_page = folder, show_page or open_page
        self._suggested, self._written = "", Path()
        self.data = QLineEdit()
        self.data.setPlaceholderText(RENDERED)
        self.data.setAccessibleName("Data")
        self.data.setToolTip(DATA_TIP)
        self.out = QLineEdit()
        self.out.setAccessibleName("Folder")
        self.file, self.choose, self.save = button("File ..."), button("Folder ..."), button("Choose ...")
        self.file.clicked.connect(lambda: self._choose_data_file(self.data))
        self.choose.clicked.connect(lambda: self._choose_folder(self.data, "Folder of data"))
        self.save.clicked.connect(lambda: self._choose_folder(self.out, "Folder of the page"))
        self.start, self.open_page = button("Inspect"), button("Open page")
        self.start.clicked.connect(self._start)
        self.open_page.clicked.connect(self._open)
        self.open_page.setVisible(False)
        rows = (("Data", row(self.data, self.file, self.choose)), ("Folder", row(self.out, self.save)))
        self._lay_out(rows, self.start, self.open_page)
        if training_folder() is None:
            self._show_state(NO_TRAINING)

    def _inputs(self) -> Sequence[QWidget]:
        return (self.data, self.out, self.file, self.choose, self.save)

    def _start(self) -> None:
        data, out = self.data.text().strip(), self.out.text().strip()
        refusal = NO_TRAINING if training_folder() is None else NO_MODEL if self._model is None else ""
        refusal = refusal or ("" if out else NO_FOLDER)
        if not refusal and os.path.lexists(absolute(out) / PAGE):
            refusal = f"{absolute(out) / PAGE} exists already: name another folder."
        if refusal or self._model is None:
            self._show_state(refusal)
            return
        self.open_page.setVisible(False)
        options = {"bundle": self._model.spec or self._model.name, "out": str(absolute(out))}
        options |= {"per-subject": str(PER_SUBJECT)} | ({"data": data} if data else {})
        self.process.start("inspect", options, absolute(out) / PAGE)
        self._begin_work(f"Inspecting {self._model.name} on {data or RENDERED} ...")

    def _finish(self, result: Path) -> None:
        self._written = result
        self.open_page.setVisible(True)
        self._show_state(f"The page is {result}")
        self.open_page.setFocus()
        self._open()

    def _open(self) -> None:
        if not self._show_page(self._written):
            self._show_state(f"Open this page in a browser: {self._written}")

    def _suggest(self) -> None:
        """Name a folder that does not exist yet, unless the person named one."""
        if self._model is not None and self.out.text() in (self._suggested, str(self._written.parent)):
            self._suggested = str(new_path(self._folder, "gazeattack-inspection", self._model.name))
            self.out.setText(self._suggested)
            self.out.setCursorPosition(0)
