"""From results to the safety monitors: lids, calibrated points, and both branches side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gazeattack.angles import Gaze
from gazeattack.live.eyelids import Eyelids, EyelidTracker, LidState
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.guard import Guard
from gazeattack.safety.monitor import Monitor
from gazeattack.safety.monitors import DEFAULT
from gazeattack.safety.paired import CLEAN, TRIGGERED, TRUTH, PairedFrame, PairedMonitors, PairedVerdict
from gazeattack.safety.zones import Zones
from gazeattack.screen.calibration import Calibration
from gazeattack.screen.samples import Viewer
from gazeattack.screen.smoothing import PointSmoother

Point = tuple[float, float]


@dataclass(frozen=True)
class Watched:
    """What the monitors and the screen show after one result.

    raw_mm, smooth_mm: where each branch's calibrated gaze meets the screen, mm from its top left corner, by branch;
    empty without a calibration.  trigger_on: whether the triggered branch's monitors received the prediction for the
    altered crops.
    """

    lids: Eyelids
    paired: PairedVerdict
    raw_mm: Mapping[str, Point]
    smooth_mm: Mapping[str, Point]
    trigger_on: bool


class SafetyWatch:
    """Feeds results, in order, to PairedMonitors, in the window and in the headless run.

    During a blink the gaze is unknown.

    Args:
        zones: see PairedMonitors.
        monitors: see PairedMonitors.
        trigger_on: when the trigger counts as on (seconds -> bool), such as Drive.trigger_on; None: whenever the result
            has a triggered branch.
        calibration: gives points on the screen, mm; an on-screen keypad receives them smoothed.  The point of the true
            gaze is neither corrected nor smoothed.
        speed_kmh: speed of the car; may change between results.
        guard: where it rejects the predicted gaze of either branch, the monitors receive the gaze of its check (see
            GazeEstimate.guarded_gaze), and a keypad no gaze at all; None: never.  May change between results.
    """

    def __init__(
        self,
        zones: Zones,
        monitors: str | Iterable[str] | Callable[[], Iterable[Monitor]] = DEFAULT,
        *,
        trigger_on: Callable[[float], bool] | None = None,
        calibration: Calibration | None = None,
        speed_kmh: float = 100.0,
        guard: Guard | None = None,
    ) -> None:
        self.guard = guard
        self.monitors = PairedMonitors(zones, monitors)
        self.calibration = calibration
        self.speed_kmh = speed_kmh
        self._trigger_on = trigger_on
        self._lids = EyelidTracker()
        self._smoothers = {branch: PointSmoother() for branch in (CLEAN, TRIGGERED)}

    def step(self, result: FrameResult) -> Watched:
        """Feed one result to the monitors."""
        face = result.face
        lids = self._lids.step(result.t, None if face is None else face.landmarks)
        # closed eyes have no prediction, but do not turn the trigger off
        altered = result.triggered is not None or (
            result.both_closed and result.crops is not None and result.crops.altered is not None
        )
        on = altered and (self._trigger_on is None or self._trigger_on(result.t))
        # the landmarks of `lids` are smoothed and follow a blink late
        blink = lids.state is LidState.BLINK or (result.both_closed and not lids.state.closed)
        gazes = {
            branch: None if estimate is None or blink else estimate.guarded_gaze(self.guard)
            for branch, estimate in ((CLEAN, result.clean), (TRIGGERED, result.triggered))
        }
        rejected = {
            branch
            for branch, estimate in ((CLEAN, result.clean), (TRIGGERED, result.triggered))
            if estimate is not None and estimate.is_rejected(self.guard)
        }
        inputs = {**gazes, TRIGGERED: gazes[TRIGGERED] if on else gazes[CLEAN]}
        raw = screen_points(self.calibration, result, inputs)
        smooth = {b: s.step(result.t, raw.get(b)) for b, s in self._smoothers.items()}
        points = {branch: point for branch, point in smooth.items() if point is not None}
        truth = result.frame.truth
        if self.calibration is not None and truth is not None and result.origin_mm is not None:
            there = self.calibration.geometry.meet(result.origin_mm, truth)
            if there is not None:
                points[TRUTH] = there
        paired = self.monitors.step(
            PairedFrame(
                result.t,
                clean=gazes[CLEAN],
                triggered=gazes[TRIGGERED],
                truth=None if blink else truth,
                trigger_on=on,
                face=face is not None,
                eyes_closed=lids.state.closed,
                speed_kmh=self.speed_kmh,
                points=MappingProxyType(points),
                rejected=frozenset(rejected),
            )
        )
        return Watched(lids, paired, MappingProxyType(raw), MappingProxyType(points), on)


def screen_points(
    calibration: Calibration | None, result: FrameResult, gazes: Mapping[str, Gaze | None]
) -> dict[str, Point]:
    """Where each branch's gaze meets the screen, mm from its top left corner; nothing without a calibration."""
    if calibration is None or result.face is None or result.origin_mm is None:
        return {}
    viewer = Viewer.of(result.face.pose, result.origin_mm)
    found = {branch: calibration.point(gaze, viewer) for branch, gaze in gazes.items() if gaze is not None}
    return {branch: point for branch, point in found.items() if point is not None}
