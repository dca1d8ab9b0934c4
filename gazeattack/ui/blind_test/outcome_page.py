"""The outcome of one blind test or of many: the score in words, and the psychometric curve."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from gazeattack.blind_test.aggregate import fit_curves, points_of
from gazeattack.blind_test.results import Answer
from gazeattack.ui.blind_test.psychometric_plot import PsychometricPlot
from gazeattack.ui.strings.blind_test import outcome_text
from gazeattack.ui.theme import Theme
from gazeattack.ui.widgets.builders import button
from gazeattack.ui.widgets.copying import make_copyable
from gazeattack.ui.widgets.ring import FocusRing

MOST_LINES = 8  # more are scrolled


class OutcomePage(QWidget):
    """Shows answers.  closed: the button "Close" was pressed."""

    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setObjectName("explain")
        make_copyable(self.text, self.text.text)
        self.plot = PsychometricPlot()
        self.state = QLabel()
        self.state.setWordWrap(True)
        make_copyable(self.state, self.state.text)
        self.ring = FocusRing(self)
        for told in (self.plot.export.message, self.plot.export.warning):
            told.connect(self.state.setText)
        # twenty combinations of trigger and strength are more lines than a small screen has
        self._words = words = QScrollArea()
        words.setWidgetResizable(True)
        words.setFrameShape(QScrollArea.Shape.NoFrame)
        words.setWidget(self.text)
        self.save, self.leave = button("Save plot ..."), button("Close")
        self.save.clicked.connect(self.plot.export.ask)
        self.leave.clicked.connect(self.closed)
        row = QHBoxLayout()
        row.addWidget(self.state, 1)
        row.addWidget(self.save)
        row.addWidget(self.leave)
        column = QVBoxLayout(self)
        column.addWidget(words, 2)
        column.addWidget(self.plot, 3)
        column.addLayout(row)

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self.plot.set_theme(theme)

    def show_answers(self, answers: Sequence[Answer], note: str) -> None:
        """Show the score and the curve; note: a sentence below."""
        points = points_of(answers)
        self.text.setText(outcome_text(answers))
        lines = min(MOST_LINES, self.text.text().count("\n") + 2)
        self._words.setMinimumHeight(lines * self.text.fontMetrics().lineSpacing())
        self.plot.show_tests(points, fit_curves(points))
        self.state.setText(note)
