"""The log of warnings, the newest first."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from gazeattack.safety.observation import Event
from gazeattack.ui.theme import Theme
from gazeattack.ui.widgets.builders import plain_tip
from gazeattack.ui.widgets.copying import make_copyable
from gazeattack.ui.widgets.markers import BRANCH_MARKERS, draw_marker

LONGEST = 200


class EventLog(QListWidget):
    """One line for each beginning of a warning, selection and switch of the trigger."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Log of warnings")
        self.setObjectName("log")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setMinimumSize(150, 60)
        self._icons: dict[str, QIcon] = {}
        make_copyable(self, lambda: "\n".join(self.lines))
        self.viewport().setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)

    def sizeHint(self) -> QSize:
        """A few lines."""
        return QSize(300, 130)

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Change the size of the marks; the style sheet does the rest."""
        side = round(16 * scale)
        self.setIconSize(QSize(side, side))

    def add(self, events: Iterable[Event], begin: float) -> None:
        """Log events; times are shown from `begin` on (seconds)."""
        for event in events:
            if event.kind == "end":
                continue
            name = BRANCH_MARKERS[event.branch][2]
            who = name[:1].lower() + name[1:]
            text = event.text if event.kind == "trigger" else f"{event.text.partition(':')[0]} ({who})"
            item = QListWidgetItem(self._icon(event.branch), f"{event.t - begin:5.1f} s  {text}")
            item.setToolTip(plain_tip(f"{event.t - begin:.2f} s, {who}, gaze at {event.zone}: {event.text}"))
            self.insertItem(0, item)
        self._shorten()

    def note(self, text: str, seconds: float) -> None:
        """Log what a person did, that many seconds after the run began."""
        self.insertItem(0, QListWidgetItem(f"{seconds:5.1f} s  {text}"))
        self._shorten()

    def _shorten(self) -> None:
        while self.count() > LONGEST:
            self.takeItem(self.count() - 1)

    @property
    def lines(self) -> list[str]:
        """What is shown, the newest first."""
        return [self.item(row).text() for row in range(self.count())]

    def _icon(self, branch: str) -> QIcon:
        if branch not in self._icons:
            picture = QPixmap(32, 32)
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            colour, shape, _ = BRANCH_MARKERS[branch]
            draw_marker(painter, QPointF(16, 16), colour, shape, 10)
            painter.end()
            self._icons[branch] = QIcon(picture)
        return self._icons[branch]
