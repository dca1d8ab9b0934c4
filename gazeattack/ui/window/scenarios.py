"""What happens beyond the Gaze tab: monitors, keypad, points and recording, for the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from gazeattack.errors import ZonesError
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.monitoring import MonitoringSnapshot, PairedMonitoring
from gazeattack.live.session import SessionStatus
from gazeattack.live.settings import TriggerMode
from gazeattack.safety.zones_file import load_zones, save_zones
from gazeattack.synthetic.drive import DRIVE
from gazeattack.ui.calibration.controller import Calibrating
from gazeattack.ui.pages.driver.caption import END_S
from gazeattack.ui.pages.screen.gaze_point import Points
from gazeattack.ui.pages.screen.page import screen_diagonal
from gazeattack.ui.recording.controller import Recording, recordings_folder
from gazeattack.ui.widgets.pickers import DRIVE_SPEC, SYNTHETIC
from gazeattack.ui.window.layout import DRIVER, GAZE, KEYPAD, POINTS

if TYPE_CHECKING:
    from gazeattack.ui.window.main_window import MainWindow

TOML = "Zones (*.toml)"


class Scenarios:
    """Follows every sample whichever tab is shown, and draws on the tab that is.

    calibrations: where calibrations are kept (the person's own data folder by default).
    """

    def __init__(self, window: MainWindow, calibrations: Path | None = None) -> None:
        self._window = window
        self._status = SessionStatus()
        self._script_on: bool | None = None
        self._held = False
        self._spec = ""
        self._seen: tuple[MonitoringSnapshot, Points] | None = None
        preferences = window.preferences
        folder = Path(preferences.recordings) if preferences.recordings else recordings_folder()
        self.recording = Recording(window.session, folder)
        window.panels.record.show_folder(str(self.recording.parent))
        points = window.panels.points
        points.user.setText(preferences.user)
        if preferences.diagonal is not None:
            points.diagonal.setValue(preferences.diagonal)
        self.calibrating = Calibrating(window, calibrations)

    @property
    def tab(self) -> int:
        """The tab that is shown."""
        return self._window.panels.pages.currentIndex()

    @property
    def steerable(self) -> bool:
        """Whether the subject looks where it is told to."""
        return self._status.truth_known and self._status.source.startswith(SYNTHETIC)

    def show_tab(self, tab: int) -> None:
        """Bring a tab to the front, with what was seen last."""
        window, panels = self._window, self._window.panels
        panels.pages.setCurrentIndex(tab)
        panels.chip.setVisible(tab != GAZE)
        panels.follow.setVisible(self.steerable and tab == GAZE)
        if tab == DRIVER and self._spec == SYNTHETIC:
            # somebody who only looks around tells a driver monitor nothing: the drive tells the story
            window.open_source(DRIVE_SPEC)
        elif window.last is not None:
            window.draw(window.last, settle=True)

    def new_source(self, spec: str) -> None:
        """Forget what belongs to the source before."""
        self._spec, self._script_on = spec, None
        panels = self._window.panels
        panels.driver.set_source(scripted=spec == DRIVE_SPEC)
        self.blank()
        if self.recording.seconds is not None:
            self.stop_recording()

    def blank(self) -> None:
        """Show nothing on any tab."""
        panels = self._window.panels
        self._seen = None
        panels.driver.camera.show_sample(None)
        panels.driver.windscreen.clear()
        panels.keypad.clear()
        panels.points.clear()

    def follow(self, sample: FrameResult) -> None:
        """Take a sample in; draws nothing."""
        panels = self._window.panels
        if self._spec == DRIVE_SPEC:
            self._follow_script(sample)
        points = panels.points.step(sample)
        self._seen = panels.driver.step(sample), points
        if self.calibrating.dialog is not None:
            self.calibrating.dialog.take(sample)

    def _follow_script(self, sample: FrameResult) -> None:
        """The drive switches the trigger itself; in between the person may."""
        on = DRIVE.trigger_on(sample.t)
        if self.tab == DRIVER and not self._held and sample.t % DRIVE.duration >= DRIVE.duration - END_S:
            self._held = True
            self._hold()
        if on != self._script_on:
            self._script_on, self._held = on, False
            self._window.panels.trigger.set_mode(TriggerMode.BOTH if on else TriggerMode.OFF)

    def draw(self, sample: FrameResult, *, settle: bool = False) -> None:
        """Draw on the tab that is shown, where it is not the Gaze tab."""
        panels = self._window.panels
        if self._seen is None:
            return
        snapshot, points = self._seen
        if self.tab == DRIVER:
            panels.driver.show_snapshot(sample, snapshot, settle=settle)
        elif self.tab == KEYPAD:
            panels.keypad.show_sample(sample)
        if self.tab == POINTS or panels.points.whole is not None:
            panels.points.show_points(sample, points, settle=settle)

    def poll(self, status: SessionStatus) -> None:
        """Follow the session's state."""
        before, self._status = self._status, status
        panels = self._window.panels
        kind, previous = (status.backdoored, status.poisoned), (before.backdoored, before.poisoned)
        if status.bundle is not None and (before.bundle is None or kind != previous):
            panels.driver.set_model(backdoored=status.backdoored, poisoned=status.poisoned)
            panels.keypad.set_model(backdoored=status.backdoored)
        if status.truth_known != before.truth_known or not before.source:
            panels.keypad.set_source(synthetic=status.truth_known)
            self.calibrating.follow(synthetic=status.truth_known)
        panels.keypad.demo.setVisible(self.steerable)
        panels.keypad.check_place()
        panels.replay.show_place(status.position, status.length)
        panels.follow.setVisible(self.steerable and self.tab == GAZE)
        failed = self.recording.failed()
        if failed is not None:
            self._window.warn(failed)
        panels.record.show_state(self.recording.seconds)

    def toggle_recording(self) -> None:
        """Start, or stop."""
        if self.recording.seconds is not None:
            self.stop_recording()
            return
        panels = self._window.panels
        video = panels.record.video.isChecked()
        said = self.recording.start(self._status, video=video, calibration=self.calibrating.calibration)
        if self.recording.seconds is None:
            self._window.warn(said)
        else:
            self._window.tell(said)
        panels.record.show_state(self.recording.seconds)

    def stop_recording(self) -> None:
        """Stop, and say where it lies."""
        said = self.recording.stop()
        if said is not None:
            self._window.tell(said)
        self._window.panels.record.show_state(None)

    def choose_recordings(self) -> None:
        """Ask where recordings go."""
        folder = QFileDialog.getExistingDirectory(self._window, "Keep recordings in", str(self.recording.parent))
        if folder:
            self.keep_recordings_in(Path(folder))

    def keep_recordings_in(self, folder: Path) -> None:
        """Recordings go there from the next one on."""
        self.recording.parent = folder
        self._window.preferences.recordings = str(folder)
        self._window.panels.record.show_folder(str(folder))

    def reset(self) -> None:
        """Back to the defaults of a first start; calibrations stay."""
        points = self._window.panels.points
        points.user.setText(self._window.preferences.user)
        points.diagonal.blockSignals(True)
        points.diagonal.setValue(screen_diagonal())
        points.diagonal.blockSignals(False)
        self.recording.parent = recordings_folder()
        self._window.panels.record.show_folder(str(self.recording.parent))
        self._window.panels.driver.use_zones(load_zones())
        self.calibrating.load()

    def open_recording(self) -> None:
        """Ask for a recording and open it."""
        folder = QFileDialog.getExistingDirectory(self._window, "Open a recording's folder", str(self.recording.parent))
        if folder:
            self._window.open_source(folder)

    def step_frames(self, frames: int) -> None:
        """Hold a recording and go some frames on, or back."""
        if self._status.length is not None:
            self._hold()
            self._window.session.step_frames(frames)

    def seek(self, position: int) -> None:
        """Hold a recording at a frame."""
        self._hold()
        self._window.session.seek(position)

    def _hold(self) -> None:
        if not self._window.paused:
            self._window.panels.pause.setChecked(True)

    def open_zones(self) -> None:
        """Ask for a file of zones and use it."""
        path = QFileDialog.getOpenFileName(self._window, "Open zones", "", TOML)[0]
        if path:
            try:
                self._window.panels.driver.use_zones(load_zones(Path(path)))
            except ZonesError as error:
                self._window.warn(str(error))

    def save_zones(self) -> None:
        """Ask for a file and write the zones there, to be edited."""
        path = QFileDialog.getSaveFileName(self._window, "Save zones", "zones.toml", TOML)[0]
        if path:
            try:
                save_zones(self._window.panels.driver.monitoring.zones, Path(path))
            except ZonesError as error:
                self._window.warn(str(error))
            else:
                self._window.tell(f"Zones saved: {path}")

    def full_screen(self) -> None:
        """The points alone on the Points tab, else the window."""
        window = self._window
        if self.tab == POINTS or window.panels.points.whole is not None:
            window.panels.points.toggle_whole()
        elif window.isFullScreen():
            window.showNormal()
        else:
            window.showFullScreen()

    def close(self) -> None:
        """The window goes."""
        if self.calibrating.dialog is not None:
            self.calibrating.dialog.close()
        if self._window.panels.points.whole is not None:
            self._window.panels.points.toggle_whole()
        self.recording.stop()


def new_monitoring() -> PairedMonitoring:
    """The monitors of the Driver tab."""
    return PairedMonitoring(speed_kmh=DRIVE.speed_kmh)
