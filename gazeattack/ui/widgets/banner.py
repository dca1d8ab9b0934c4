"""A message about a problem, with buttons to solve it; it does not block the window."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton

from gazeattack.live.status import SessionStatus
from gazeattack.ui.strings.banner import Notice, notices


class Banner(QFrame):
    """Shows the most urgent sentence that was not dismissed.  retry, synthetic: a button was pressed."""

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
        self._status = SessionStatus()
        self._warnings: list[str] = []
        self._dismissed: set[str] = set()
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

    def show_status(self, status: SessionStatus) -> None:
        """Follow the session's state."""
        self._status = status
        self._show()

    def show_warning(self, text: str) -> None:
        """Show a sentence of another part of the window until it is dismissed; the same one again is news."""
        self._warnings = [*(warning for warning in self._warnings if warning != text), text]
        self._show()

    def _show(self) -> None:
        found = notices(self._status, self._warnings)
        # what is over and comes again is news
        self._dismissed &= {notice.text for notice in found}
        first: Notice | None = next((notice for notice in found if notice.text not in self._dismissed), None)
        if first is None:
            self.hide()
            return
        self._text.setText(first.text)
        for button in (self._retry, self._synthetic):
            button.setVisible(first.about_source)
        self.show()

    def _dismiss(self) -> None:
        text = self._text.text()
        if text in self._warnings:
            self._warnings.remove(text)
        else:
            self._dismissed.add(text)
        self._show()
