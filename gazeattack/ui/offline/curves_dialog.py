"""The dialog "Training curves": follows the log of a training run while it is visible."""

from __future__ import annotations

import math
import os
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from gazeattack.errors import DataError
from gazeattack.evaluation.training_log import LOG, TrainingLog, log_path, read_training_log
from gazeattack.ui.offline.curve_plot import LOOKS, CurvePlot
from gazeattack.ui.theme import Theme
from gazeattack.ui.widgets.builders import button, plain_labels, wrap_tips
from gazeattack.ui.widgets.copying import make_copyable
from gazeattack.ui.widgets.ring import FocusRing

EVERY_MS = 2000
NO_RUN = f"Choose the folder of a training run, or its {LOG}."
NO_EPOCH = "No epoch has ended yet: the curves appear after the first one."
HALF_WRITTEN = "The last line is not complete yet and is left out."
ABOUT = (
    "A trained backdoor has a low attack error (with the trigger, to the target). The noise mode and wrong key errors "
    "stay near the benign error: other warps do not activate it."
)


class CurvesDialog(QDialog):
    """Shows the curves of a run, and reads its log again when it has changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Training curves")
        self._seen: tuple[str, int, int] | None = None
        self.path = QLineEdit()
        self.path.setAccessibleName("Training run")
        self.path.setPlaceholderText(NO_RUN)
        self.path.setToolTip("The folder that training.train writes to with --out, or the log.csv in it")
        self.path.editingFinished.connect(self.refresh)
        self.folder, self.file, self.leave = button("Folder ..."), button(f"{LOG} ..."), button("Close")
        self.folder.clicked.connect(self._choose_folder)
        self.file.clicked.connect(self._choose_file)
        self.leave.clicked.connect(self.close)
        for each in (self.folder, self.file, self.leave):
            # Enter in the field reads the log and presses none of them
            each.setAutoDefault(False)
        self.plot = CurvePlot()
        self.state = QLabel(NO_RUN)
        self.state.setWordWrap(True)
        make_copyable(self.state, self.state.text)
        self.ring = FocusRing(self)
        about = QLabel(ABOUT)
        about.setObjectName("dim")
        about.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(QLabel("Training run"))
        row.addWidget(self.path, 1)
        row.addWidget(self.folder)
        row.addWidget(self.file)
        self.save = button("Save plot ...")
        self.save.clicked.connect(self.plot.export.ask)
        self.save.setAutoDefault(False)
        for told in (self.plot.export.message, self.plot.export.warning):
            told.connect(self.state.setText)
        last = QHBoxLayout()
        last.addWidget(about, 1)
        last.addWidget(self.save)
        last.addWidget(self.leave)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addLayout(row)
        column.addWidget(self.plot, 1)
        column.addWidget(self.state)
        column.addLayout(last)
        self.resize(820, 520)
        plain_labels(self)
        wrap_tips(self)
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.refresh)

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self.plot.set_theme(theme)

    def follow(self, path: str) -> None:
        """Show the run of a folder or log."""
        self.path.setText(path)
        self.refresh()

    def refresh(self) -> None:
        """Read the log if another was chosen or it has changed."""
        text = self.path.text().strip()
        if not text:
            self._show(None, NO_RUN)
            self._seen = None
            return
        # Path.expanduser() fails for a user who does not exist
        path = Path(os.path.expanduser(text))  # noqa: PTH111
        try:
            status = log_path(path).stat()
            seen = (text, status.st_mtime_ns, status.st_size)
        except (OSError, ValueError):
            # reading says what is wrong
            seen = (text, -1, -1)
        if seen == self._seen:
            return
        self._seen = seen
        try:
            log = read_training_log(path)
        except DataError as error:
            self._show(None, str(error))
        else:
            self._show(log, summary(log))

    def _show(self, log: TrainingLog | None, text: str) -> None:
        self.plot.show_log(log)
        self.state.setText(text)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102 - an event of Qt
        super().showEvent(event)
        self.refresh()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: D102 - an event of Qt
        self._timer.stop()
        super().hideEvent(event)

    def _choose_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Folder of a training run", self.path.text())
        if path:
            self.follow(path)

    def _choose_file(self) -> None:
        path = QFileDialog.getOpenFileName(self, "Log of a training run", self.path.text(), f"{LOG} (*.csv)")[0]
        if path:
            self.follow(path)


def summary(log: TrainingLog) -> str:
    """The last epoch in words."""
    if not log.epochs.size:
        return NO_EPOCH
    last = ((LOOKS[name][0].lower(), float(curve[-1])) for name, curve in log.curves.items())
    figures = ", ".join(f"{title} {value:.2f}°" for title, value in last if not math.isnan(value))
    text = f"Epoch {log.epochs[-1]}: {figures or 'no figures'}."
    return f"{text} {HALF_WRITTEN}" if log.half_written else text
