"""Steps through a video, a folder or a recording: a slider, one frame back or forward, and the speed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QSlider, QWidget

from gazeattack.ui.widgets.eliding import ElidingLabel

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)


class ReplayBar(QWidget):
    """Shown while the source is a file that can be searched.

    stepped carries how many frames to go, negative for back.  seek_requested carries a frame's number.  speed_chosen
    carries the share of the file's own speed.
    """

    stepped = Signal(int)
    seek_requested = Signal(int)
    speed_chosen = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.name = ElidingLabel()
        self.back = QPushButton("◀ Frame ( , )")
        self.on = QPushButton("Frame ▶ ( . )")
        self.back.clicked.connect(lambda: self.stepped.emit(-1))
        self.on.clicked.connect(lambda: self.stepped.emit(1))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Position in the file")
        # keys, the page keys and a click beside the handle, too; showing a place does not come here
        self.slider.actionTriggered.connect(lambda _: self.seek_requested.emit(self.slider.sliderPosition()))
        self.speed = QComboBox()
        self.speed.setAccessibleName("Speed")
        self.speed.setToolTip("Speed of the file; its own times stay")
        for share in SPEEDS:
            self.speed.addItem(f"{share:g} ×", share)
        self.speed.setCurrentIndex(SPEEDS.index(1.0))
        self.speed.activated.connect(lambda row: self.speed_chosen.emit(SPEEDS[row]))
        self.place = QLabel()
        self.place.setObjectName("heading")
        self.place.setMinimumWidth(150)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.name, 2)
        row.addWidget(self.back)
        row.addWidget(self.on)
        row.addWidget(self.slider, 5)
        row.addWidget(self.speed)
        row.addWidget(self.place)
        self.hide()

    def show_place(self, name: str, position: int | None, length: int | None) -> None:
        """Show the file's name and the position in it; length None: the source cannot be searched."""
        self.setVisible(length is not None)
        if length is None:
            return
        now = position or 0
        self.name.setText(name)
        self.slider.setMaximum(max(0, length - 1))
        if not self.slider.isSliderDown():
            self.slider.setValue(now)
        self.place.setText(f"frame {now + 1} of {length}")
