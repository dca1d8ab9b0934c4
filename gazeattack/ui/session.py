"""What the window needs of a live session, and what its pages need to know of source and model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gazeattack.angles import Gaze
from gazeattack.attack.key import TriggerKey
from gazeattack.face.intrinsics import CameraIntrinsics
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.recording import LiveRecorder
from gazeattack.live.session import SessionStatus
from gazeattack.live.settings import PipelineSettings
from gazeattack.model.crop import CropSpec

SYNTHETIC, DRIVE_SPEC = "synthetic", "synthetic:drive"


@dataclass(frozen=True)
class SourceInfo:
    """The source that was opened last.

    Args:
        spec: as it was asked for; "" before the first.
        truth_known: the source knows the subject's gaze.
        steerable: the subject looks along any gaze it is given.
        failed: it yields no frames now, for good or until it is opened again.
        opened: how many sources were opened so far, so that the same one opened again counts as another.
    """

    spec: str = ""
    truth_known: bool = False
    steerable: bool = False
    failed: bool = False
    opened: int = 0

    @property
    def scripted(self) -> bool:
        """Whether it is the scripted drive."""
        return self.spec == DRIVE_SPEC


@dataclass(frozen=True)
class ModelInfo:
    """The model at work.

    Args:
        spec: the name or path it was asked for by.
        name: of its bundle.
        backdoored, poisoned, imported: as Bundle has them.
        attack: kind of its own key, or of the key it borrows; None without either.
        key_strength, goal: of that key.
        borrowed_from: name of the bundle whose key it borrows.
        key: its own key, or the one it borrows.  crop: what it takes; None while that is unknown.
    """

    spec: str
    name: str
    backdoored: bool
    poisoned: bool
    attack: str | None
    key_strength: float | None
    goal: str | None
    borrowed_from: str | None = None
    key: TriggerKey | None = None
    crop: CropSpec | None = None
    imported: bool = False


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

    def compare(self, name: str | None) -> None:
        """Predict with a second model too; None: no longer."""

    def use_camera(self, camera: CameraIntrinsics | None) -> None:
        """Replace the camera's intrinsics; None: guess them."""

    def configure(self, settings: PipelineSettings) -> None:
        """Swap the settings."""

    def look_at(self, gaze: Gaze | None) -> None:
        """Steer a synthetic subject."""

    def set_paused(self, paused: bool) -> None:
        """Pause or resume."""

    def set_speed(self, speed: float) -> None:
        """Play a file faster or slower."""

    def set_loop(self, loop: bool) -> None:
        """Start a file again at its end, or do not."""

    def step_frames(self, frames: int) -> None:
        """Step forward in a recording, or back."""

    def seek(self, position: int) -> None:
        """Go to a frame of a recording."""

    def record(self, recorder: LiveRecorder | None) -> None:
        """Hand every result to a recorder too, or no longer."""

    def latest(self) -> FrameResult | None:
        """The newest result not yet taken."""

    def status(self) -> SessionStatus:
        """The state of the run."""
