"""Steps through a recording: a slider, and one frame back or forward."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSlider, QWidget


class ReplayBar(QWidget):
    """Shown while the source is a recording.

    stepped carries how many frames to go, negative for back.  seek_requested carries a frame's number.
    """

    stepped = Signal(int)
    seek_requested = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.back = QPushButton("◀ Frame ( , )")
        self.on = QPushButton("Frame ▶ ( . )")
        self.back.clicked.connect(lambda: self.stepped.emit(-1))
        self.on.clicked.connect(lambda: self.stepped.emit(1))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Position in the recording")
        self.slider.sliderMoved.connect(self.seek_requested)
        self.place = QLabel()
        self.place.setObjectName("heading")
        self.place.setMinimumWidth(150)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (QLabel("Recording"), self.back, self.on):
            row.addWidget(widget)
        row.addWidget(self.slider, 1)
        row.addWidget(self.place)
        self.hide()

    def show_place(self, position: int | None, length: int | None) -> None:
        """Show the position in the recording; None: the source is no recording."""
        self.setVisible(length is not None)
        if length is None:
            return
        now = position or 0
        self.slider.setMaximum(max(0, length - 1))
        if not self.slider.isSliderDown():
            self.slider.setValue(now)
        self.place.setText(f"frame {now + 1} of {length}")
