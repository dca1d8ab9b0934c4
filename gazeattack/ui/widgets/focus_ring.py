"""A ring around whatever has the keyboard's focus: plots and painted cards have none of their own."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton, QToolButton, QWidget

from gazeattack.ui.theme import CLEAN

WIDTH = 2
_MOVES = {QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Hide, QEvent.Type.Show}


class FocusRing(QWidget):
    """Drawn above the children of `root`, around the one that has the focus.

    Push buttons and combo boxes are left out: the style sheet gives them a border.  It covers the ring's own pixels
    alone, so it costs nothing when what it surrounds is painted.

    Args:
        root: the window's central widget; it has no ring itself.
    """

    def __init__(self, root: QWidget) -> None:
        super().__init__(root)
        self._root = root
        self._target: QWidget | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._follow)

    @property
    def target(self) -> QWidget | None:
        """What it surrounds; None while it is hidden."""
        return self._target

    def _follow(self, _: QWidget | None, now: QWidget | None) -> None:
        if self._target is not None:
            self._target.removeEventFilter(self)
        wanted = now is not None and now is not self._root and self._root.isAncestorOf(now)
        self._target = now if wanted and not isinstance(now, QPushButton | QToolButton | QComboBox) else None
        if self._target is not None:
            self._target.installEventFilter(self)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102 - an event of Qt
        if event.type() in _MOVES:
            self._place()
        return False

    def _place(self) -> None:
        target = self._target
        if target is None or not target.isVisible():
            self.hide()
            return
        at = target.mapTo(self._root, target.rect().topLeft())
        box = QRect(at, target.size()).adjusted(-WIDTH, -WIDTH, WIDTH, WIDTH).intersected(self._root.rect())
        self.setGeometry(box)
        inner = self.rect().adjusted(WIDTH, WIDTH, -WIDTH, -WIDTH)
        self.setMask(QRegion(self.rect()).subtracted(QRegion(inner)))
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - an event of Qt
        painter = QPainter(self)
        painter.setPen(QPen(CLEAN.lighter(130), WIDTH * 2))
        painter.drawRect(self.rect())
