"""One "Open ...": a dialog, drag and drop, and the list of what was opened last."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from gazeattack.errors import GazeAttackError
from gazeattack.safety.zones_file import load_zones
from gazeattack.ui.pages.driver.page import DriverPage
from gazeattack.ui.widgets.builders import button
from gazeattack.ui.window.key_controller import KeyController
from gazeattack.ui.window.openable import Openable, classify
from gazeattack.ui.window.preferences import Preferences

TITLE = "Open a video, picture, folder, recording, model, key or zones"


class Opens(Protocol):
    """What the main window opens."""

    def open_source(self, spec: str, *, remember: bool = True) -> None:
        """A source of frames."""

    def use_bundle(self, name: str) -> None:
        """A model."""


class Opener(QObject):
    """Opens any path, and remembers it.

    Args:
        window: the main window, which also takes what is dropped on it.
        opens: the same, as what opens sources and models.
        driver: takes zones.
        keys: takes trigger keys.
        preferences: where the list is kept.

    warning: a sentence about what cannot be opened.
    """

    warning = Signal(str)

    def __init__(
        self, window: QWidget, opens: Opens, driver: DriverPage, keys: KeyController, preferences: Preferences
    ) -> None:
        super().__init__(window)
        self._window, self._opens, self._driver, self._keys = window, opens, driver, keys
        self._preferences = preferences
        self.menu = QMenu("Open recent", window)
        self.menu.aboutToShow.connect(self.fill)
        self.fill()
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def ask(self) -> QFileDialog:
        """Show the dialog: a file, or the folder that is shown."""
        dialog = QFileDialog(self._window, TITLE)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        folder = button("Open this folder")
        folder.clicked.connect(dialog.reject)
        folder.clicked.connect(lambda: self.open(dialog.directory().absolutePath()))
        layout = dialog.layout()
        if layout is not None:
            layout.addWidget(folder)
        dialog.fileSelected.connect(self.open)
        dialog.open()
        return dialog

    def open(self, path: str) -> None:
        """Open a path, whatever it is; a sentence tells why not."""
        kind, target = classify(Path(path))
        try:
            if not target.exists():
                raise GazeAttackError(f"{path} is no longer there: choose another.")
            if kind is Openable.MODEL:
                self._opens.use_bundle(str(target))
            elif kind is Openable.KEY:
                self._keys.show(target)
            elif kind is Openable.ZONES:
                self._driver.use_zones(load_zones(target))
            else:
                self._opens.open_source(str(target))
        except GazeAttackError as error:
            self.forget(str(target))
            self.warning.emit(str(error))
        else:
            self._preferences.recent = [
                str(target),
                *(each for each in self._preferences.recent if each != str(target)),
            ]

    def forget(self, path: str) -> None:
        """Take a path out of the list: it cannot be opened."""
        self._preferences.recent = [each for each in self._preferences.recent if each != path]

    def fill(self) -> None:
        """Bring the menu in line with the list."""
        self.menu.clear()
        for path in self._preferences.recent:
            entry = self.menu.addAction(_title(path))
            entry.setToolTip(path)
            entry.triggered.connect(lambda _=False, path=path: self.open(path))
        if self.menu.isEmpty():
            self.menu.addAction("Nothing was opened yet").setEnabled(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102 - an event of Qt
        if isinstance(event, QDragEnterEvent | QDropEvent) and _local(event):
            if event.type() == QEvent.Type.Drop:
                self.open(_local(event))
            event.acceptProposedAction()
            return True
        return False


def _local(event: QDropEvent) -> str:
    urls = event.mimeData().urls()
    return urls[0].toLocalFile() if urls else ""


def _title(path: str) -> str:
    name, parent = Path(path).name, Path(path).parent.name
    title = f"{name}  ({parent})" if parent else name
    # "&" would make the next letter a mnemonic
    return (title if len(title) <= 60 else f"{title[:28]}…{title[-28:]}").replace("&", "&&")
