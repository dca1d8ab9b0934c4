"""Where everything sits: tabs above, and on the Gaze tab three columns that read from the picture to the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QStackedWidget,
    QStatusBar,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gazeattack.live.monitoring import PairedMonitoring
from gazeattack.sources.registry import SourceOption
from gazeattack.ui.pages.driver.page import DriverPage
from gazeattack.ui.pages.gaze.crop_panel import CropPanel
from gazeattack.ui.pages.gaze.plots import AnglePlot, TimePlot
from gazeattack.ui.pages.gaze.trigger_panel import TriggerPanel
from gazeattack.ui.pages.gaze.values import Readings
from gazeattack.ui.pages.keypad.page import KeypadPage
from gazeattack.ui.pages.screen.page import PointsPage
from gazeattack.ui.recording.record_bar import RecordBar
from gazeattack.ui.recording.replay_bar import ReplayBar
from gazeattack.ui.strings.common import CAPTION, CHIP_TIP
from gazeattack.ui.theme import CLEAN, TRIGGERED, Theme
from gazeattack.ui.widgets.banner import Banner
from gazeattack.ui.widgets.builders import button, card
from gazeattack.ui.widgets.camera_view import CameraView
from gazeattack.ui.widgets.pickers import ModelPicker, SourcePicker
from gazeattack.ui.widgets.readout import Readout

TABS = ("Gaze", "Driver", "Keypad", "Points")
GAZE, DRIVER, KEYPAD, POINTS = range(len(TABS))


class Panels:
    """Makes the window's widgets and lays them out; knows nothing of what they show."""

    def __init__(self, sources: Callable[[], Sequence[SourceOption]], monitoring: PairedMonitoring) -> None:
        self.source = SourcePicker(sources)
        self.model = ModelPicker()
        self.badge = QLabel()
        self.badge.setObjectName("badge")
        self.tabs = QTabBar()
        self.tabs.setObjectName("tabs")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        for number, name in enumerate(TABS, start=1):
            self.tabs.setTabToolTip(self.tabs.addTab(name), f"{name} (Ctrl+{number})")
        self.chip = button("", checkable=True, tip=CHIP_TIP)
        self.chip.setObjectName("chip")
        self.record = RecordBar()
        self.replay = ReplayBar()
        self.pause = button("Pause (P)", checkable=True)
        self.screenshot = button("Picture (S)")
        self.follow = button("Follow mouse (M)", checkable=True)
        self.follow.setChecked(True)
        self.follow.setToolTip("Point at the camera view or the angle plot, and the synthetic subject looks there")
        self._menu = QMenu()
        self.choices: dict[str, QAction] = {}
        self.banner = Banner()
        self.camera = CameraView()
        self.trigger = TriggerPanel()
        self.crops = CropPanel()
        self.angles = AnglePlot()
        self.times = TimePlot()
        self.driver = DriverPage(monitoring)
        self.keypad = KeypadPage()
        self.points = PointsPage()
        self.pages = QStackedWidget()
        # by tab: what counts the samples that were painted there
        self.meters = (self.camera.meter, self.driver.camera.meter, self.keypad.view.meter, self.points.view.meter)
        self.changed = Readout("Eye pictures changed by (mean)", hero=True)
        self.moved = Readout("Gaze moved by", hero=True)
        self.clean = Readout("Clean gaze", shape="disc", colour=CLEAN)
        self.triggered = Readout("Triggered gaze", shape="triangle", colour=TRIGGERED)
        self.to_target = Readout("To attacker's target")
        self.error = Readout("True error, clean")
        self.stats = QLabel()
        self.status_bar = QStatusBar()
        self.caption = QLabel(CAPTION)
        self.status_bar.addWidget(self.caption)
        # Qt hides it below a passing message, but a new style sheet would bring it back
        self.status_bar.messageChanged.connect(lambda text: self.caption.setText("" if text else CAPTION))
        self.status_bar.addPermanentWidget(self.stats)
        self.body = self._lay_out()

    def show_readings(self, now: Readings, *, attack: bool) -> None:
        """Show a sample's numbers; attack: a backdoored model is being triggered, which the shift's colour says too."""
        self.changed.set_value(now.changed)
        self.moved.set_value(now.moved, strong=attack and now.moved is not None)
        self.clean.set_value(now.clean)
        self.triggered.set_value(now.triggered, caption=f"{now.branch} gaze")
        self.to_target.set_value(now.to_target, caption=now.aim)
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
        self.driver.set_theme(theme, scale)
        self.keypad.set_theme(theme, scale)
        self.points.set_theme(theme, scale)
        for readout in self._readouts():
            readout.set_theme(theme)

    def _readouts(self) -> tuple[Readout, ...]:
        return self.changed, self.moved, self.clean, self.triggered, self.to_target, self.error

    def add_menu_entry(self, title: str, action: Callable[[], object]) -> None:
        """One more line in the menu."""
        self._menu.addAction(title).triggered.connect(lambda _=False: action())

    def add_menu_choice(self, title: str, on: bool, action: Callable[[bool], object]) -> None:
        """One more line in the menu, with a tick."""
        entry = self._menu.addAction(title)
        entry.setCheckable(True)
        entry.setChecked(on)
        entry.toggled.connect(action)
        self.choices[title] = entry

    def _lay_out(self) -> QWidget:
        body = QWidget()
        outer = QVBoxLayout(body)
        outer.setContentsMargins(10, 8, 10, 4)
        outer.setSpacing(6)
        outer.addLayout(self._tab_bar())
        outer.addLayout(self._top_bar())
        outer.addWidget(self.banner)
        outer.addWidget(self.replay)
        for page in (self._gaze_page(), self.driver, self.keypad, self.points):
            self.pages.addWidget(page)
        outer.addWidget(self.pages, 1)
        return body

    def _gaze_page(self) -> QWidget:
        page = QWidget()
        columns = QHBoxLayout(page)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(10)
        columns.addLayout(self._camera_column(), 41)
        columns.addLayout(self._comparison(), 59)
        return page

    def _tab_bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setSpacing(8)
        menu = QToolButton()
        menu.setText("Menu")
        menu.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu.setMenu(self._menu)
        bar.addWidget(self.tabs)
        bar.addStretch(1)
        for widget in (self.chip, self.record, self.pause, self.screenshot, menu):
            bar.addWidget(widget)
        return bar

    def _top_bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.addWidget(self.source, 3)
        bar.addWidget(self.model, 2)
        bar.addWidget(self.badge)
        bar.addWidget(self.follow)
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
        answer.addWidget(card("", self.angles), 72)
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        grid.addWidget(self.changed, 0, 0)
        grid.addWidget(self.moved, 0, 1)
        grid.addWidget(card("What the network sees", self.crops), 1, 0)
        grid.addLayout(answer, 1, 1)
        grid.addWidget(card("", self.times), 2, 0, 1, 2)
        grid.setColumnStretch(0, 44)
        grid.setColumnStretch(1, 56)
        grid.setRowStretch(0, 2)
        grid.setRowStretch(1, 10)
        grid.setRowStretch(2, 3)
        return grid
