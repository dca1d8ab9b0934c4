"""The one interface every source of frames has."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType

from gazeattack.angles import Gaze
from gazeattack.capture.frame import Frame


class Source(ABC):
    """Frames from somewhere, in order.  Opening happens in the constructor, which raises SourceError.

    name: what a person would call it ("Integrated Camera", "drive.mp4").
    size: (width, height) in pixels.
    fps: nominal frames per second.
    live: True where frames come at their own pace and cannot be asked for again (a camera).
    """

    name: str
    size: tuple[int, int]
    fps: float
    live: bool = False

    @abstractmethod
    def read(self) -> Frame | None:
        """The next frame; None at the end.  Never sleeps to keep a rate: pacing is the reader's work.

        Raises SourceError where the source has failed (`retry` set if it may come back).
        """

    @abstractmethod
    def close(self) -> None:
        """Free what is held.  Safe to call twice."""

    @property
    def length(self) -> int | None:
        """Frames in all, where any of them can be gone to with seek(); else None."""
        return None

    @property
    def position(self) -> int:
        """The frame read() gives next, counted from 0, where there is a length."""
        return 0

    def seek(self, position: int) -> None:  # noqa: B027 - only recordings can
        """Make read() go on with that frame, or the nearest there is."""

    def look_at(self, gaze: Gaze | None) -> None:  # noqa: B027 - only subjects that can be steered react
        """Ask the subject to look along `gaze` (camera space) from now on, or to follow its own path (None)."""

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
