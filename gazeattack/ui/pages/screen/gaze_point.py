"""Where each branch's gaze meets the screen, calibrated where there is a calibration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gazeattack.angles import Gaze
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.guard import Guard
from gazeattack.safety.paired import CLEAN, TRIGGERED, TRUTH
from gazeattack.screen.calibration import Calibration
from gazeattack.screen.geometry import ScreenGeometry
from gazeattack.screen.samples import Viewer
from gazeattack.screen.smoothing import PointSmoother

Point = tuple[float, float]


@dataclass(frozen=True)
class GazePoints:
    """By branch, mm from the screen's top left corner.  raw: as estimated; smooth: through the One-Euro filter.

    The truth, where it is known, is in both, neither corrected nor smoothed.  rejected: the branches whose gaze the
    guard rejects.
    """

    raw: Mapping[str, Point]
    smooth: Mapping[str, Point]
    rejected: frozenset[str] = frozenset()


class GazePointTracker:
    """Follows results in the order of their time.

    geometry: of the screen; a calibration brings its own.  guard: None while it is off; may change between results.
    """

    def __init__(self, geometry: ScreenGeometry, calibration: Calibration | None = None) -> None:
        self.geometry = geometry if calibration is None else calibration.geometry
        self.calibration = calibration
        self.guard: Guard | None = None
        self._smoothers = {branch: PointSmoother() for branch in (CLEAN, TRIGGERED)}

    def step(self, result: FrameResult) -> GazePoints:
        """The points of one result."""
        if result.face is None or result.origin_mm is None:
            for smoother in self._smoothers.values():
                smoother.reset()
            return GazePoints({}, {})
        viewer = Viewer.of(result.face.pose, result.origin_mm)
        raw: dict[str, Point] = {}
        smooth: dict[str, Point] = {}
        for branch, estimate in ((CLEAN, result.clean), (TRIGGERED, result.triggered)):
            if result.both_closed:
                # the smoothing goes on after a blink
                continue
            point = None if estimate is None else self._point(estimate.gaze, viewer)
            steady = self._smoothers[branch].step(result.t, point)
            if point is not None and steady is not None:
                raw[branch], smooth[branch] = point, steady
        truth = result.frame.truth
        there = None if truth is None else self.geometry.meet(result.origin_mm, truth)
        if there is not None:
            raw[TRUTH] = smooth[TRUTH] = there
        both = ((CLEAN, result.clean), (TRIGGERED, result.triggered))
        rejected = {branch for branch, one in both if one is not None and one.is_rejected(self.guard)}
        return GazePoints(raw, smooth, frozenset(rejected))

    def _point(self, gaze: Gaze, viewer: Viewer) -> Point | None:
        if self.calibration is not None:
            return self.calibration.point(gaze, viewer)
        return self.geometry.meet(np.array(viewer.origin_mm), gaze)
