"""Recording and replay in the window: one recorder at a time, and a message for everything that ends it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from gazeattack.errors import OutputError
from gazeattack.live.recording import LiveRecorder, new_recording_folder
from gazeattack.live.session import SessionStatus
from gazeattack.screen.calibration import Calibration
from gazeattack.ui.recording.record_bar import RecordBar
from gazeattack.ui.recording.replay_bar import ReplayBar
from gazeattack.ui.session import Session, SourceInfo


class RecordingController(QObject):
    """Serves the record bar and the replay bar.

    Args:
        session: hands every result it makes to the recorder, shown or not.
        record, replay: the two bars.
        folder: where recordings are made.
        parent: the window, which file dialogs belong to.

    message: a passing message.  warning: a sentence about what went wrong.  folder_chosen carries the path of another
    folder.  source_chosen carries the path of a recording to open.  pause_requested: a recording is to be held.
    """

    message = Signal(str)
    warning = Signal(str)
    folder_chosen = Signal(str)
    source_chosen = Signal(str)
    pause_requested = Signal()

    def __init__(
        self, session: Session, record: RecordBar, replay: ReplayBar, folder: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._record, self._replay, self._window = session, record, replay, parent
        self._recorder: LiveRecorder | None = None
        self._source, self._status = SourceInfo(), SessionStatus()
        self._calibration: Calibration | None = None
        self.saved: Path | None = None
        record.toggled_by_person.connect(self.toggle)
        record.choose_folder.connect(self.choose_folder)
        record.open_recording.connect(self.open_recording)
        record.show_saved.connect(self.show_saved)
        record.replay_saved.connect(self.replay_saved)
        replay.stepped.connect(self.step_frames)
        replay.seek_requested.connect(self.seek)
        replay.speed_chosen.connect(session.set_speed)
        self.use_folder(folder)

    @property
    def seconds(self) -> float | None:
        """Recorded so far; None while nothing is being recorded."""
        return None if self._recorder is None else self._recorder.seconds

    @property
    def writing(self) -> Path | None:
        """The folder that is being recorded to."""
        return None if self._recorder is None else self._recorder.folder

    def set_source(self, source: SourceInfo) -> None:
        """End the recording where another source is opened."""
        before, self._source = self._source, source
        if source.opened != before.opened:
            self.stop()

    def use_calibration(self, calibration: Calibration | None) -> None:
        """Record calibrated gaze points with the next recording, or none."""
        self._calibration = calibration

    def set_status(self, status: SessionStatus) -> None:
        """Follow the session's state, and the recorder's."""
        self._status = status
        self._replay.show_place(status.source_name, status.position, status.length)
        recorder = self._recorder
        if recorder is not None and recorder.error is not None:
            self._end()
            self.warning.emit(recorder.error)
        self._record.show_state(self.seconds)

    def toggle(self) -> None:
        """Start, or stop."""
        if self._recorder is None:
            self._start()
        else:
            self.stop()

    def _start(self) -> None:
        status, video = self._status, self._record.video.isChecked()
        try:
            folder = new_recording_folder(self.folder)
            self._recorder = LiveRecorder(
                folder,
                video,
                source=status.source,
                source_name=status.source_name,
                fps=status.fps or 30.0,
                calibration=self._calibration,
            )
        except OutputError as error:
            self.warning.emit(str(error))
            return
        self._session.record(self._recorder)
        what = "values and video" if video else "values without video"
        self.message.emit(f"Recording {what} to {folder}")
        self._record.show_state(self.seconds)

    def stop(self) -> None:
        """End the recording, if there is one, and show where it is."""
        recorder = self._end()
        if recorder is None:
            return
        lost = f", {recorder.dropped} skipped" if recorder.dropped else ""
        kept = f"Recorded {recorder.frames} frames ({recorder.seconds:.0f} s{lost}) in {recorder.folder}"
        self.message.emit(recorder.error or kept)
        self._record.show_state(None)
        self.saved = recorder.folder
        self._record.show_saved_recording(str(recorder.folder), video=recorder.video)

    def _end(self) -> LiveRecorder | None:
        """The recorder that was at work, closed."""
        recorder, self._recorder = self._recorder, None
        self._session.record(None)
        if recorder is not None:
            recorder.close()
        return recorder

    def show_saved(self) -> None:
        """Open the folder of the recording that was saved last."""
        if self.saved is not None and not QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.saved))):
            self.message.emit(f"The folder cannot be opened here: {self.saved}")

    def replay_saved(self) -> None:
        """Open that recording as the source."""
        if self.saved is not None:
            self.source_chosen.emit(str(self.saved))

    def use_folder(self, folder: Path) -> None:
        """Make recordings there, from the next one on."""
        self.folder = folder
        self._record.show_folder(str(folder))

    def choose_folder(self) -> None:
        """Ask where recordings go."""
        folder = QFileDialog.getExistingDirectory(self._window, "Folder for recordings", str(self.folder))
        if folder:
            self.use_folder(Path(folder))
            self.folder_chosen.emit(folder)

    def open_recording(self) -> None:
        """Ask for a recording to open."""
        folder = QFileDialog.getExistingDirectory(self._window, "Open recording folder", str(self.folder))
        if folder:
            self.source_chosen.emit(folder)

    def step_frames(self, frames: int) -> None:
        """Hold a recording and step some frames forward, or back where negative."""
        if self._status.length is not None:
            self.pause_requested.emit()
            self._session.step_frames(frames)

    def seek(self, position: int) -> None:
        """Hold a recording at a frame."""
        self.pause_requested.emit()
        self._session.seek(position)


def recordings_folder() -> Path:
    """Where recordings go unless another folder is chosen."""
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MoviesLocation)
    return Path(place or Path.home()) / "gazeattack"
