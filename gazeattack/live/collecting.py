"""Collecting without a window: a source with known targets, pictures with targets, or a subject that follows dots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

import numpy as np

from gazeattack.angles import Gaze
from gazeattack.capture.source import Source
from gazeattack.collection.checks import FEWEST
from gazeattack.collection.collection import PICTURES, Collection, CollectionCard
from gazeattack.collection.lag import fit_lag
from gazeattack.collection.script import DotScript
from gazeattack.collection.target_files import TargetTable
from gazeattack.collection.track import TargetTrack
from gazeattack.errors import DataError
from gazeattack.live.eye_samples import MOVING_EYES, NO_TARGET, UNREADABLE, SampleCollector
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.pipeline import Pipeline
from gazeattack.screen.geometry import ScreenGeometry

Stop = Callable[[], bool]
Progress = Callable[[int], None]
_REST = np.array([0.0, 0.0, 600.0])  # where eyes usually are, before they were found


class DotSession:
    """A person, or a synthetic subject, who looks at the dots of a script; on the frames' own time.

    screen: that the dots are on.  collector: takes every result.
    """

    def __init__(self, screen: ScreenGeometry, script: DotScript | None = None) -> None:
        self.screen, self.script = screen, script or DotScript.make()
        self.collector = SampleCollector()
        self._begin: float | None = None
        self._now = 0.0

    @property
    def elapsed(self) -> float:
        """Seconds since the first frame."""
        return 0.0 if self._begin is None else self._now - self._begin

    @property
    def done(self) -> bool:
        """Whether all dots were shown."""
        return self.elapsed >= self.script.duration

    def step(self, result: FrameResult) -> None:
        """Take a result.  A source that starts again starts the dots again."""
        if self._begin is None or result.t < self._now:
            self._begin, self.collector = result.t, SampleCollector()
        self._now = result.t
        self.collector.add(result)

    def aim(self, result: FrameResult) -> Gaze:
        """The gaze from this result's eyes at the dot, for a subject that can be steered."""
        x, y = self.script.at(self.elapsed)
        origin = _REST if result.origin_mm is None else result.origin_mm
        return self.screen.aim(origin, (x * self.screen.width_mm, y * self.screen.height_mm))

    def collection(self, card: CollectionCard) -> Collection:
        """The labelled samples.  Raises DataError; see label_samples."""
        begin = 0.0 if self._begin is None else self._begin
        return label_samples(self.collector, self.script.track(begin, self.screen), self.screen, card)


def label_samples(
    collector: SampleCollector, track: TargetTrack, screen: ScreenGeometry, card: CollectionCard
) -> Collection:
    """Fit the lag, and give every sample its target; samples without one, or soon after a jump, are left out.

    Raises:
        DataError: there are too few samples, or no lag fits.
    """
    if len(collector.samples) < FEWEST:
        raise DataError(
            f"Only {len(collector.samples)} samples show a face with open eyes: give at least {FEWEST}, with the face "
            "in view and in even light."
        )
    lag = fit_lag(collector.times, collector.gaze, track)
    asked = collector.times - lag.seconds
    target, settled = track.at(asked), track.settled(asked)
    known = np.isfinite(target).all(axis=1)
    left_out = {**collector.left_out, NO_TARGET: int((~known).sum()), MOVING_EYES: int((known & ~settled).sum())}
    full = replace(
        card,
        made=_now(),
        lag_s=lag.seconds,
        lag_left=round(lag.left, 4),
        left_out={k: v for k, v in left_out.items() if v},
    )
    return collector.collection(known & settled, target, screen, full)


def collect_video(
    source: Source,
    pipeline: Pipeline,
    table: TargetTable,
    screen: ScreenGeometry,
    card: CollectionCard,
    *,
    last: float | None = None,
    progress: Progress | None = None,
    stop: Stop = lambda: False,
) -> Collection:
    """Collect the frames of a source with a table of targets by frame or seconds.

    last: frame to end at, for a source without an end.

    Raises:
        DataError: see label_samples.  SourceError: the source failed.  KeyboardInterrupt: `stop` asked for it.
    """
    collector = SampleCollector()
    times: dict[int, float] = {}
    while (frame := source.read()) is not None:
        if stop():
            raise KeyboardInterrupt
        if last is not None and frame.index > last:
            break
        times[frame.index] = frame.t
        collector.add(pipeline.step(frame))
        if progress is not None:
            progress(len(times))
    return label_samples(collector, table.track(times), screen, card)


def collect_pictures(
    source: Source,
    pipeline: Pipeline,
    targets: Mapping[str, tuple[float, float]],
    screen: ScreenGeometry,
    card: CollectionCard,
    *,
    progress: Progress | None = None,
    stop: Stop = lambda: False,
) -> Collection:
    """Collect pictures, each with its own target.

    Args:
        source: a folder of images, whose frames carry their file's name.
        pipeline: processes them.
        targets: mm from the screen's top left corner, by file name; a picture without one is left out.
        screen: that the targets are on.
        card: of the collection.
        progress: called with the number of pictures so far.
        stop: polled before each picture.

    Raises:
        KeyboardInterrupt: `stop` asked for it.
    """
    collector = SampleCollector(every_s=0.0)
    points, count = [], 0
    while (frame := source.read()) is not None:
        if stop():
            raise KeyboardInterrupt
        if frame.file not in targets:
            collector.left_out[NO_TARGET] += 1
        elif collector.add(pipeline.step(frame)) is not None:
            points.append(targets[frame.file])
        count += 1
        if progress is not None:
            progress(count)
    if source.report.skipped:
        collector.left_out[UNREADABLE] = len(source.report.skipped)
    full = replace(card, source=PICTURES, made=_now(), left_out=dict(collector.left_out))
    return collector.collection(np.ones(len(points), bool), np.array(points).reshape(-1, 2), screen, full)


def collect_dots(
    source: Source,
    pipeline: Pipeline,
    screen: ScreenGeometry,
    card: CollectionCard,
    *,
    progress: Progress | None = None,
    stop: Stop = lambda: False,
) -> Collection:
    """Let a synthetic subject look at the dots of the script, as in the window.

    Raises:
        DataError: see label_samples.  KeyboardInterrupt: `stop` asked for it.
    """
    session, count = DotSession(screen), 0
    while not session.done and (frame := source.read()) is not None:
        if stop():
            raise KeyboardInterrupt
        result = pipeline.step(frame)
        session.step(result)
        source.look_at(session.aim(result))
        count += 1
        if progress is not None:
            progress(count)
    return session.collection(card)


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
