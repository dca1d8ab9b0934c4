"""The list of shortcuts, and what the marks mean."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from gazeattack.ui.strings.common import CAPTION
from gazeattack.ui.window.actions import Shortcut

MARKS = (
    "<p>Blue disc, solid line: the gaze the network reads from the eyes as they are. Orange triangle, dashed line: "
    "from the same eyes with the trigger. Green cross: the truth, where it is known. Dashed ring: within 5° of where "
    "the attacker wants the gaze: one target, or the clean gaze turned by a fixed angle; none while the attacker wants "
    "nothing.</p>"
    "<p>The camera view, the crops and the angle plot are mirrored for you, like a mirror; the network never sees a "
    "mirrored picture.</p>"
)


def help_text(shortcuts: Sequence[Shortcut]) -> str:
    """Rich text of the help."""
    rows = "".join(f"<tr><td><b>{each.key}</b>&nbsp;&nbsp;</td><td>{_title(each)}</td></tr>" for each in shortcuts)
    return f"<table>{rows}</table>{MARKS}<p><i>{CAPTION}</i></p>"


def _title(shortcut: Shortcut) -> str:
    return shortcut.title if shortcut.page is None else f"{shortcut.page.title}: {shortcut.title}"


def show_help(parent: QWidget, shortcuts: Sequence[Shortcut]) -> None:
    """Show the help without stopping the window."""
    box = QMessageBox(QMessageBox.Icon.NoIcon, "Shortcuts and marks", help_text(shortcuts), parent=parent)
    box.setTextFormat(Qt.TextFormat.RichText)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setModal(False)
    box.show()
