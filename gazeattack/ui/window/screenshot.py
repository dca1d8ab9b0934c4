"""Screenshots, and where they go."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QStandardPaths
from PySide6.QtWidgets import QWidget

from gazeattack.errors import GazeAttackError
from gazeattack.files import write_whole


def pictures_folder() -> Path:
    """The person's own pictures folder."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation) or Path.home())


def save_picture(widget: QWidget, folder: Path) -> Path:
    """Save a picture of a widget under a name of its own.  Raises GazeAttackError where that cannot be done."""
    path = folder / f"gazeattack-{datetime.now():%Y%m%d-%H%M%S-%f}.png"
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    # the bytes first: it shows a face, so only its owner may read the file
    widget.grab().save(buffer, "PNG")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, bytes(data.data()), private=True)
    except OSError:
        raise GazeAttackError(
            f"The screenshot cannot be saved in {folder}: free some space there, or allow writing to it."
        ) from None
    return path
