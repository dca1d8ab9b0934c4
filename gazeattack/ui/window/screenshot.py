"""Screenshots, and where they go."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QWidget

from gazeattack.errors import GazeAttackError


def pictures_folder() -> Path:
    """The person's own pictures folder."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation) or Path.home())


def save_picture(widget: QWidget, folder: Path) -> Path:
    """Save a picture of a widget under a name of its own.  Raises GazeAttackError where that cannot be done."""
    path = folder / f"gazeattack-{datetime.now():%Y%m%d-%H%M%S-%f}.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        saved = widget.grab().save(str(path))
    except OSError:
        saved = False
    if not saved:
        raise GazeAttackError(
            f"The screenshot cannot be saved in {folder}: free some space there, or allow writing to it."
        )
    return path
