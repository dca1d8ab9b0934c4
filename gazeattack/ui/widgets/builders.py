"""Pieces that every page is laid out with."""

from __future__ import annotations

import textwrap
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

TIP_WIDTH = 60  # letters


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
    """The text of a tooltip in lines of TIP_WIDTH, as it is; Qt takes what looks like HTML for HTML."""
    lines = [line for part in text.splitlines() for line in textwrap.wrap(part, TIP_WIDTH) or [""]]
    if "<" in text:
        return f"<qt>{'<br>'.join(escape(line) for line in lines)}</qt>"
    return "\n".join(lines)


def wrap_tips(root: QWidget) -> None:
    """Wrap every tooltip in `root`."""
    for widget in (root, *root.findChildren(QWidget)):
        tip = widget.toolTip()
        if tip and not tip.startswith("<qt>"):
            widget.setToolTip(plain_tip(tip))
