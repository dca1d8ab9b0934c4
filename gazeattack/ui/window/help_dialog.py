"""The list of shortcuts, and what the markers mean."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from gazeattack.ui.strings.common import CAPTION
from gazeattack.ui.window.actions import Shortcut

COLUMN = 430  # pixels
MARKERS = (
    "<p>Blue disc, solid line: predicted gaze without trigger. Orange triangle, dashed line: predicted gaze for the "
    "same crops with the trigger. Green cross: true gaze, where it is known. Dashed ring: within 5° of the target, "
    "or of the clean gaze turned by a fixed angle.</p>"
    "<p>Camera view, crops and angle plot are mirrored for you; the network never receives a mirrored image.</p>"
)


def help_text(shortcuts: Sequence[Shortcut]) -> str:
    """Rich text of the help: the keys in two columns, so that it fits a projector's 720 lines."""
    half = (len(shortcuts) + 1) // 2
    columns = (_table(part) for part in (shortcuts[:half], shortcuts[half:]))
    keys = f"<table><tr>{''.join(f'<td width={COLUMN}>{column}</td>' for column in columns)}</tr></table>"
    return f"{keys}{MARKERS}<p><i>{CAPTION}</i></p>"


def _table(shortcuts: Sequence[Shortcut]) -> str:
    rows = "".join(f"<tr><td><b>{each.key}</b>&nbsp;&nbsp;</td><td>{_title(each)}</td></tr>" for each in shortcuts)
    return f"<table>{rows}</table>"


def _title(shortcut: Shortcut) -> str:
    return f"{', '.join(page.title for page in shortcut.pages)}: {shortcut.title}" if shortcut.pages else shortcut.title


def show_help(parent: QWidget, shortcuts: Sequence[Shortcut]) -> None:
    """Show the help without stopping the window."""
    box = QMessageBox(QMessageBox.Icon.NoIcon, "Shortcuts and markers", help_text(shortcuts), parent=parent)
    box.setTextFormat(Qt.TextFormat.RichText)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setModal(False)
    box.show()
