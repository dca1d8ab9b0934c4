"""The interface of every source of frames."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType

from gazeattack.angles import Gaze
from gazeattack.capture.frame import Frame
from gazeattack.capture.read_report import ReadReport


class Source(ABC):
    """A source of frames, in order.  The constructor opens it and raises SourceError where it cannot.

    name: for people ("Integrated Camera", "drive.mp4").
    size: (width, height) in pixels.
    fps: nominal frames per second.
    live: True where frames arrive at their own pace and cannot be read again (a camera).
    loop: a file starts again at its end; it may change while the file plays.
    """

    name: str
    size: tuple[int, int]
    fps: float
    live: bool = False
    loop: bool = False

    @abstractmethod
    def read(self) -> Frame | None:
        """The next frame; None at the end.  It does not wait to keep a rate: SourceReader does.

        Raises:
            SourceError: where the source has failed; `retry` is set if it may recover.
        """

    @abstractmethod
    def close(self) -> None:
        """Release all resources.  Safe to call twice."""

    @property
    def report(self) -> ReadReport:
        """What could not be read so far, and what was changed to read the rest."""
        return ReadReport()

    @property
    def length(self) -> int | None:
        """Number of frames, where seek() can reach any of them; else None."""
        return None

    @property
    def position(self) -> int:
        """Number of the frame that read() returns next, from 0, where there is a length."""
        return 0

    def seek(self, position: int) -> None:  # noqa: B027 - only recordings can
        """Continue with frame `position`, or the nearest one that exists."""

    def look_at(self, gaze: Gaze | None) -> None:  # noqa: B027 - only synthetic subjects react
        """Make a synthetic subject look along `gaze` (camera space) from now on; None: follow its own path."""

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
