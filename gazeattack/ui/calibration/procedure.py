"""Collecting a calibration, point by point, on the frames' own time.  No Qt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gazeattack.angles import Gaze
from gazeattack.live.frame_result import FrameResult
from gazeattack.screen.calibration import Calibration, fit_calibration
from gazeattack.screen.geometry import ScreenGeometry
from gazeattack.screen.samples import CalibrationPoint, CalibrationSample, Viewer, calibration_points

SETTLE_S = 0.6  # the eyes are still moving
WANTED = 25  # frames at a point


class CalibrationProcedure:
    """Collects results at one point after the other; `accept` starts a point, once the person looks at it.

    only: numbers of the points to repeat, all where empty; before: what the others gave.
    """

    def __init__(
        self, geometry: ScreenGeometry, *, only: Sequence[int] = (), before: Sequence[CalibrationSample] = ()
    ) -> None:
        self.geometry = geometry
        points = calibration_points(geometry)
        self.points: tuple[CalibrationPoint, ...] = tuple(p for p in points if not only or p.number in only)
        self.samples = [sample for sample in before if only and sample.point not in only]
        self._place = 0
        self._count = 0
        self._from: float | None = None
        self._collecting = False

    @property
    def point(self) -> CalibrationPoint | None:
        """The dot to show; None at the end."""
        return self.points[self._place] if self._place < len(self.points) else None

    @property
    def place(self) -> int:
        """How many points are done."""
        return self._place

    @property
    def collecting(self) -> bool:
        """Whether frames are being taken."""
        return self._collecting

    @property
    def progress(self) -> float:
        """Of this point, 0 to 1."""
        return min(1.0, self._count / WANTED)

    def accept(self) -> None:
        """The person looks at the dot."""
        if self.point is not None and not self._collecting:
            self._collecting, self._count, self._from = True, 0, None

    def step(self, result: FrameResult) -> bool:
        """Take a result; True where its point is done with it."""
        point = self.point
        if point is None or not self._collecting:
            return False
        if self._from is None or result.t < self._from:
            self._from = result.t
        if result.t - self._from < SETTLE_S or any(result.eyes_closed):
            return False
        if result.clean is None or result.face is None or result.origin_mm is None:
            return False
        viewer = Viewer.of(result.face.pose, result.origin_mm)
        self.samples.append(CalibrationSample(point.number, result.clean.gaze, viewer))
        self._count += 1
        if self._count < WANTED:
            return False
        self._place, self._collecting, self._count = self._place + 1, False, 0
        return True

    def aim(self, result: FrameResult) -> Gaze | None:
        """The gaze that looks from this result's eyes at the dot, for a subject that can be steered."""
        point = self.point
        if point is None:
            return None
        origin = np.array([0.0, 0.0, 600.0]) if result.origin_mm is None else result.origin_mm
        return self.geometry.aim(origin, point.mm)

    def fit(self, user: str) -> Calibration:
        """The calibration.  Raises CalibrationError, which names the points to repeat."""
        return fit_calibration(self.samples, self.geometry, user=user)
