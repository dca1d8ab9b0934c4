"""The list of shortcuts, and what the marks mean."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from gazeattack.ui.strings.common import CAPTION, SHORTCUTS

MARKS = (
    "<p>Blue disc, solid line: the gaze the network reads from the eyes as they are. Orange triangle, dashed line: "
    "from the same eyes with the trigger. Green cross: the truth, where it is known. Dashed ring: within 5° of where "
    "the attacker wants the gaze: one target, or the clean gaze turned by a fixed angle; none while the attacker wants "
    "nothing.</p>"
    "<p>The camera view, the crops and the angle plot are mirrored for you, like a mirror; the network never sees a "
    "mirrored picture.</p>"
)


def help_text() -> str:
    """Rich text of the help."""
    rows = "".join(f"<tr><td><b>{key}</b>&nbsp;&nbsp;</td><td>{what}</td></tr>" for key, what in SHORTCUTS)
    return f"<table>{rows}</table>{MARKS}<p><i>{CAPTION}</i></p>"


def show_help(parent: QWidget) -> None:
    """Show the help without stopping the window."""
    box = QMessageBox(QMessageBox.Icon.NoIcon, "Shortcuts and marks", help_text(), parent=parent)
    box.setTextFormat(Qt.TextFormat.RichText)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setModal(False)
    box.show()
