"""Saving a plot as a picture (PNG), a drawing (SVG) or a table (CSV)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QAbstractScrollArea, QFileDialog, QGraphicsView, QWidget

from gazeattack.files import write_whole
from gazeattack.terminal import csv_text
from gazeattack.ui.widgets.copying import add_action

# in the order of the dialog
KINDS = {".png": "Picture (*.png)", ".svg": "Drawing (*.svg)", ".csv": "Table (*.csv)"}
CSS_DPI = 96
# a header, then rows of text and numbers
Table = Sequence[Sequence[str | float]]


class PlotExport(QObject):
    """Adds "Save plot ..." (Ctrl+E) and "Copy picture" (Ctrl+C) to a plot's context menu.

    Args:
        plot: of any kind that paints itself.
        name: of the file that is proposed, without its ending.
        table: what the plot shows, a header first.

    message: a passing message.  warning: a sentence about a file that cannot be written.
    """

    message = Signal(str)
    warning = Signal(str)

    def __init__(self, plot: QWidget, name: str, table: Callable[[], Table]) -> None:
        super().__init__(plot)
        self._plot, self._name, self._table = plot, name, table
        add_action(plot, "Save plot ...", QKeySequence("Ctrl+E"), self.ask)
        add_action(plot, "Copy picture", QKeySequence(QKeySequence.StandardKey.Copy), self.copy)
        if isinstance(plot, QAbstractScrollArea):
            # else the part that is painted would open a menu of its own, or none
            plot.viewport().setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)

    def copy(self) -> None:
        """Put the picture on the clipboard."""
        QGuiApplication.clipboard().setPixmap(self._plot.grab())

    def ask(self) -> None:
        """Ask for a file and write the plot there."""
        path, chosen = QFileDialog.getSaveFileName(
            self._plot.window(), "Save plot", f"{self._name}.png", ";;".join(KINDS.values())
        )
        if path:
            ending = next(ending for ending, title in KINDS.items() if title == (chosen or KINDS[".png"]))
            file = Path(path)
            self.write(file if file.suffix.lower() in KINDS else file.with_name(file.name + ending))

    def write(self, path: Path) -> None:
        """Write what the name's ending asks for."""
        ending = path.suffix.lower()
        try:
            if ending == ".csv":
                write_whole(path, table_text(self._table()))
            else:
                write_whole(path, svg(self._plot) if ending == ".svg" else png(self._plot))
        except OSError:
            self.warning.emit(f"The plot cannot be saved as {path}: choose another folder.")
        else:
            self.message.emit(f"Plot saved: {path}")


def table_text(table: Table) -> str:
    """A table as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in table:
        writer.writerow([csv_text(cell) if isinstance(cell, str) else f"{cell:.3f}" for cell in row])
    return text.getvalue()


def png(plot: QWidget) -> bytes:
    """What a widget shows, in pixels of the screen."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    plot.grab().save(buffer, "PNG")
    return bytes(buffer.data().data())


def svg(plot: QWidget) -> bytes:
    """What a widget shows, as a drawing."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    # a pixel of the screen is a CSS pixel; Qt's default would enlarge the drawing and its text
    generator.setResolution(CSS_DPI)
    generator.setSize(plot.size())
    generator.setViewBox(plot.rect())
    generator.setTitle(plot.accessibleName())
    painter = QPainter(generator)
    painter.setFont(plot.font())
    if isinstance(plot, QGraphicsView):
        painter.fillRect(plot.rect(), plot.backgroundBrush())
        plot.render(painter)
    else:
        plot.render(painter, QPoint())
    painter.end()
    return bytes(buffer.data().data())
