"""The run without a window: every frame of a source through the very same Pipeline.step, nothing dropped."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from gazeattack.capture.source import Source
from gazeattack.errors import SourceError
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.measure import Tally, measure
from gazeattack.live.monitoring import PairedMonitoring
from gazeattack.live.pipeline import Pipeline
from gazeattack.live.recorder import Recorder

HISTORY = 90  # samples behind the one shown, for its trails
CANDIDATES = 8
FIRST_SPACING = 15  # samples with a face


class Showcase:
    """Picks one sample to show for a whole run, holding only a few frames however long it is.

    Every so often a sample with a face is kept with those before it; the one shown is the kept one whose shift is
    nearest to the middle of them all, so that the picture is typical and neither the best nor an accident.
    """

    def __init__(self) -> None:
        self._history: deque[FrameResult] = deque(maxlen=HISTORY)
        self._kept: list[list[FrameResult]] = []
        self._spacing = FIRST_SPACING
        self._seen = 0
        self._faceless: FrameResult | None = None

    def add(self, sample: FrameResult) -> None:
        """Count one sample."""
        if sample.face is None:
            self._faceless = self._faceless or sample
            return
        self._history.append(_without_picture(sample))
        if self._seen % self._spacing == 0:
            self._kept.append([*list(self._history)[:-1], sample])
            if len(self._kept) > CANDIDATES:
                self._kept = self._kept[::2]
                self._spacing *= 2
        self._seen += 1

    @property
    def samples(self) -> list[FrameResult]:
        """The sample to show, last, after those before it (with empty frames); empty where there was no sample."""
        if not self._kept:
            return [] if self._faceless is None else [self._faceless]
        # the first has no trail yet
        kept = self._kept[1:] or self._kept
        shifts = [samples[-1].shift_deg or 0.0 for samples in kept]
        middle = float(np.median(shifts))
        return kept[min(range(len(kept)), key=lambda i: abs(shifts[i] - middle))]


@dataclass(eq=False)
class HeadlessRun:
    """What a run has yielded so far.

    tally: its numbers.  showcase: what to show of it.  seconds: wall clock of the loop.  interrupted: the person
    broke it off.  failure: the source's own sentence.
    """

    tally: Tally = field(default_factory=Tally)
    showcase: Showcase = field(default_factory=Showcase)
    seconds: float = 0.0
    interrupted: bool = False
    failure: SourceError | None = None

    @property
    def fps(self) -> float | None:
        """Frames per second of the whole loop: reading, the pipeline, and handing over to the recorder."""
        return round(len(self.tally) / self.seconds, 2) if self.seconds > 0 and len(self.tally) else None


def run_headless(
    source: Source,
    pipeline: Pipeline,
    recorder: Recorder | None = None,
    *,
    monitoring: PairedMonitoring | None = None,
    max_frames: int | None = None,
    progress: Callable[[int], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> HeadlessRun:
    """Step through `source` unpaced, on the frames' own times, until its end, `max_frames` or `stop`.

    `monitoring` is shown every sample.  A source that fails on the way ends the run with its sentence in `failure`;
    what was seen until then counts.
    Raises OutputError where the recorder cannot write.
    """
    run = HeadlessRun()
    begin = time.perf_counter()
    try:
        while max_frames is None or len(run.tally) < max_frames:
            if stop():
                run.interrupted = True
                break
            frame = source.read()
            if frame is None:
                break
            captured = time.perf_counter()
            sample = pipeline.step(frame)
            latency_ms = (time.perf_counter() - captured) * 1000
            points = None if monitoring is None else monitoring.step(sample).watched.raw_mm
            row = measure(sample, points)
            run.tally.add(row, latency_ms)
            run.showcase.add(replace(sample, latency_ms=latency_ms))
            if recorder is not None:
                recorder.put(sample, row)
            if progress is not None:
                progress(len(run.tally))
    except KeyboardInterrupt:
        run.interrupted = True
    except SourceError as error:
        run.failure = error
    run.seconds = time.perf_counter() - begin
    return run


def _without_picture(sample: FrameResult) -> FrameResult:
    """The sample with an empty frame: thousands of pictures would be held for nothing."""
    return replace(sample, frame=replace(sample.frame, image=np.zeros((1, 1, 3), dtype=np.uint8)))
