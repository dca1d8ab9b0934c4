"""The live session, polled by timers; signals carry its results and state."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from gazeattack.angles import Gaze
from gazeattack.face.intrinsics import CameraIntrinsics
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.session import SessionStatus
from gazeattack.live.settings import PipelineSettings
from gazeattack.ui.session import SYNTHETIC, ModelInfo, Session, SourceInfo

RESULT_MS = 16
STATUS_MS = 200
LOOK_MS = 4000


class SessionController(QObject):
    """Owns the session, the timers that poll it, the last result and the pause.

    sample_ready carries every new FrameResult.  status_changed carries the newest SessionStatus, at every poll.
    source_changed carries a SourceInfo: another source was opened, or more became known of it.  model_changed carries
    the ModelInfo of the model at work: another one was loaded, or the one asked for could not be.
    """

    sample_ready = Signal(object)
    status_changed = Signal(object)
    source_changed = Signal(object)
    model_changed = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.last_result: FrameResult | None = None
        self.status = SessionStatus()
        self.source = SourceInfo()
        self.model: ModelInfo | None = None
        self.paused = False
        self._wanted_model = ""
        self._results = QTimer(self)
        self._results.setTimerType(Qt.TimerType.PreciseTimer)
        self._results.timeout.connect(self.poll_result)
        self._statuses = QTimer(self)
        self._statuses.timeout.connect(self.poll_status)
        self._let_go = QTimer(self, singleShot=True, interval=LOOK_MS)
        self._let_go.timeout.connect(lambda: self.look_at(None))

    def start(self) -> None:
        """Start polling."""
        self._results.start(RESULT_MS)
        self._statuses.start(STATUS_MS)

    def stop(self) -> None:
        """Stop polling, and end the session's threads."""
        for timer in (self._results, self._statuses, self._let_go):
            timer.stop()
        self._session.stop(5.0)

    def poll_result(self) -> None:
        """Take the newest result, if there is one that was not taken yet."""
        result = self._session.latest()
        if result is not None:
            self.take(result)

    def take(self, result: FrameResult) -> None:
        """Keep a result as the last one and emit it."""
        self.last_result = result
        self.sample_ready.emit(result)

    def poll_status(self) -> None:
        """Follow the session's state."""
        before, status = self.status, self._session.status()
        self.status = status
        self._follow_source(status)
        self._follow_model(before, status)
        self.status_changed.emit(status)

    def _follow_source(self, status: SessionStatus) -> None:
        now = replace(
            self.source,
            truth_known=status.truth_known,
            steerable=status.truth_known and status.source.startswith(SYNTHETIC),
            failed=status.source_state in ("failed", "waiting"),
        )
        if now != self.source:
            self.source = now
            self.source_changed.emit(now)
        if now.failed:
            # also what was still on its way when the source failed
            self.last_result = None

    def _follow_model(self, before: SessionStatus, status: SessionStatus) -> None:
        if status.bundle is None:
            return
        known = self.model
        spec = self._wanted_model if known is None or status.bundle != before.bundle else known.spec
        now = ModelInfo(
            spec,
            status.bundle,
            backdoored=status.backdoored,
            poisoned=status.poisoned,
            attack=status.attack if status.has_key else None,
            key_strength=status.key_strength,
            goal=status.goal,
            borrowed_from=status.borrowed_from,
            key=status.key,
            crop=status.crop,
            imported=status.imported,
        )
        # the model asked for could not be loaded: the one before it is still at work
        refused = status.message not in (None, before.message) and not self.source.failed
        if now != known or refused:
            self.model = now
            self.model_changed.emit(now)

    def open_source(self, spec: str, *, loop: bool) -> None:
        """Open a source; loop: a file starts again at its end."""
        self.last_result = None
        self.source = replace(self.source, spec=spec, opened=self.source.opened + 1)
        self.source_changed.emit(self.source)
        self._session.open_source(spec, loop=loop)

    def retry(self) -> None:
        """Open the same source again."""
        self.last_result = None
        self._session.retry()

    def use_bundle(self, name: str) -> None:
        """Load a model by name or path."""
        self._wanted_model = name
        self._session.use_bundle(name)

    def compare(self, name: str | None) -> None:
        """Compare with a second model by name or path; None: no longer."""
        self._session.compare(name)

    def use_camera(self, camera: CameraIntrinsics | None) -> None:
        """Hand the session the camera's intrinsics; None: guess them."""
        self._session.use_camera(camera)

    def configure(self, settings: PipelineSettings) -> None:
        """Hand the session other settings."""
        self._session.configure(settings)

    def set_paused(self, paused: bool) -> None:
        """Pause or resume."""
        self.paused = paused
        self._session.set_paused(paused)

    def set_speed(self, speed: float) -> None:
        """Play a file faster or slower."""
        self._session.set_speed(speed)

    def set_loop(self, loop: bool) -> None:
        """Start a file again at its end, or do not."""
        self._session.set_loop(loop)

    def look_at(self, gaze: Gaze | None) -> None:
        """Steer a synthetic subject; None: it follows its own path."""
        self._session.look_at(gaze)

    def glance_at(self, gaze: Gaze | None) -> None:
        """Steer a synthetic subject for a few seconds."""
        self._session.look_at(gaze)
        # a mouse that was only left lying there must not make the subject stare
        self._let_go.start()
