"""What the window needs of a live session; gazeattack.live.session.LiveSession is one, a replay another."""

from __future__ import annotations

from typing import Protocol

from gazeattack.angles import Gaze
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.recording import LiveRecorder
from gazeattack.live.session import SessionStatus
from gazeattack.live.settings import PipelineSettings


class Session(Protocol):
    """See LiveSession, method by method."""

    def stop(self, timeout: float = 5.0) -> None:
        """End its threads."""

    def open_source(self, spec: str, *, loop: bool = True) -> None:
        """Replace the source; loop: a file starts again at its end."""

    def retry(self) -> None:
        """Open the same source again."""

    def use_bundle(self, name: str) -> None:
        """Replace the model."""

    def configure(self, settings: PipelineSettings) -> None:
        """Swap the settings."""

    def look_at(self, gaze: Gaze | None) -> None:
        """Steer a synthetic subject."""

    def set_paused(self, paused: bool) -> None:
        """Pause or go on."""

    def step_frames(self, frames: int) -> None:
        """Go on in a recording, or back."""

    def seek(self, position: int) -> None:
        """Go to a frame of a recording."""

    def record(self, recorder: LiveRecorder | None) -> None:
        """Hand every sample to a recorder too, or no longer."""

    def latest(self) -> FrameResult | None:
        """The newest sample not yet taken."""

    def status(self) -> SessionStatus:
        """What is going on."""
