"""The guard's switch and the choice of its check; one on each page that the guard acts on."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from gazeattack.live.guard import GuardCheck
from gazeattack.ui.strings import guard as text
from gazeattack.ui.widgets.builders import button, plain_tip


class GuardControls(QWidget):
    """switched: the person wants the guard on or off.  picked: the person chose a GuardCheck."""

    switched = Signal(bool)
    picked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.switch = button(text.TITLE, checkable=True)
        self.switch.clicked.connect(self.switched)
        self.check = QComboBox()
        for check, title in text.CHECKS.items():
            self.check.addItem(f"Check with: {title}", check)
        self.check.setAccessibleName("What the guard checks a gaze with")
        self.check.setToolTip(plain_tip(text.CHECK_TIP))
        self.check.activated.connect(lambda row: self.picked.emit(self.check.itemData(row)))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.switch)
        row.addWidget(self.check)
        self.show_state(False, GuardCheck.LANDMARKS)

    def show_state(self, on: bool, check: GuardCheck) -> None:
        """Show whether the guard is on, and its check; nothing is emitted."""
        self.switch.setChecked(on)
        self.switch.setToolTip(plain_tip(text.tip(check)))
        self.check.setCurrentIndex(list(text.CHECKS).index(check))
