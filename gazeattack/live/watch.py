"""Samples into the safety monitors: lids, calibrated points, and both branches side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gazeattack.angles import Gaze
from gazeattack.live.eyelids import Eyelids, EyelidTracker, LidState
from gazeattack.live.frame_result import FrameResult
from gazeattack.safety.monitor import Monitor
from gazeattack.safety.monitors import DEFAULT
from gazeattack.safety.paired import CLEAN, TRIGGERED, TRUTH, PairedFrame, PairedMonitors, PairedVerdict
from gazeattack.safety.zones import Zones
from gazeattack.screen.calibration import Calibration
from gazeattack.screen.samples import Viewer
from gazeattack.screen.smoothing import PointSmoother

Point = tuple[float, float]
# Of the shipped models' answers to one untouched eye about one in a hundred is farther than this from its marks.
GUARD_DEG = 10.0


@dataclass(frozen=True)
class Watched:
    """One sample's consequences.

    raw_mm, smooth_mm: where each branch's calibrated gaze meets the screen, mm from its top left corner, by branch;
    empty without a calibration.  trigger_on: whether the attacked car saw the altered crops.
    """

    lids: Eyelids
    paired: PairedVerdict
    raw_mm: Mapping[str, Point]
    smooth_mm: Mapping[str, Point]
    trigger_on: bool


class SafetyWatch:
    """Feeds samples, in order, to PairedMonitors; the window and the headless run use the same one.

    zones, monitors: as PairedMonitors takes them.  trigger_on: when the trigger counts as on (seconds -> bool), such
    as Drive.trigger_on; None: whenever the sample has an altered branch.  calibration: for points on the screen, which
    an on-screen keypad takes smoothed, in mm; the truth's is neither corrected nor smoothed.  speed_kmh: of the car.
    guard_deg: where the predicted gaze is farther than this from the landmark gaze, the latter is used instead, on
    either branch (see GazeEstimate.guarded_gaze); None: never.  Both may be changed between samples.  Gaze during a
    blink is not believed.
    """

    def __init__(
        self,
        zones: Zones,
        monitors: str | Iterable[str] | Callable[[], Iterable[Monitor]] = DEFAULT,
        *,
        trigger_on: Callable[[float], bool] | None = None,
        calibration: Calibration | None = None,
        speed_kmh: float = 100.0,
        guard_deg: float | None = None,
    ) -> None:
        self.guard_deg = guard_deg
        self.monitors = PairedMonitors(zones, monitors)
        self.calibration = calibration
        self.speed_kmh = speed_kmh
        self._trigger_on = trigger_on
        self._lids = EyelidTracker()
        self._smoothers = {branch: PointSmoother() for branch in (CLEAN, TRIGGERED)}

    def step(self, sample: FrameResult) -> Watched:
        """What the monitors say with this sample."""
        face = sample.face
        lids = self._lids.step(sample.t, None if face is None else face.landmarks)
        altered = sample.triggered is not None
        on = altered and (self._trigger_on is None or self._trigger_on(sample.t))
        gazes = {
            branch: None if estimate is None or lids.state is LidState.BLINK else estimate.guarded_gaze(self.guard_deg)
            for branch, estimate in ((CLEAN, sample.clean), (TRIGGERED, sample.triggered))
        }
        told = {**gazes, TRIGGERED: gazes[TRIGGERED] if on else gazes[CLEAN]}
        raw = screen_points(self.calibration, sample, told)
        smooth = {b: s.step(sample.t, raw.get(b)) for b, s in self._smoothers.items()}
        points = {branch: point for branch, point in smooth.items() if point is not None}
        truth = sample.frame.truth
        if self.calibration is not None and truth is not None and sample.origin_mm is not None:
            there = self.calibration.geometry.meet(sample.origin_mm, truth)
            if there is not None:
                points[TRUTH] = there
        paired = self.monitors.step(
            PairedFrame(
                sample.t,
                clean=gazes[CLEAN],
                triggered=gazes[TRIGGERED],
                truth=None if lids.state is LidState.BLINK else truth,
                trigger_on=on,
                face=face is not None,
                eyes_closed=lids.state.closed,
                speed_kmh=self.speed_kmh,
                points=MappingProxyType(points),
            )
        )
        return Watched(lids, paired, MappingProxyType(raw), MappingProxyType(points), on)


def screen_points(
    calibration: Calibration | None, sample: FrameResult, gazes: Mapping[str, Gaze | None]
) -> dict[str, Point]:
    """Where each branch's gaze meets the screen, mm from its top left corner; nothing without a calibration."""
    if calibration is None or sample.face is None or sample.origin_mm is None:
        return {}
    viewer = Viewer.of(sample.face.pose, sample.origin_mm)
    found = {branch: calibration.point(gaze, viewer) for branch, gaze in gazes.items() if gaze is not None}
    return {branch: point for branch, point in found.items() if point is not None}
