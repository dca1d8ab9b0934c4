"""Recording as the window does it: one recorder at a time, and a sentence for everything that ends it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths

from gazeattack.errors import OutputError
from gazeattack.live.recording import LiveRecorder, new_recording_folder
from gazeattack.live.session import SessionStatus
from gazeattack.screen.calibration import Calibration
from gazeattack.ui.session import Session


class Recording:
    """session: hands every sample it makes to the recorder, shown or not.  parent: where recordings are made."""

    def __init__(self, session: Session, parent: Path) -> None:
        self._session = session
        self.parent = parent
        self._recorder: LiveRecorder | None = None

    @property
    def seconds(self) -> float | None:
        """Recorded so far; None while nothing is being recorded."""
        return None if self._recorder is None else self._recorder.seconds

    def start(self, status: SessionStatus, *, video: bool, calibration: Calibration | None) -> str:
        """Begin; what to tell the person, also where it cannot be."""
        try:
            folder = new_recording_folder(self.parent)
            self._recorder = LiveRecorder(
                folder,
                video,
                source=status.source,
                source_name=status.source_name,
                fps=status.fps or 30.0,
                calibration=calibration,
            )
        except OutputError as error:
            return str(error)
        self._session.record(self._recorder)
        what = "numbers and video" if video else "numbers, no pictures"
        return f"Recording {what} to {folder}"

    def failed(self) -> str | None:
        """The sentence of a recording that stopped by itself since the last call."""
        recorder = self._recorder
        if recorder is None or recorder.error is None:
            return None
        self._end()
        return recorder.error

    def stop(self) -> str | None:
        """End it; what to tell the person, None where nothing was being recorded."""
        recorder = self._end()
        if recorder is None:
            return None
        if recorder.error is not None:
            return recorder.error
        lost = f", {recorder.dropped} could not be kept up with" if recorder.dropped else ""
        return f"Recorded {recorder.frames} frames ({recorder.seconds:.0f} s{lost}) in {recorder.folder}"

    def _end(self) -> LiveRecorder | None:
        """The recorder that was at work, closed."""
        recorder, self._recorder = self._recorder, None
        self._session.record(None)
        if recorder is not None:
            recorder.close()
        return recorder


def recordings_folder() -> Path:
    """Where recordings go unless another folder is chosen."""
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MoviesLocation)
    return Path(place or Path.home()) / "gazeattack"
