"""A run without a window: every frame of a source through the window's pipeline, and none dropped."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from gazeattack.capture.frame import Frame
from gazeattack.capture.source import Source
from gazeattack.errors import OutputError, SourceError
from gazeattack.live.ahead import Ahead
from gazeattack.live.events_file import EventsFile
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.measure import Tally, measure
from gazeattack.live.monitoring import PairedMonitoring
from gazeattack.live.pipeline import LocatedFaces, Pipeline
from gazeattack.live.recorder import Recorder
from gazeattack.live.virtual_camera import VirtualCamera

HISTORY = 90  # results before the one shown, for its trails
CANDIDATES = 8
FIRST_SPACING = 15  # counted in results with a face


class Showcase:
    """Picks one typical result of a whole run to show, and holds only a few frames however long the run is.

    At regular intervals it keeps a result with a face and those before it.  The one shown is the kept one whose shift
    is nearest to their median.
    """

    def __init__(self) -> None:
        self._history: deque[FrameResult] = deque(maxlen=HISTORY)
        self._kept: list[list[FrameResult]] = []
        self._spacing = FIRST_SPACING
        self._with_face = 0
        self._faceless: FrameResult | None = None

    def add(self, result: FrameResult) -> None:
        """Add one result."""
        if result.face is None:
            self._faceless = self._faceless or result
            return
        self._history.append(_without_image(result))
        if self._with_face % self._spacing == 0:
            self._kept.append([*list(self._history)[:-1], result])
            if len(self._kept) > CANDIDATES:
                self._kept = self._kept[::2]
                self._spacing *= 2
        self._with_face += 1

    @property
    def results(self) -> list[FrameResult]:
        """The result to show, last, after those before it (with empty frames); empty for an empty run."""
        if not self._kept:
            return [] if self._faceless is None else [self._faceless]
        # the first has no trail yet
        kept = self._kept[1:] or self._kept
        shifts = [results[-1].shift_deg or 0.0 for results in kept]
        middle = float(np.median(shifts))
        return kept[min(range(len(kept)), key=lambda i: abs(shifts[i] - middle))]


@dataclass(eq=False)
class HeadlessRun:
    """The outcome of a run so far.

    tally: its numbers.  showcase: the result to show.  seconds: wall-clock time of the loop.  interrupted: whether the
    user stopped it.  failure: the error of the source or of the recorder, where one of them failed.
    """

    tally: Tally = field(default_factory=Tally)
    showcase: Showcase = field(default_factory=Showcase)
    seconds: float = 0.0
    interrupted: bool = False
    failure: SourceError | OutputError | None = None

    @property
    def fps(self) -> float | None:
        """Frames per second of the whole loop: the source, the pipeline, and the recorder's queue."""
        return round(len(self.tally) / self.seconds, 2) if self.seconds > 0 and len(self.tally) else None


def run_headless(
    source: Source,
    pipeline: Pipeline,
    recorder: Recorder | None = None,
    *,
    virtual_camera: VirtualCamera | None = None,
    monitoring: PairedMonitoring | None = None,
    second: PairedMonitoring | None = None,
    events: EventsFile | None = None,
    max_frames: int | None = None,
    progress: Callable[[int], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> HeadlessRun:
    """Process the frames of a source as fast as possible, with the frames' own times.

    Three threads work side by side: one reads the next frame but one, one locates the faces of the next frame, and the
    caller's does the rest.  The results are those of Pipeline.step.

    Args:
        source: read until its end; an error of the source or of the recorder ends the run and is kept in `failure`.
        pipeline: processes each frame.
        recorder: receives every result and its row.
        virtual_camera: receives the frames as the triggered branch's system gets them.
        monitoring: receives every result.
        second: receives the second model's predictions in place of the first one's, where one is compared.
        events: receives the monitors' events.
        max_frames: stop after this many frames.
        progress: called with the number of frames so far.
        stop: polled before each frame is read, from another thread; True ends the run as interrupted.

    Returns:
        The outcome, including the frames before an error or interruption.
    """
    run = HeadlessRun()
    left = itertools.count() if max_frames is None else range(max_frames)
    numbers = iter(left)

    def read() -> Frame | None:
        if next(numbers, None) is None:
            return None
        if stop():
            run.interrupted = True
            return None
        return source.read()

    def locate() -> tuple[LocatedFaces, float] | None:
        frame = frames.take()
        if frame is None:
            return None
        begin = time.perf_counter()
        return pipeline.locate(frame), time.perf_counter() - begin

    begin = time.perf_counter()
    try:
        with Ahead(read, "frames") as frames, Ahead(locate, "landmarks") as located:
            while (taken := located.take()) is not None:
                predicting = time.perf_counter()
                result = pipeline.predict(taken[0])
                # without the waits between the stages: what a frame alone would take
                latency_ms = (taken[1] + time.perf_counter() - predicting) * 1000
                snapshot = None if monitoring is None else monitoring.step(result)
                if second is not None and result.compared is not None:
                    second.step(result.of_compared())
                row = measure(result, None if snapshot is None else snapshot.watched.raw_mm)
                run.tally.add(row, latency_ms)
                run.showcase.add(replace(result, latency_ms=latency_ms))
                if recorder is not None:
                    recorder.put(result, row)
                if virtual_camera is not None:
                    virtual_camera.send(result.shown_image)
                if events is not None and snapshot is not None:
                    events.add(result.t, snapshot.events, altered=result.triggered is not None)
                if progress is not None:
                    progress(len(run.tally))
    except KeyboardInterrupt:
        run.interrupted = True
    except (SourceError, OutputError) as error:
        run.failure = error
    run.seconds = time.perf_counter() - begin
    return run


def _without_image(result: FrameResult) -> FrameResult:
    """The result with an empty frame, which saves memory."""
    return replace(result, frame=replace(result.frame, image=np.zeros((1, 1, 3), dtype=np.uint8)))
