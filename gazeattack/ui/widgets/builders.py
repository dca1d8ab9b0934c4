"""Pieces that every page is laid out with."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget


def card(heading: str, widget: QWidget) -> QFrame:
    """A widget on a panel with an outline, below its heading where it has one."""
    frame = QFrame()
    frame.setObjectName("card")
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(10, 6, 10, 6)
    layout.setSpacing(4)
    if heading:
        label = QLabel(heading)
        label.setObjectName("heading")
        layout.addWidget(label)
    layout.addWidget(widget, 1)
    return frame


def button(text: str, *, checkable: bool = False, tip: str = "") -> QPushButton:
    """A push button."""
    made = QPushButton(text)
    made.setCheckable(checkable)
    made.setToolTip(tip)
    return made


def plain_labels(root: QWidget) -> None:
    """Let every label in `root` show its text as it is: names of files and zones may look like HTML."""
    for label in root.findChildren(QLabel):
        label.setTextFormat(Qt.TextFormat.PlainText)


def plain_tip(text: str) -> str:
    """The text of a tooltip that shows it as it is; Qt takes what looks like HTML for HTML."""
    return f"<qt>{escape(text)}</qt>" if "<" in text else text
