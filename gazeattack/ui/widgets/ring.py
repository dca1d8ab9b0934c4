"""A ring around a widget: around the one that has the keyboard's focus, and around what the tour explains."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton, QToolButton, QWidget
from shiboken6 import isValid

from gazeattack.ui.theme import CLEAN, TRIGGERED

_MOVES = {QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Hide, QEvent.Type.Show}


class Ring(QWidget):
    """Drawn above the children of `root`; it covers the ring's own pixels alone, so it costs nothing when what it
    surrounds is painted.

    Args:
        root: the window's central widget.
        colour: of the ring.
        width: of the ring, pixels.
    """

    def __init__(self, root: QWidget, colour: QColor, width: int) -> None:
        super().__init__(root)
        self._root, self._colour, self._width = root, colour, width
        self._target: QWidget | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    @property
    def target(self) -> QWidget | None:
        """What it surrounds; None while it is hidden."""
        return self._target

    def surround(self, target: QWidget | None) -> None:
        """Surround a widget, or none."""
        # the window that it was in may be gone
        if self._target is not None and isValid(self._target):
            self._target.removeEventFilter(self)
        self._target = target
        if target is not None:
            target.installEventFilter(self)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102 - an event of Qt
        if event.type() in _MOVES:
            self._place()
        return False

    def _place(self) -> None:
        target, width = self._target, self._width
        if target is None or not target.isVisible():
            self.hide()
            return
        at = target.mapTo(self._root, target.rect().topLeft())
        box = QRect(at, target.size()).adjusted(-width, -width, width, width).intersected(self._root.rect())
        self.setGeometry(box)
        inner = self.rect().adjusted(width, width, -width, -width)
        self.setMask(QRegion(self.rect()).subtracted(QRegion(inner)))
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - an event of Qt
        painter = QPainter(self)
        painter.setPen(QPen(self._colour, self._width * 2))
        painter.drawRect(self.rect())


class FocusRing(Ring):
    """Follows the keyboard's focus: plots and painted cards show none of their own.

    Push buttons and combo boxes are left out: the style sheet gives them a border.
    """

    def __init__(self, root: QWidget) -> None:
        super().__init__(root, CLEAN.lighter(130), 2)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._follow)

    def _follow(self, _: QWidget | None, now: QWidget | None) -> None:
        wanted = now is not None and now is not self._root and self._root.isAncestorOf(now)
        self.surround(now if wanted and not isinstance(now, QPushButton | QToolButton | QComboBox) else None)


class TourRing(Ring):
    """Around the panel that the tour explains."""

    def __init__(self, root: QWidget) -> None:
        super().__init__(root, TRIGGERED, 4)
