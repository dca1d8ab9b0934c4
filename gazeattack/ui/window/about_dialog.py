"""The dialog "About": version, licence, and the hashes of the shipped models."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from gazeattack.model.bundle_files import SUMS, WEIGHTS
from gazeattack.model.catalogue import bundle_paths
from gazeattack.safety.summary import STATEMENT
from gazeattack.version import __version__

LICENCE = "MIT licence"


def about_text() -> str:
    """Plain text of the dialog."""
    hashes = "\n\n".join(f"{name}\n{_weights_hash(path)}" for name, path in bundle_paths().items())
    return (
        f"gazeattack {__version__}, {LICENCE}\n{STATEMENT}\n\n"
        f"SHA-256 of the weights of the shipped models:\n\n{hashes or 'none'}"
    )


def _weights_hash(folder: Path) -> str:
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []
    named = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    return named.get(WEIGHTS, "its hashes cannot be read: install gazeattack again")


def show_about(parent: QWidget) -> QMessageBox:
    """Show the dialog without stopping the window."""
    box = QMessageBox(QMessageBox.Icon.NoIcon, "About gazeattack", about_text(), parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setModal(False)
    box.show()
    return box
