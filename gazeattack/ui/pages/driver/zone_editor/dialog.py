"""The dialog "Edit zones": the driver's view, the list of zones, the fields of one, undo, open and save."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut, QUndoStack
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from gazeattack.errors import ZonesError
from gazeattack.safety import zone_edits as edits
from gazeattack.safety.zones import Zone, Zones
from gazeattack.safety.zones_file import load_zones, save_zones
from gazeattack.ui.pages.driver.zone_editor.canvas import ZoneCanvas
from gazeattack.ui.pages.driver.zone_editor.form import ZoneForm
from gazeattack.ui.pages.driver.zone_editor.history import Edited, ZonesCommand
from gazeattack.ui.pages.driver.zone_files import ask_for_zones, ask_where_to_save
from gazeattack.ui.strings import zone_editor as text
from gazeattack.ui.theme import Theme
from gazeattack.ui.widgets.builders import button, plain_labels, plain_tip, wrap_tips
from gazeattack.ui.widgets.discarding import ask_discard
from gazeattack.ui.widgets.eliding import ElidingLabel

ROOM = 20.0  # degrees to the right of straight ahead: where a new zone appears


class ZoneEditor(QDialog):
    """Edits a layout; what it was given does not change.

    taken carries the new Zones after OK, if they differ.

    Args:
        zones: the layout to begin with.
        theme: the colours.
        parent: the window.
    """

    taken = Signal(object)

    def __init__(self, zones: Zones, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text.TITLE)
        self._original = self._saved = zones
        self._now = Edited(zones, 0)
        self.history = QUndoStack(self)
        self.canvas = ZoneCanvas(zones)
        self.canvas.set_theme(theme)
        self.form = ZoneForm(zones.zones[0])
        self.list = QListWidget()
        self.list.setObjectName("log")
        self.list.setAccessibleName("Zones")
        self.list.setToolTip(text.LIST_TIP)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.state = ElidingLabel(tip="What was done or refused last")
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.add, self.delete, self.up, self.down = map(button, ("Add", "Delete", "Up", "Down"))
        self.up.setToolTip(text.ORDER_TIP.format("up"))
        self.down.setToolTip(text.ORDER_TIP.format("down"))
        self.undo, self.redo = button("Undo", tip="Ctrl+Z"), button("Redo", tip="Ctrl+Shift+Z")
        self.delete.setToolTip("Ctrl+D")
        self.open_file, self.save_file = button("Open ..."), button("Save as ...")
        self._connect()
        self._lay_out()
        self._apply(self._now)
        plain_labels(self)
        wrap_tips(self)

    @property
    def zones(self) -> Zones:
        """The layout as it is now."""
        return self._now.zones

    def load(self, path: Path) -> None:
        """Put a file's layout in place of this one; a sentence tells why not."""
        try:
            self._do(Edited(load_zones(path), 0), f"Open {path.name}")
        except ZonesError as error:
            self._say(str(error))

    def save(self, path: Path) -> None:
        """Write the layout to a file; a sentence tells why not."""
        try:
            save_zones(self.zones, path)
        except ZonesError as error:
            self._say(str(error))
        else:
            self._saved = self.zones
            self._say(text.SAVED.format(path))

    def accept(self) -> None:
        """OK: hand the layout over."""
        self.form.commit()
        if self.zones != self._original:
            self.taken.emit(self.zones)
        super().accept()

    def reject(self) -> None:
        """Esc or the title bar's button: ask first where edits would be lost."""
        self.form.commit()
        if self.zones in (self._original, self._saved):
            self.discard()
        else:
            ask_discard(self, text.DISCARD, self.discard)

    def discard(self) -> None:
        """Cancel: close, and drop the edits."""
        self.done(QDialog.DialogCode.Rejected)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - an event of Qt
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
            return
        # Enter ends the entry in a field; it presses a button only where that has the focus
        focused = self.focusWidget()
        if isinstance(focused, QPushButton):
            focused.click()

    def _connect(self) -> None:
        self.list.currentRowChanged.connect(self._choose)
        self.canvas.chosen.connect(self._choose)
        self.canvas.edited.connect(lambda zones, done, merge: self._do(Edited(zones, self._now.chosen), done, merge))
        self.form.edited.connect(self._replace)
        for teller in (self.canvas, self.form):
            teller.refused.connect(self._say)
        self.add.clicked.connect(self._add)
        self.delete.clicked.connect(self._delete)
        self.up.clicked.connect(partial(self._reorder, -1))
        self.down.clicked.connect(partial(self._reorder, 1))
        self.undo.clicked.connect(self.history.undo)
        self.redo.clicked.connect(self.history.redo)
        for keys, act in (("Ctrl+Z", self.history.undo), ("Ctrl+Shift+Z", self.history.redo), ("Ctrl+D", self._delete)):
            QShortcut(QKeySequence(keys), self).activated.connect(act)
        self.open_file.clicked.connect(self._ask_open)
        self.save_file.clicked.connect(self._ask_save)
        for follower in (self.history.canUndoChanged, self.history.canRedoChanged, self.history.indexChanged):
            follower.connect(self._refresh_history)

    def _do(self, after: Edited, done: str, merge: str = "") -> None:
        self.history.push(ZonesCommand(done, self._now, after, self._apply, merge))
        self._say(f"{done}.")

    def _apply(self, edited: Edited) -> None:
        self._now = edited
        zones, number = edited.zones, edited.chosen
        with QSignalBlocker(self.list):
            self.list.clear()
            for zone in zones.zones:
                item = QListWidgetItem(zone.name)
                item.setToolTip(plain_tip(f"{zone.name}: {text.KINDS[zone.kind]}"))
                self.list.addItem(item)
            self.list.setCurrentRow(number)
        self.canvas.show_zones(zones, number)
        self.form.show_zone(zones.zones[number])
        self.up.setEnabled(number > 0)
        self.down.setEnabled(number + 1 < len(zones.zones))
        self._refresh_history()

    def _choose(self, number: int) -> None:
        if number >= 0 and number != self._now.chosen:
            self._apply(Edited(self.zones, number))

    def _replace(self, zone: Zone, done: str) -> None:
        self._try(lambda: Edited(edits.replaced(self.zones, self._now.chosen, zone), self._now.chosen), done)

    def _add(self) -> None:
        zone = edits.new_zone(self.zones, (ROOM, -ROOM))
        self._do(Edited(edits.added(self.zones, zone), 0), f'Add "{zone.name}"')
        self.form.name.setFocus()
        self.form.name.selectAll()

    def _delete(self) -> None:
        number, name = self._now.chosen, self.zones.zones[self._now.chosen].name
        self._try(
            lambda: Edited(edits.removed(self.zones, number), max(0, min(number, len(self.zones.zones) - 2))),
            f'Delete "{name}"',
        )

    def _reorder(self, by: int) -> None:
        number, name = self._now.chosen, self.zones.zones[self._now.chosen].name
        way = "up" if by < 0 else "down"
        self._do(Edited(edits.reordered(self.zones, number, number + by), number + by), f'Move "{name}" {way}')

    def _try(self, make: Callable[[], Edited], done: str) -> None:
        try:
            after = make()
        except ZonesError as error:
            self._say(str(error))
            self.form.show_zone(self.zones.zones[self._now.chosen])
        else:
            self._do(after, done)

    def _say(self, sentence: str) -> None:
        self.state.setText(sentence)

    def _refresh_history(self) -> None:
        self.undo.setEnabled(self.history.canUndo())
        self.redo.setEnabled(self.history.canRedo())
        for each, what, keys in (
            (self.undo, self.history.undoText(), "Ctrl+Z"),
            (self.redo, self.history.redoText(), "Ctrl+Shift+Z"),
        ):
            each.setToolTip(plain_tip(f"{what} ({keys})" if what else keys))

    def _ask_open(self) -> None:
        path = ask_for_zones(self)
        if path is not None:
            self.load(path)

    def _ask_save(self) -> None:
        path = ask_where_to_save(self, "Save zones")
        if path is not None:
            self.form.commit()
            self.save(path)

    def _lay_out(self) -> None:
        about = QLabel(text.ABOUT)
        about.setWordWrap(True)
        about.setObjectName("dim")
        side = QVBoxLayout()
        side.setSpacing(6)
        side.addWidget(self.list, 1)
        side.addLayout(_row(self.add, self.delete, self.up, self.down))
        side.addWidget(self.form)
        middle = QHBoxLayout()
        middle.addWidget(self.canvas, 1)
        panel = QWidget()
        # wider where larger text asks for it
        panel.setMinimumWidth(290)
        panel.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        side.setContentsMargins(0, 0, 0, 0)
        panel.setLayout(side)
        middle.addWidget(panel)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.discard)
        self.buttons = buttons
        last = _row(self.undo, self.redo, self.open_file, self.save_file)
        last.addStretch(1)
        last.addWidget(buttons)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addWidget(about)
        column.addLayout(middle, 1)
        column.addWidget(self.state)
        column.addLayout(last)
        for each in (self.add, self.delete, self.up, self.down, self.undo, self.redo, self.open_file, self.save_file):
            # Enter in a field ends the entry and presses none of them
            each.setAutoDefault(False)
        self.resize(960, 560)


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    for widget in widgets:
        row.addWidget(widget)
    return row
