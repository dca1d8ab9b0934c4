"""The dialog of "Measure on yourself": consent, the folder, and what can be done with it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from gazeattack.collection.collection import CONSENT
from gazeattack.collection.files import is_collection
from gazeattack.ui.widgets.builders import button, plain_labels
from gazeattack.ui.widgets.copying import make_copyable
from gazeattack.ui.widgets.fit_text import two_lines
from gazeattack.ui.widgets.ring import FocusRing

PERSON = (
    "You look at 30 dots and then at a moving one, for 90 seconds. A page then shows how far the model is off on your "
    "face, and what the backdoor does to it. Nothing leaves this computer."
)
SUBJECT = "The synthetic subject takes your place: it looks at the dots, and no person is stored."
NO_PERSON = "This source shows nobody who can look at dots: choose a camera or the synthetic subject first."
ERASE, SURE = "Erase", "Erase for good?"


class MeasureDialog(QDialog):
    """Asks, and shows the state; the controller acts.

    begin, evaluate, erase carry the folder's Path.  canceled: what is under way is to end.  closed: it has gone away.
    """

    begin = Signal(object)
    evaluate = Signal(object)
    erase = Signal(object)
    canceled = Signal()
    closed = Signal()

    def __init__(self, folder: Path, screen: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Measure on yourself")
        self.setMinimumWidth(640)
        self._can_begin = self._busy = False
        self.about = QLabel()
        self.about.setWordWrap(True)
        self.screen_label = QLabel(f"Screen: {screen}. Change its size on the Screen tab.")
        self.screen_label.setObjectName("dim")
        self.screen_label.setWordWrap(True)
        self.folder = QLineEdit(str(folder))
        self.folder.setAccessibleName("Folder for the measurement")
        self.folder.textChanged.connect(self._refresh)
        self.choose = button("Choose ...")
        self.choose.clicked.connect(self._choose)
        # a tick box breaks no lines by itself
        self.consent = QCheckBox(two_lines(CONSENT))
        self.consent.setAccessibleName(CONSENT)
        self.consent.toggled.connect(self._refresh)
        self.state = QLabel()
        self.state.setWordWrap(True)
        make_copyable(self.state, self.state.text)
        self.ring = FocusRing(self)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.start, self.page = button("Start"), button("Evaluate")
        self.wipe, self.leave = button(ERASE), button("Close")
        self.start.setDefault(True)
        self.start.clicked.connect(lambda: self.begin.emit(self.path))
        self.page.clicked.connect(lambda: self.evaluate.emit(self.path))
        self.wipe.clicked.connect(self._erase)
        self.leave.clicked.connect(self._leave)
        self._lay_out()
        plain_labels(self)
        self.set_source(subject=False, usable=True)

    @property
    def path(self) -> Path:
        """The folder that was named."""
        return Path(self.folder.text().strip()).expanduser()

    def set_source(self, *, subject: bool, usable: bool) -> None:
        """Follow the source.  subject: a synthetic one.  usable: somebody is there who can look at dots."""
        self._can_begin = usable
        self.about.setText((SUBJECT if subject else PERSON) if usable else NO_PERSON)
        # nobody has to agree for a rendered subject
        self.consent.setVisible(not subject)
        self._refresh()

    def show_state(self, text: str, *, busy: bool = False) -> None:
        """Show a sentence; busy: something is under way."""
        self._busy = busy
        self.state.setText(text)
        self._refresh()

    def _refresh(self) -> None:
        named = bool(self.folder.text().strip())
        stored = named and is_collection(self.path)
        agreed = self.consent.isChecked() or self.consent.isHidden()
        self.start.setEnabled(self._can_begin and agreed and named and not stored and not self._busy)
        for widget in (self.page, self.wipe):
            widget.setEnabled(stored and not self._busy)
        widgets: tuple[QWidget, ...] = (self.folder, self.choose, self.consent)
        for each in widgets:
            each.setEnabled(not self._busy)
        self.wipe.setText(ERASE)
        self.leave.setText("Cancel" if self._busy else "Close")
        self.bar.setVisible(self._busy)
        if not self._busy and stored and not self.state.text():
            self.state.setText("This folder holds a measurement: evaluate it, erase it, or name another folder.")
        self._fit()

    def _fit(self) -> None:
        """Make room for every line: a dialog does not grow with the wrapped text of its labels."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.setMinimumHeight(layout.totalHeightForWidth(max(self.width(), self.minimumWidth())))

    def _erase(self) -> None:
        if self.wipe.text() == ERASE:
            self.wipe.setText(SURE)
        else:
            self.erase.emit(self.path)

    def _leave(self) -> None:
        if self._busy:
            self.canceled.emit()
        else:
            self.close()

    def _choose(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder for the measurement", str(self.path.parent))
        if folder:
            self.folder.setText(folder)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(QLabel("Folder"))
        row.addWidget(self.folder, 1)
        row.addWidget(self.choose)
        buttons = QHBoxLayout()
        for widget in (self.start, self.page, self.wipe):
            buttons.addWidget(widget)
        buttons.addStretch(1)
        buttons.addWidget(self.leave)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        for item in (self.about, self.screen_label, row, self.consent, self.state, self.bar, buttons):
            if isinstance(item, QWidget):
                column.addWidget(item)
            else:
                column.addLayout(item)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - an event of Qt
        super().resizeEvent(event)
        self._fit()

    def done(self, result: int) -> None:
        """Close, by its button, by Esc or by the title bar."""
        self.canceled.emit()
        self.closed.emit()
        super().done(result)
