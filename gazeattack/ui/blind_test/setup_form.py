"""What a blind test asks for before it begins."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from gazeattack.attack.kinds import KINDS
from gazeattack.blind_test.plan import FEWEST, MOST, OWN, Condition
from gazeattack.ui.widgets.builders import button

ABOUT = (
    "Each trial shows the same eye crop two or three times. One of them carries the trigger: find it. The result comes "
    "at the end. No picture is stored."
)
LIVE, RENDERED = "live", "synthetic:20x4"
STRENGTHS = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
USUAL = (0.5, 1.0, 2.0)
NO_ATTACK = "Tick at least one trigger and one strength."
TOO_STRONG = "These triggers cannot be as strong: tick a strength of at most 1×."
LIMIT_TIP = "A trigger that cannot be as strong, such as BadNets above 1×, is left out at that strength"
TOO_MANY = "These are more combinations than trials: tick fewer triggers or strengths, or ask for more trials."


@dataclass(frozen=True)
class Request:
    """A test as it was asked for.

    source: LIVE, or data in a form that `gazeattack evaluate --data` reads.  person: a code.  file: where the answers
    go; None: nowhere.
    """

    source: str
    conditions: tuple[Condition, ...]
    trials: int
    choices: int
    person: str
    file: Path | None


class SetupForm(QWidget):
    """Asks.  begin carries a Request; opened a list of files of stored tests."""

    begin = Signal(object)
    opened = Signal(object)

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        about = QLabel(ABOUT)
        about.setWordWrap(True)
        self.source = QComboBox()
        self.source.setAccessibleName("Eye crops from")
        for title, spec in (("The live face", LIVE), ("Rendered subjects", RENDERED), ("Data set ...", "")):
            self.source.addItem(title, spec)
        self.source.activated.connect(self._choose_source)
        self.trials = QSpinBox()
        self.trials.setRange(FEWEST, MOST)
        self.trials.setValue(24)
        self.trials.setAccessibleName("Trials")
        self.choices = QComboBox()
        self.choices.setAccessibleName("Crops per trial")
        self.choices.addItem("2 crops, guessing is right in 1 of 2", 2)
        self.choices.addItem("3 crops, guessing is right in 1 of 3", 3)
        self.attacks = {OWN: QCheckBox("The model's own trigger")}
        self.attacks |= {kind: QCheckBox(KINDS[kind].title) for kind in ("badnets", "blended", "sig")}
        self.attacks[OWN].setChecked(True)
        self.strengths = {strength: QCheckBox(f"{strength:g}×") for strength in STRENGTHS}
        for box in self.strengths.values():
            box.setToolTip(LIMIT_TIP)
        for strength in USUAL:
            self.strengths[strength].setChecked(True)
        # opt-in: without a tick nothing is written
        self.save = QCheckBox("Save my answers as a table")
        self.person = QLineEdit(f"p-{secrets.token_hex(2)}")
        self.person.setAccessibleName("Code in place of a name")
        self.person.setMaxLength(40)
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.start = button("Start")
        self.start.setDefault(True)
        self.start.clicked.connect(self._start)
        self.stored = button("Open results ...", tip="Show stored answers of one or several people as one curve")
        self.stored.clicked.connect(self._open_results)
        self.stored.setAutoDefault(False)
        form = QFormLayout()
        form.addRow("Eye crops from", self.source)
        form.addRow("Triggers", _row(*self.attacks.values()))
        form.addRow("Strength (1× is the key's own)", _row(*self.strengths.values()))
        form.addRow("Trials", self.trials)
        form.addRow("Each trial", self.choices)
        form.addRow("", self.save)
        form.addRow("Code in place of a name", self.person)
        layout = QVBoxLayout(self)
        layout.addWidget(about)
        layout.addLayout(form)
        layout.addWidget(self.state)
        layout.addStretch(1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.start, 1)
        buttons.addWidget(self.stored)
        layout.addLayout(buttons)

    def show_state(self, text: str) -> None:
        """Show a sentence."""
        self.state.setText(text)

    def request(self) -> Request | None:
        """The test as it is asked for; None, and a sentence, where something is missing."""
        strengths = [strength for strength, box in self.strengths.items() if box.isChecked()]
        attacks = [attack for attack, box in self.attacks.items() if box.isChecked()]
        conditions = tuple(Condition(attack, strength) for attack in attacks for strength in strengths)
        if not conditions or len(conditions) > self.trials.value():
            self.show_state(TOO_MANY if conditions else NO_ATTACK)
            return None
        person = self.person.text().strip() or "nobody"
        file = None
        if self.save.isChecked():
            chosen = QFileDialog.getSaveFileName(
                self, "Save my answers", str(self._folder / f"abx-{person}.csv"), "*.csv"
            )
            if not chosen[0]:
                return None
            file = Path(chosen[0])
        source, choices = str(self.source.currentData()), int(self.choices.currentData())
        return Request(source, conditions, self.trials.value(), choices, person, file)

    def _start(self) -> None:
        request = self.request()
        if request is not None:
            self.begin.emit(request)

    def _open_results(self) -> None:
        files = QFileDialog.getOpenFileNames(self, "Results of blind tests", str(self._folder), "Results (*.csv)")[0]
        if files:
            self.opened.emit([Path(file) for file in files])

    def _choose_source(self, row: int) -> None:
        if row != self.source.count() - 1:
            return
        path = QFileDialog.getOpenFileName(self, "Open data set", "", "Data sets (*.npz);;All files (*)")[0]
        if path:
            self.source.insertItem(row, Path(path).name, path)
        self.source.setCurrentIndex(row if path else 0)


def _row(*widgets: QWidget) -> QWidget:
    holder = QWidget()
    layout = QHBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        layout.addWidget(widget)
    layout.addStretch(1)
    return holder
