"""The source thread: opens a source, keeps its frame rate, reports its state, and reconnects."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from gazeattack.angles import Gaze
from gazeattack.capture.frame import Frame
from gazeattack.capture.pacing import Pacer
from gazeattack.capture.read_report import ReadReport
from gazeattack.capture.slot import LatestSlot
from gazeattack.capture.source import Source
from gazeattack.errors import GazeAttackError, SourceError
from gazeattack.sources.registry import open_source

log = logging.getLogger(__name__)

ReaderState = Literal["opening", "running", "waiting", "ended", "failed"]
MIN_STEP_S = 1e-3


class Opener(Protocol):
    """A function that opens a spec, such as open_source."""

    def __call__(self, spec: str, *, loop: bool = False) -> Source:
        """Open `spec`, or raise SourceError."""


@dataclass(frozen=True)
class ReaderStatus:
    """State of the source.

    state: opening, running, waiting (it reconnects by itself), ended or failed.  message: one sentence for the user,
    or None.  name, size (width, height), fps: of the source; empty until it is open.
    frames: number of frames put in the slot.  dropped: those of them that were replaced before they were taken.
    length, position: number of frames of a file that can be searched, and of the one read last;
    None for other sources.
    report: what could not be read of the source so far.
    """

    state: ReaderState = "opening"
    message: str | None = None
    name: str = ""
    size: tuple[int, int] = (0, 0)
    fps: float = 0.0
    frames: int = 0
    dropped: int = 0
    length: int | None = None
    position: int | None = None
    report: ReadReport = field(default_factory=ReadReport)


class SourceReader:
    """Reads `spec` on its own thread and puts (frame, clock() at capture) into `slot`.

    After a reconnection index and t keep growing; t includes the lost time.

    Args:
        spec: the source, see open_source.
        slot: receives the frames.
        opener: opens the spec.
        loop: files start again at their end.
        paced: recorded sources keep their own rate; otherwise they run as fast as they can be read.
        clock: seconds, never decreasing.
        retry_s: seconds between attempts to reopen a source that may recover.
    """

    def __init__(
        self,
        spec: str,
        slot: LatestSlot[tuple[Frame, float]],
        *,
        opener: Opener = open_source,
        loop: bool = True,
        paced: bool = True,
        clock: Callable[[], float] = time.monotonic,
        retry_s: float = 1.0,
    ) -> None:
        self.spec = spec
        self._slot = slot
        self._opener = opener
        self._loop = loop
        self._paced = paced
        self._clock = clock
        self._retry_s = retry_s
        self._dropped_before = slot.dropped
        self._status = ReaderStatus()
        self._last: tuple[Frame, float] | None = None
        self._gaze: Gaze | None = None
        self._paused = False
        self._speed = 1.0
        self._goto: int | None = None
        self._stopping = False
        # Guards the fields above from _status to _stopping; notified whenever the thread may have to stop waiting.
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=f"source {spec}", daemon=True)

    def start(self) -> None:
        """Start the thread.  Once only."""
        self._thread.start()

    def stop(self, timeout: float = 2.0) -> bool:
        """End the thread and wait up to `timeout` seconds for it.

        A thread that hangs inside a driver is left behind: it is a daemon and puts nothing more in the slot.

        Returns:
            Whether the thread has ended; if not, a warning is logged.
        """
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.ident is None:
            return True
        self._thread.join(timeout)
        if self._thread.is_alive():
            log.warning("the source %s did not stop within %.1f s", self.spec, timeout)
            return False
        return True

    def set_paused(self, paused: bool) -> None:
        """Pause or resume a recorded source; a paused camera goes on, and its frames are discarded."""
        with self._changed:
            self._paused = paused
            self._changed.notify_all()

    def seek(self, position: int) -> None:
        """Continue a file with frame `position`; a paused one shows that frame.  Ignored for other sources."""
        with self._changed:
            if self._status.length is not None:
                self._goto = min(max(position, 0), self._status.length - 1)
                self._changed.notify_all()

    def step(self, frames: int) -> None:
        """Move by `frames` (negative: backwards) from the frame read or requested last."""
        with self._changed:
            position = self._status.position if self._goto is None else self._goto
        if position is not None:
            self.seek(position + frames)

    def set_loop(self, loop: bool) -> None:
        """Start the file again at its end, or do not; a file that has ended stays ended."""
        with self._changed:
            self._loop = loop

    def set_speed(self, speed: float) -> None:
        """Play a file faster or slower; its own times stay.  speed: 1 for the file's own."""
        with self._changed:
            self._speed = speed

    def look_at(self, gaze: Gaze | None) -> None:
        """Make a synthetic subject look along `gaze` (camera space) from its next frame on; None: its own path."""
        with self._changed:
            self._gaze = gaze

    @property
    def state(self) -> ReaderStatus:
        """The current state of the source."""
        with self._changed:
            return replace(self._status, dropped=self._slot.dropped - self._dropped_before)

    def _run(self) -> None:
        try:
            while not self._stopped():
                try:
                    with self._opener(self.spec, loop=self._loop) as source:
                        self._play(source)
                    return
                except GazeAttackError as error:
                    # a portrait may also lack the landmarker's file
                    retry = isinstance(error, SourceError) and error.retry
                    self._set(state="waiting" if retry else "failed", message=str(error))
                    if not retry:
                        return
                self._wait(self._retry_s)
        except Exception as error:
            log.debug("the source %s failed", self.spec, exc_info=True)
            self._set(
                state="failed",
                message=f'The source "{self.spec}" stopped on an unexpected error ({_brief(error)}); '
                "try it again or choose another.",
            )

    def _play(self, source: Source) -> None:
        """Frames of one opening until its end or stop()."""
        pacer, speed = Pacer(self._clock), 1.0
        applied: Gaze | None = None
        offset: tuple[int, float] | None = None
        while not self._stopped():
            # a source that is opened paused shows its first frame
            if not source.live and self._last is not None:
                self._wait_while_paused()
            with self._changed:
                gaze = self._gaze
                goto, self._goto = self._goto, None
                source.loop = self._loop
                changed, speed = speed != self._speed, self._speed
            if goto is not None:
                source.seek(goto)
            if changed or goto is not None:
                pacer = Pacer(self._clock)
            if gaze != applied:
                source.look_at(gaze)
                applied = gaze
            frame = source.read()
            self._set(report=source.report)
            if frame is None:
                self._set(state="ended", message=None)
                return
            if source.length is not None:
                self._set(length=source.length, position=source.position - 1)
            if self._paced and not source.live:
                self._wait(pacer.delay(frame.t / speed))
            now = self._clock()
            if offset is None:
                offset = self._offset_for(frame, now)
                self._set(state="running", message=None, name=source.name, size=source.size, fps=source.fps)
            self._publish(replace(frame, index=frame.index + offset[0], t=frame.t + offset[1]), now, live=source.live)

    def _offset_for(self, first: Frame, now: float) -> tuple[int, float]:
        """Offsets of index and t that continue from the previous opening."""
        if self._last is None:
            return 0, 0.0
        last, taken_at = self._last
        return last.index + 1 - first.index, last.t + max(now - taken_at, MIN_STEP_S) - first.t

    def _publish(self, frame: Frame, now: float, *, live: bool) -> None:
        with self._changed:
            if self._stopping:
                return
            first = self._last is None
            self._last = (frame, now)
            if live and self._paused and not first:
                return
            self._slot.put((frame, now))
            self._status = replace(self._status, frames=self._status.frames + 1)

    def _set(self, **changes: Any) -> None:
        with self._changed:
            self._status = replace(self._status, **changes)

    def _stopped(self) -> bool:
        with self._changed:
            return self._stopping

    def _wait(self, seconds: float) -> None:
        """Wait `seconds`, or until stop()."""
        if seconds > 0:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping, seconds)

    def _wait_while_paused(self) -> None:
        """Wait for the end of a pause, or for stop()."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or not self._paused or self._goto is not None)


def _brief(error: Exception) -> str:
    first_line = next(iter(str(error).strip().splitlines()), "")
    return f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__
