"""A message about a problem, with buttons to solve it; it does not block the window."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton


class Banner(QFrame):
    """Shown while something is wrong.  retry, synthetic: a button was pressed."""

    retry = Signal()
    synthetic = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("banner")
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._retry = QPushButton("Retry")
        self._retry.clicked.connect(self.retry)
        self._synthetic = QPushButton("Synthetic subject")
        self._synthetic.clicked.connect(self.synthetic)
        self._close = QPushButton("Dismiss")
        self._close.clicked.connect(self._dismiss)
        self._dismissed: str | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 10, 8)
        row.addWidget(self._text, 1)
        for button in (self._retry, self._synthetic, self._close):
            row.addWidget(button)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence shown."""
        return self._text.text()

    def show_message(self, message: str | None, *, about_source: bool) -> None:
        """Show a sentence (None: hide); about_source: offer the ways out of a failed source."""
        if message is None:
            self._dismissed = None
        self._text.setText(message or "")
        for button in (self._retry, self._synthetic):
            button.setVisible(about_source)
        self.setVisible(message is not None and message != self._dismissed)

    def _dismiss(self) -> None:
        self._dismissed = self._text.text()
        self.hide()
