"""The Gaze tab: camera view, trigger, the crops the network is given, and both gazes in numbers and plots."""

from __future__ import annotations

import time

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from gazeattack.live.frame_result import FrameResult
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.ui.pages.gaze.crop_panel import CropPanel
from gazeattack.ui.pages.gaze.plots import AnglePlot, TimePlot
from gazeattack.ui.pages.gaze.second_readouts import SecondReadouts
from gazeattack.ui.pages.gaze.trigger_panel import TriggerPanel
from gazeattack.ui.pages.gaze.values import gaze_values, is_attack
from gazeattack.ui.session import ModelInfo, SourceInfo
from gazeattack.ui.strings import tips as tip
from gazeattack.ui.strings.common import NO_FRAMES, WAITING
from gazeattack.ui.theme import CLEAN, TRIGGERED, Theme
from gazeattack.ui.widgets.builders import card
from gazeattack.ui.widgets.camera_view import CameraView
from gazeattack.ui.widgets.readout import Readout

# seconds between two paintings of what changes too fast to be read at the camera's rate
READOUT_S, PLOT_S = 0.1, 1 / 15


class GazePage(QWidget):
    """Shows both branches of one result side by side.

    steer carries the Gaze that the mouse points along, None when it leaves.
    """

    title = "Gaze"
    steer = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._result: FrameResult | None = None
        self._drawn: FrameResult | None = None
        self._numbers_at = self._plots_at = 0.0
        self.camera = CameraView()
        self.meter = self.camera.meter
        self.trigger = TriggerPanel()
        self.crops = CropPanel()
        self.angles = AnglePlot()
        self.times = TimePlot()
        self.changed = Readout("Mean pixel change", tip.CHANGED, hero=True)
        self.moved = Readout("Gaze moved by", tip.MOVED, hero=True)
        self.clean = Readout("Clean gaze", tip.CLEAN, shape="disc", colour=CLEAN)
        self.triggered = Readout("Triggered gaze", tip.TRIGGERED, shape="triangle", colour=TRIGGERED)
        self.to_target = Readout("Distance to target", tip.TO_TARGET)
        self.error = Readout("Error without trigger", tip.ERROR)
        self.camera.setToolTip(tip.CAMERA)
        self.angles.setToolTip(tip.ANGLES)
        self.times.setToolTip(tip.TIMES)
        self.second = SecondReadouts()
        own = (self.changed, self.moved, self.clean, self.triggered, self.to_target, self.error)
        self._readouts = (*own, *self.second.readouts)
        self._rest = QTimer(self, singleShot=True, interval=round(1000 * READOUT_S))
        self._rest.timeout.connect(self._draw_rest)
        self.camera.hovered.connect(self.steer)
        self.angles.hovered.connect(self.steer)
        self._lay_out()

    def _lay_out(self) -> None:
        columns = QHBoxLayout(self)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(10)
        columns.addLayout(self._camera_column(), 41)
        columns.addLayout(self._comparison(), 59)

    def _camera_column(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(self.camera, 4)
        column.addWidget(self.trigger, 1)
        return column

    def _comparison(self) -> QGridLayout:
        """The crops, which hardly change, beside the gaze, which does; below both, the angle over time."""
        details = QGridLayout()
        details.setSpacing(6)
        for place, readout in enumerate((self.clean, self.triggered, self.to_target, self.error)):
            details.addWidget(readout, 2 * (place // 2), place % 2)
        # below the first model's, above the distances
        details.addWidget(self.second.clean, 1, 0)
        details.addWidget(self.second.triggered, 1, 1)
        moved = QHBoxLayout()
        moved.setSpacing(8)
        moved.addWidget(self.moved)
        moved.addWidget(self.second.moved)
        gaze = QVBoxLayout()
        gaze.setSpacing(8)
        gaze.addLayout(details, 28)
        gaze.addWidget(card("", self.angles), 72)
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        grid.addWidget(self.changed, 0, 0)
        grid.addLayout(moved, 0, 1)
        grid.addWidget(card("Crops (network input)", self.crops), 1, 0)
        grid.addLayout(gaze, 1, 1)
        grid.addWidget(card("", self.times), 2, 0, 1, 2)
        grid.setColumnStretch(0, 44)
        grid.setColumnStretch(1, 56)
        grid.setRowStretch(0, 2)
        grid.setRowStretch(1, 10)
        grid.setRowStretch(2, 3)
        return grid

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Change the colours and the size of text."""
        self.camera.set_theme(theme)
        self.trigger.slider.set_text_scale(scale)
        self.crops.set_theme(theme)
        self.angles.set_theme(theme, scale)
        self.times.set_theme(theme, scale)
        for readout in self._readouts:
            readout.set_theme(theme)

    def set_source(self, source: SourceInfo) -> None:
        """Show the reason where there is no frame."""
        self.camera.waiting_text = NO_FRAMES if source.failed else WAITING

    def set_model(self, model: ModelInfo) -> None:
        """Follow the model's own trigger key, and forget the gaze of the model before."""
        self.angles.clear_trails()
        self.trigger.set_model(
            backdoored=model.backdoored,
            attack=model.attack,
            key_strength=model.key_strength,
            goal=model.goal,
            poisoned=model.poisoned,
            imported=model.imported,
            borrowed_from=model.borrowed_from,
            crop=model.crop,
        )

    def show_settings(self, settings: PipelineSettings) -> None:
        """Set the switches to the settings that a result was computed with."""
        # a run with the triggered branch alone has its trigger on, too
        self.trigger.set_mode(TriggerMode.BOTH if settings.mode is TriggerMode.ON else settings.mode)
        if settings.key is None:
            self.trigger.set_attack(settings.attack)
        self.trigger.slider.set_strength(settings.strength)

    def step(self, result: FrameResult) -> None:
        """Take in a result."""
        self._result = result

    def draw(self, *, force: bool = False) -> None:
        """Draw the last result; force: the plots, the crops and the numbers too."""
        result = self._result
        if result is None:
            return
        now = time.monotonic()
        plots = force or now - self._plots_at >= PLOT_S
        if result is not self._drawn:
            self._drawn = result
            self.camera.show_result(result)
            self.angles.step(result)
            self.times.step(result)
        if plots:
            self._plots_at = now
            self.angles.draw()
            self.times.draw()
            errors = (None if e is None else e.consistency_error_deg for e in (result.clean, result.triggered))
            self.crops.show_crops(result.crops, result.settings.mode, *errors, force=force)
        # if no other result comes, the last one shows in full
        self._rest.start()
        # digits that change sixty times a second cannot be read
        if force or now - self._numbers_at >= READOUT_S:
            self._numbers_at = now
            self._show_numbers(result)

    def _draw_rest(self) -> None:
        """Draw in full what was left out of the last result."""
        if self.isVisible():
            self.draw(force=True)
        self._rest.stop()

    def _show_numbers(self, result: FrameResult) -> None:
        now, names = gaze_values(result), self.second.show_result(result)
        # only a shift by the key that the model was trained on is the backdoor's
        attack = is_attack(result.settings) and self.trigger.activates
        self.changed.set_value(now.changed)
        self.moved.set_value(now.moved, strong=attack and now.moved is not None, caption=names.moved)
        self.clean.set_value(now.clean, caption=names.clean)
        self.triggered.set_value(now.triggered, caption=names.triggered or f"{now.branch} gaze")
        self.to_target.set_value(now.to_target, caption=now.aim)
        self.error.set_value(now.error)

    def clear(self) -> None:
        """Show no frame, no crops, no history and no numbers."""
        self._result = self._drawn = None
        self._numbers_at = self._plots_at = 0.0
        self.camera.show_result(None)
        self.angles.clear_trails()
        self.times.clear_history()
        self.crops.clear(self.trigger.mode)
        for readout in self._readouts:
            readout.set_value(None)
