"""Two rows of controls below the windscreen."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from gazeattack.live.monitoring import SPEED_RANGE
from gazeattack.ui.strings import driver as text
from gazeattack.ui.widgets.builders import button
from gazeattack.ui.widgets.guard_controls import GuardControls


class DriverControls(QWidget):
    """drive, straight, again, inspect, repair, zones: buttons.  guard: its switch and check.  speed: km/h."""

    def __init__(self) -> None:
        super().__init__()
        self.drive = button("Scripted drive (D)", tip=text.DRIVE_TIP)
        self.straight = button("Straight ahead (A)", tip=text.STRAIGHT_TIP)
        self.guard = GuardControls()
        self.again = button("Start over", tip=text.AGAIN_TIP)
        self.zones = button("Zones ...", tip=text.ZONES_TIP)
        self.inspect = button("Inspect ...", tip=text.INSPECT_TIP)
        self.repair = button("Repair ...", tip=text.REPAIR_TIP)
        self.speed = QSpinBox()
        self.speed.setRange(*map(int, SPEED_RANGE))
        self.speed.setSingleStep(10)
        self.speed.setSuffix(" km/h")
        self.speed.setAccessibleName("Speed of the car")
        self.speed.setToolTip(text.SPEED_TIP)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(6)
        for row in (
            (self.drive, self.straight, self.again, self.inspect, self.repair),
            (QLabel("Speed"), self.speed, self.zones, self.guard),
        ):
            line = QHBoxLayout()
            for widget in row:
                line.addWidget(widget)
            rows.addLayout(line)
        line.addStretch(1)
