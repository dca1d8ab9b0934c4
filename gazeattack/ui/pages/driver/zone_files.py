"""Files of zones: the dialogs that ask for one, and what follows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from gazeattack.errors import ZonesError
from gazeattack.safety.zones import Zones
from gazeattack.safety.zones_file import load_zones, save_zones
from gazeattack.ui.strings.driver import TOML

Tell = Callable[[str], object]


def ask_for_zones(parent: QWidget) -> Path | None:
    """An existing file of zones; None where the dialog was cancelled."""
    path = QFileDialog.getOpenFileName(parent, "Open zones", "", TOML)[0]
    return Path(path) if path else None


def ask_where_to_save(parent: QWidget, title: str) -> Path | None:
    """A new file of zones, or one to replace; None where the dialog was cancelled."""
    path = QFileDialog.getSaveFileName(parent, title, "zones.toml", TOML)[0]
    return Path(path) if path else None


def open_zones(parent: QWidget, warn: Tell) -> Zones | None:
    """The zones of a file that the person chooses; None, and a warning, where it holds none."""
    path = ask_for_zones(parent)
    try:
        return None if path is None else load_zones(path)
    except ZonesError as error:
        warn(str(error))
        return None


def export_zones(parent: QWidget, zones: Zones, tell: Tell, warn: Tell) -> None:
    """Write zones to a file that the person chooses, and say how that went."""
    path = ask_where_to_save(parent, "Export zones")
    if path is None:
        return
    try:
        save_zones(zones, path)
    except ZonesError as error:
        warn(str(error))
    else:
        tell(f"Zones exported: {path}")
