"""Long names: cut in the middle, whole in the tooltip."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QStyle, QStyleOptionComboBox, QStylePainter

from gazeattack.ui.widgets.builders import plain_tip

_MIDDLE = Qt.TextElideMode.ElideMiddle


class ElidingLabel(QLabel):
    """One line that never widens its column; the tooltip has all of it where it is cut.

    align: of the text.  tip: what the text is.
    """

    def __init__(self, align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft, *, tip: str = "") -> None:
        super().__init__()
        self._tip = plain_tip(tip)
        self.setToolTip(self._tip)
        self.setAlignment(align | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:  # noqa: D102 - a method of Qt
        return QSize(40, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - an event of Qt
        shown = self.fontMetrics().elidedText(self.text(), _MIDDLE, self.width())
        tip = plain_tip(self.text()) if shown != self.text() else self._tip
        if tip != self.toolTip():
            self.setToolTip(tip)
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        painter.drawText(self.rect(), int(self.alignment()), shown)


class ElidingComboBox(QComboBox):
    """Its own title is cut in the middle, so that the end of a file's name shows, too."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - an event of Qt
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        option.currentText = self.fontMetrics().elidedText(option.currentText, _MIDDLE, field.width() - 6)
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
