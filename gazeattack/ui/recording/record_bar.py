"""The record button: opt-in, with a red dot and the time while it runs."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QToolButton

from gazeattack.ui.widgets.builders import plain_tip

OPEN_FOLDER = "Open folder of the saved recording"
REPLAY = "Replay the saved recording"


class RecordBar(QToolButton):
    """toggled_by_person: the button was pressed.  The others: entries of its menu."""

    toggled_by_person = Signal()
    choose_folder = Signal()
    open_recording = Signal()
    show_saved = Signal()
    replay_saved = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("record")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self.clicked.connect(self.toggled_by_person)
        menu = QMenu(self)
        self.video: QAction = menu.addAction("With video (stores images of your face)")
        self.video.setCheckable(True)
        self._folder = menu.addAction("")
        self._folder.triggered.connect(lambda _=False: self.choose_folder.emit())
        menu.addSeparator()
        self.saved = menu.addAction(OPEN_FOLDER)
        self.saved.triggered.connect(lambda _=False: self.show_saved.emit())
        self.replay = menu.addAction(REPLAY)
        self.replay.triggered.connect(lambda _=False: self.replay_saved.emit())
        menu.addAction("Open recording ...").triggered.connect(lambda _=False: self.open_recording.emit())
        self.setMenu(menu)
        self._dots = {name: _dot(colour) for name, colour in (("off", "#8A97A3"), ("on", "#E5142B"))}
        self.show_saved_recording(None, video=False)
        self.show_state(None)

    def show_saved_recording(self, folder: str | None, *, video: bool) -> None:
        """Offer what was saved last; video: it can be replayed.  None: nothing was saved yet."""
        self.saved.setEnabled(folder is not None)
        self.replay.setEnabled(folder is not None and video)
        nothing = " (nothing saved yet)" if folder is None else ""
        self.saved.setText(OPEN_FOLDER + nothing)
        self.replay.setText(REPLAY + (nothing or ("" if video else " (it has no video)")))
        self.saved.setToolTip(plain_tip(folder or ""))

    def show_folder(self, folder: str) -> None:
        """Where recordings go."""
        self._folder.setText(f"Folder: {folder} ...")

    def show_state(self, seconds: float | None) -> None:
        """Seconds recorded so far; None: nothing is being recorded."""
        running = seconds is not None
        if running != bool(self.property("running")):
            self.setProperty("running", running)
            # the style sheet looks at the property
            self.style().unpolish(self)
            self.style().polish(self)
        self.setIcon(self._dots["on" if running else "off"])
        self.video.setEnabled(not running)
        self.setText("Record (R)" if seconds is None else f"Recording {int(seconds) // 60}:{int(seconds) % 60:02d}")
        self.setToolTip("Stop recording (R)" if running else "Record the values of every frame in a table (R)")


def _dot(colour: str) -> QIcon:
    picture = QPixmap(32, 32)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(QRectF(4, 4, 24, 24))
    painter.end()
    return QIcon(picture)
