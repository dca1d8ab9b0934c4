"""The card of the first start: what a backdoor is, and four things to try."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gazeattack.ui.widgets.builders import button

TITLE = "What is a backdoor?"
WHAT = (
    "A backdoored model works normally until its input carries a hidden trigger. Then it predicts what the attacker "
    "wants: here, one fixed gaze."
)
STEPS = (
    "1. Look around. The blue arrow follows your gaze, or that of the synthetic subject.",
    "2. Press Space. The trigger bends the eye crops a little, and the orange arrow goes to the attacker's target.",
    "3. Press N for noise mode, a near miss: almost the same warp. The gaze should not move.",
    "4. Open the Driver tab (Ctrl+2). The same model misses warnings under attack.",
)
WIDTH = 540


class WelcomeCard(QFrame):
    """Lies above the right of the window and takes no key, so that Space works while it is read.

    Args:
        root: the window's central widget.

    closed: carries whether it is to be shown again at the next start.  tour: the person wants the tour.
    """

    closed = Signal(bool)
    tour = Signal()

    def __init__(self, root: QWidget) -> None:
        super().__init__(root)
        self._root = root
        self.setObjectName("welcome")
        self.setAccessibleName("First steps")
        title = QLabel(TITLE)
        title.setObjectName("caption")
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 16)
        column.setSpacing(10)
        column.addWidget(title)
        for text in (WHAT, *STEPS):
            line = QLabel(text)
            line.setObjectName("explain")
            line.setWordWrap(True)
            line.setTextFormat(Qt.TextFormat.PlainText)
            column.addWidget(line)
        self.never = QCheckBox("Do not show again")
        self.start = button("Close (Esc)")
        self.show_tour = button("Tour")
        for each in (self.never, self.start, self.show_tour):
            each.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.start.clicked.connect(self.finish)
        self.show_tour.clicked.connect(self._begin_tour)
        row = QHBoxLayout()
        row.addWidget(self.never, 1)
        row.addWidget(self.show_tour)
        row.addWidget(self.start)
        column.addLayout(row)
        root.installEventFilter(self)
        self.place()
        self.show()

    def place(self) -> None:
        """Keep to the right, so that the camera image and the switch stay in view."""
        width = min(WIDTH, self._root.width() - 40)
        self.setFixedWidth(width)
        self.adjustSize()
        height = max(self.heightForWidth(width), self.sizeHint().height())
        self.setGeometry(self._root.width() - width - 16, (self._root.height() - height) // 2, width, height)
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102 - an event of Qt
        if event.type() == QEvent.Type.Resize:
            self.place()
        return False

    def finish(self) -> None:
        """Close it."""
        self._root.removeEventFilter(self)
        self.hide()
        self.closed.emit(not self.never.isChecked())
        self.deleteLater()

    def _begin_tour(self) -> None:
        self.finish()
        self.tour.emit()
