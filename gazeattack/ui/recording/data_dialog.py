"""The dialog "Recorded data": what is stored about a person on this machine, where, and its deletion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMessageBox,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gazeattack.errors import GazeAttackError
from gazeattack.live.recorded_data import StoredItem, delete_item
from gazeattack.ui.widgets.builders import plain_labels

EXPLAIN = (
    "Recordings, measurements and screenshots can show faces. They stay on this computer, and only your user account "
    "can read them."
)
NOTHING = "Nothing is stored."


def open_folder(path: Path) -> None:
    """Show a folder in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path if path.is_dir() else path.parent)))


class DataDialog(QDialog):
    """Lists what is stored, opens its folder, and deletes it after a question.

    Args:
        find: lists the items.
        parent: the window.
        show_folder: opens a folder.
    """

    def __init__(
        self,
        find: Callable[[], Sequence[StoredItem]],
        parent: QWidget,
        show_folder: Callable[[Path], object] = open_folder,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Recorded data")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._find, self._show_folder = find, show_folder
        self._items: list[StoredItem] = []
        explain = QLabel(EXPLAIN)
        explain.setWordWrap(True)
        self.table = QTreeWidget()
        self.table.setHeaderLabels(["Kind", "Size", "Place"])
        self.table.setRootIsDecorated(False)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setAccessibleName("Recorded data")
        self.table.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.itemSelectionChanged.connect(self._enable)
        self.total = QLabel()
        self.total.setObjectName("explain")
        self.total.setWordWrap(True)
        self.open_button = QPushButton("Open folder")
        self.open_button.clicked.connect(self._open)
        self.delete_button = QPushButton("Delete ...")
        self.delete_button.clicked.connect(self._delete)
        close = QPushButton("Close")
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addWidget(self.open_button)
        row.addWidget(self.delete_button)
        row.addStretch()
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        for widget in (explain, self.table, self.total):
            column.addWidget(widget)
        column.addLayout(row)
        self.resize(760, 420)
        plain_labels(self)
        self.refresh()

    def refresh(self) -> None:
        """List again what is there."""
        self.table.clear()
        self._items = list(self._find())
        for item in self._items:
            line = QTreeWidgetItem([item.kind.capitalize(), size_text(item.size), str(item.path)])
            line.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            line.setToolTip(2, str(item.path))
            self.table.addTopLevelItem(line)
        self.total.setText(self._sum() if self._items else NOTHING)
        self._enable()

    def chosen(self) -> list[StoredItem]:
        """The selected items."""
        return [self._items[self.table.indexOfTopLevelItem(line)] for line in self.table.selectedItems()]

    def ask(self, items: Sequence[StoredItem]) -> bool:
        """Ask whether to delete the items."""
        what = items[0].path.name if len(items) == 1 else f"these {len(items)} entries"
        question = QMessageBox(
            QMessageBox.Icon.Question, "Delete", f"Delete {what}? This cannot be undone.", parent=self
        )
        question.setTextFormat(Qt.TextFormat.PlainText)
        question.setDefaultButton(question.addButton("Keep", QMessageBox.ButtonRole.RejectRole))
        yes = question.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
        question.exec()
        return question.clickedButton() is yes

    def _sum(self) -> str:
        many = len(self._items)
        return f"{many} {'entry' if many == 1 else 'entries'}, {size_text(sum(item.size for item in self._items))}."

    def _enable(self) -> None:
        self.open_button.setEnabled(len(self.chosen()) == 1)
        self.delete_button.setEnabled(bool(self.chosen()))

    def _open(self) -> None:
        self._show_folder(self.chosen()[0].path)

    def _delete(self) -> None:
        items, failed = self.chosen(), ""
        if not self.ask(items):
            return
        for item in items:
            try:
                delete_item(item)
            except GazeAttackError as error:
                failed = str(error)
        self.refresh()
        if failed:
            self.total.setText(failed)


def size_text(size: int) -> str:
    """A number of bytes in the unit that reads best."""
    value = float(size)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"
