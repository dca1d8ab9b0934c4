"""The row of controls below the windscreen; two rows where the page is narrow."""

from __future__ import annotations

from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QSpinBox, QWidget

from gazeattack.live.monitoring import SPEED_RANGE
from gazeattack.ui.strings import driver as text
from gazeattack.ui.widgets.builders import button
from gazeattack.ui.widgets.guard_controls import GuardControls

ONE_ROW = 1500  # pixels of the page from which on all buttons fit in one row


class DriverControls(QWidget):
    """drive, straight, again, zones, repair: buttons.  guard: its switch and check.  speed: of the car, km/h."""

    def __init__(self) -> None:
        super().__init__()
        self.drive = button("Scripted drive (D)", tip=text.DRIVE_TIP)
        self.straight = button("Set straight ahead (A)", tip=text.STRAIGHT_TIP)
        self.guard = GuardControls()
        self.again = button("Start over", tip=text.AGAIN_TIP)
        self.zones = button("Zones ...", tip=text.ZONES_TIP)
        self.repair = button("Repair ...", tip=text.REPAIR_TIP)
        self.speed = QSpinBox()
        self.speed.setRange(*map(int, SPEED_RANGE))
        self.speed.setSingleStep(10)
        self.speed.setSuffix(" km/h")
        self.speed.setAccessibleName("Speed of the car")
        self.speed.setToolTip(text.SPEED_TIP)
        self._rows = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(6)
        for row in (
            (self.drive, self.straight, self.again, self.repair),
            (QLabel("Speed"), self.speed, self.zones, self.guard),
        ):
            line = QHBoxLayout()
            for widget in row:
                line.addWidget(widget)
            self._rows.addLayout(line)
        line.addStretch(1)

    def fit(self, width: int) -> None:
        """Follow the width of the page, pixels."""
        narrow = width < ONE_ROW
        self._rows.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)
