"""Where everything sits: three columns that read from the picture to the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QStatusBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gazeattack.capture.registry import SourceOption
from gazeattack.ui.banner import Banner
from gazeattack.ui.camera_view import CameraView
from gazeattack.ui.crop_panel import CropPanel
from gazeattack.ui.pickers import ModelPicker, SourcePicker
from gazeattack.ui.plots import AnglePlot, TimePlot
from gazeattack.ui.readings import Readings
from gazeattack.ui.readout import Readout
from gazeattack.ui.theme import CLEAN, TRIGGERED, Theme
from gazeattack.ui.trigger_panel import TriggerPanel
from gazeattack.ui.words import CAPTION


class Panels:
    """Makes the window's widgets and lays them out; knows nothing of what they show."""

    def __init__(self, sources: Callable[[], Sequence[SourceOption]]) -> None:
        self.source = SourcePicker(sources)
        self.model = ModelPicker()
        self.badge = QLabel()
        self.badge.setObjectName("badge")
        self.pause = _button("Pause (P)", checkable=True)
        self.screenshot = _button("Picture (S)")
        self.follow = _button("Follow mouse (M)", checkable=True)
        self.follow.setChecked(True)
        self.follow.setToolTip("Point at the camera view or the angle plot, and the synthetic subject looks there")
        self._menu = QMenu()
        self.banner = Banner()
        self.camera = CameraView()
        self.trigger = TriggerPanel()
        self.crops = CropPanel()
        self.angles = AnglePlot()
        self.times = TimePlot()
        self.changed = Readout("Eye pictures changed by (mean)", hero=True)
        self.moved = Readout("Gaze moved by", hero=True)
        self.clean = Readout("Clean gaze", shape="disc", colour=CLEAN)
        self.triggered = Readout("Triggered gaze", shape="triangle", colour=TRIGGERED)
        self.to_target = Readout("To attacker's target")
        self.error = Readout("True error, clean")
        self.stats = QLabel()
        self.status_bar = QStatusBar()
        self.status_bar.addWidget(QLabel(CAPTION))
        self.status_bar.addPermanentWidget(self.stats)
        self.body = self._lay_out()

    def show_readings(self, now: Readings, *, attack: bool) -> None:
        """Show a sample's numbers; attack: a backdoored model is being triggered, which the shift's colour says too."""
        self.changed.set_value(now.changed)
        self.moved.set_value(now.moved, strong=attack and now.moved is not None)
        self.clean.set_value(now.clean)
        self.triggered.set_value(now.triggered, caption=f"{now.branch} gaze")
        self.to_target.set_value(now.to_target)
        self.error.set_value(now.error)

    def clear(self) -> None:
        """Show no crops and no numbers."""
        self.crops.show_crops(None, self.trigger.mode)
        for readout in self._readouts():
            readout.set_value(None)

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Pass a theme and the size of writing on to whatever paints itself."""
        self.camera.set_theme(theme)
        self.crops.set_theme(theme)
        self.angles.set_theme(theme, scale)
        self.times.set_theme(theme, scale)
        for readout in self._readouts():
            readout.set_theme(theme)

    def _readouts(self) -> tuple[Readout, ...]:
        return self.changed, self.moved, self.clean, self.triggered, self.to_target, self.error

    def add_menu_entry(self, title: str, action: Callable[[], object]) -> None:
        """One more line in the menu."""
        self._menu.addAction(title).triggered.connect(lambda _=False: action())

    def _lay_out(self) -> QWidget:
        body = QWidget()
        outer = QVBoxLayout(body)
        outer.setContentsMargins(10, 8, 10, 4)
        outer.setSpacing(8)
        outer.addLayout(self._top_bar())
        outer.addWidget(self.banner)
        columns = QHBoxLayout()
        columns.setSpacing(10)
        columns.addLayout(self._camera_column(), 41)
        columns.addLayout(self._comparison(), 59)
        outer.addLayout(columns, 1)
        return body

    def _top_bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setSpacing(8)
        menu = QToolButton()
        menu.setText("Menu")
        menu.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu.setMenu(self._menu)
        bar.addWidget(self.source, 3)
        bar.addWidget(self.model, 2)
        for widget in (self.badge, self.follow, self.pause, self.screenshot, menu):
            bar.addWidget(widget)
        return bar

    def _camera_column(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(self.camera, 4)
        column.addWidget(self.trigger, 1)
        return column

    def _comparison(self) -> QGridLayout:
        """The picture that does not change beside the answer that does, and below both the story over time."""
        details = QGridLayout()
        details.setSpacing(6)
        for place, readout in enumerate((self.clean, self.triggered, self.to_target, self.error)):
            details.addWidget(readout, place // 2, place % 2)
        answer = QVBoxLayout()
        answer.setSpacing(8)
        answer.addLayout(details, 28)
        answer.addWidget(_card("", self.angles), 72)
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        grid.addWidget(self.changed, 0, 0)
        grid.addWidget(self.moved, 0, 1)
        grid.addWidget(_card("What the network sees", self.crops), 1, 0)
        grid.addLayout(answer, 1, 1)
        grid.addWidget(_card("", self.times), 2, 0, 1, 2)
        grid.setColumnStretch(0, 44)
        grid.setColumnStretch(1, 56)
        grid.setRowStretch(0, 2)
        grid.setRowStretch(1, 10)
        grid.setRowStretch(2, 3)
        return grid


def _card(heading: str, widget: QWidget) -> QFrame:
    card = QFrame()
    card.setObjectName("card")
    layout = QVBoxLayout(card)
    layout.setContentsMargins(10, 6, 10, 6)
    layout.setSpacing(4)
    if heading:
        label = QLabel(heading)
        label.setObjectName("heading")
        layout.addWidget(label)
    layout.addWidget(widget, 1)
    return card


def _button(text: str, *, checkable: bool = False) -> QPushButton:
    button = QPushButton(text)
    button.setCheckable(checkable)
    return button
