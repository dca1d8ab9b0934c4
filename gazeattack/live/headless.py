"""The run without a window: every frame of a source through the very same Pipeline.step, nothing dropped."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from gazeattack.capture.source import Source
from gazeattack.errors import SourceError
from gazeattack.live.measure import Tally, measure
from gazeattack.live.pipeline import Pipeline
from gazeattack.live.recorder import Recorder
from gazeattack.live.sample import Sample

HISTORY = 150  # samples kept for the trails of the picture


@dataclass(eq=False)
class HeadlessRun:
    """What a run has yielded so far.

    tally: its numbers.  history: its last samples with a face, whose frames are emptied but for the newest.
    seconds: wall clock of the loop.  interrupted: the person broke it off.  failure: the source's own sentence.
    """

    tally: Tally = field(default_factory=Tally)
    history: deque[Sample] = field(default_factory=lambda: deque(maxlen=HISTORY))
    last: Sample | None = None
    seconds: float = 0.0
    interrupted: bool = False
    failure: SourceError | None = None

    @property
    def shown(self) -> Sample | None:
        """The sample to show: the newest with a face, else the newest."""
        return self.history[-1] if self.history else self.last

    @property
    def fps(self) -> float | None:
        """Frames per second of the whole loop: reading, the pipeline, and handing over to the recorder."""
        return round(len(self.tally) / self.seconds, 2) if self.seconds > 0 and len(self.tally) else None

    def add(self, sample: Sample, latency_ms: float) -> None:
        """Count one sample."""
        self.last = sample
        if sample.face is None:
            return
        if self.history:
            # thousands of old frames would be held for nothing
            old = self.history[-1]
            self.history[-1] = replace(old, frame=replace(old.frame, image=np.zeros((1, 1, 3), dtype=np.uint8)))
        self.history.append(replace(sample, latency_ms=latency_ms))


def run_headless(
    source: Source,
    pipeline: Pipeline,
    recorder: Recorder | None = None,
    *,
    max_frames: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> HeadlessRun:
    """Step through `source` unpaced, on the frames' own times, until its end, `max_frames` or Ctrl-C.

    A source that fails on the way ends the run with its sentence in `failure`; what was seen until then counts.
    Raises OutputError where the recorder cannot write.
    """
    run = HeadlessRun()
    begin = time.perf_counter()
    try:
        while max_frames is None or len(run.tally) < max_frames:
            frame = source.read()
            if frame is None:
                break
            captured = time.perf_counter()
            sample = pipeline.step(frame)
            latency_ms = (time.perf_counter() - captured) * 1000
            row = measure(sample)
            run.tally.add(row, latency_ms)
            run.add(sample, latency_ms)
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
