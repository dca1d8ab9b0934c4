"""Paired safety monitoring of results, for the window's dashboards and the headless run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from gazeattack.angles import Gaze
from gazeattack.errors import CalibrationError, MonitorError
from gazeattack.live.eyelids import Eyelids
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.guard import Guard
from gazeattack.live.watch import SafetyWatch, Watched
from gazeattack.safety.dwell import DWELL, Keypad, KeypadEntry
from gazeattack.safety.monitor import HOLD, Monitor
from gazeattack.safety.monitors import DEFAULT, MONITORS, monitor_names
from gazeattack.safety.observation import Attention, Event, Verdict
from gazeattack.safety.paired import CLEAN, TRIGGERED
from gazeattack.safety.summary import SafetySummary, summarise
from gazeattack.safety.zones import Zones
from gazeattack.safety.zones_file import load_zones
from gazeattack.screen.calibration import Calibration
from gazeattack.screen.geometry import ScreenGeometry

SPEED_RANGE = (0.0, 250.0)
Point = tuple[float, float]


@dataclass(frozen=True)
class BranchView:
    """State of one branch's monitors after one frame.

    zone: name of the zone looked at, or the attention's name where there is none.  gaze: the monitors' input, camera
    space; None where unknown.  verdicts: by monitor's name.  on_road_s: seconds so far with the eyes on the road.
    warnings: number begun so far.  lit: names of the monitors that warn now.  point_mm: the calibrated, smoothed point
    on the screen, mm from its top left corner; None without a calibration.  typed: text typed on the keypad so far.
    """

    branch: str
    zone: str
    attention: Attention
    gaze: Gaze | None
    verdicts: Mapping[str, Verdict]
    on_road_s: float
    warnings: int
    lit: tuple[str, ...]
    point_mm: Point | None
    typed: str


@dataclass(frozen=True)
class MonitoringSnapshot:
    """State of all branches after one result.

    reference: "truth" where the source knows the gaze, else "clean"; None before the first gaze.  trigger_on: whether
    the triggered branch's monitors received the prediction for the altered crops.  branches: "clean", "triggered", and
    "truth" where it is the reference.  events: begun or ended with this result, all branches.  watched: the values the
    snapshot was made from.
    """

    t: float
    reference: str | None
    trigger_on: bool
    lids: Eyelids
    branches: Mapping[str, BranchView]
    events: tuple[Event, ...]
    watched: Watched

    @property
    def eyes_closed(self) -> bool:
        """Whether the eyes have been shut for longer than a blink; the same for every branch."""
        return self.lids.state.closed


class PairedMonitoring:
    """Feeds results, in order, to one set of monitors per branch.

    FrameResult.t is the only clock: the same results give the same snapshots, bit for bit.  A result earlier than the
    last one begins a new run.

    Args:
        monitors: names as in `--monitor`.
        zones: a layout, a shipped name or the path of a file; the default layout where None.
        speed_kmh: speed of the car; may change between results.
        calibration: gives points on the screen; a keypad then covers the whole screen unless `keypad` is given.
        trigger_on: when the trigger counts as on (seconds -> bool), such as Drive.trigger_on; None: whenever the
            result has a triggered branch.
        keypad: of the monitor "keypad".
        dwell: seconds that select a key.
        guard: see SafetyWatch; may change between results.

    Raises:
        MonitorError: for an unknown monitor, or a speed out of range.
        ZonesError: for an unusable layout.
    """

    def __init__(
        self,
        monitors: str | Iterable[str] = DEFAULT,
        zones: Zones | str | Path | None = None,
        speed_kmh: float = 100.0,
        calibration: Calibration | None = None,
        *,
        trigger_on: Callable[[float], bool] | None = None,
        keypad: Keypad | None = None,
        dwell: float = DWELL,
        guard: Guard | None = None,
    ) -> None:
        self._guard = guard
        self.names = monitor_names(monitors)
        self._keypad, self._dwell, self._trigger_on = keypad, dwell, trigger_on
        self._zones = zones if isinstance(zones, Zones) else load_zones(*([] if zones is None else [zones]))
        self._calibration = calibration
        self._speed_kmh = check_speed(speed_kmh)
        self.reset()

    def reset(self) -> None:
        """Begin a new run, for example after a change of the source."""
        self._watch = SafetyWatch(
            self._zones,
            self._make,
            trigger_on=self._trigger_on,
            calibration=self._calibration,
            speed_kmh=self._speed_kmh,
            guard=self._guard,
        )
        self._clear()

    def _clear(self) -> None:
        self._last: MonitoringSnapshot | None = None
        self._begin: float | None = None
        self._has_triggered = False
        self._on_road: dict[str, float] = {CLEAN: 0.0, TRIGGERED: 0.0}
        self._warnings: dict[str, int] = {}

    @property
    def zones(self) -> Zones:
        """The layout; may be replaced between results, for example by one with another forward direction."""
        return self._zones

    @zones.setter
    def zones(self, zones: Zones) -> None:
        self._zones = self._watch.monitors.zones = zones

    @property
    def speed_kmh(self) -> float:
        """Speed of the car."""
        return self._speed_kmh

    @speed_kmh.setter
    def speed_kmh(self, speed_kmh: float) -> None:
        self._speed_kmh = self._watch.speed_kmh = check_speed(speed_kmh)

    @property
    def guard(self) -> Guard | None:
        """What rejects predictions; None: the guard is off."""
        return self._guard

    @guard.setter
    def guard(self, guard: Guard | None) -> None:
        self._guard = self._watch.guard = guard

    @property
    def calibration(self) -> Calibration | None:
        """The calibration that gives points on the screen."""
        return self._calibration

    def titles(self) -> dict[str, str]:
        """Monitor's name -> title, in the requested order."""
        return {monitor.name: monitor.title for monitor in self._watch.monitors.monitors[CLEAN]}

    def erase(self) -> None:
        """Remove the last key typed, on every branch."""
        for monitors in self._watch.monitors.monitors.values():
            for monitor in monitors:
                if isinstance(monitor, KeypadEntry):
                    monitor.erase()

    def step(self, result: FrameResult) -> MonitoringSnapshot:
        """Feed one result to the monitors of every branch and return their state."""
        if self._last is not None and result.t < self._last.t:
            self._clear()
        if self._last is not None:
            seconds = min(result.t - self._last.t, HOLD)
            for branch, view in self._last.branches.items():
                if view.attention is Attention.ROAD:
                    self._on_road[branch] = self._on_road.get(branch, 0.0) + seconds
        self._begin = result.t if self._begin is None else self._begin
        self._has_triggered = self._has_triggered or result.triggered is not None
        watched = self._watch.step(result)
        for event in watched.paired.events:
            if event.kind == "warning":
                self._warnings[event.branch] = self._warnings.get(event.branch, 0) + 1
        self._last = MonitoringSnapshot(
            t=result.t,
            reference=self._watch.monitors.reference,
            trigger_on=watched.trigger_on,
            lids=watched.lids,
            branches=MappingProxyType({branch: self._view(branch, watched) for branch in watched.paired.observations}),
            events=watched.paired.events,
            watched=watched,
        )
        return self._last

    def summary(self) -> SafetySummary:
        """Summary of the run so far."""
        seconds = 0.0 if self._last is None or self._begin is None else self._last.t - self._begin
        return summarise(
            self._watch.monitors.report(), seconds=seconds, on_road_s=dict(self._on_road), altered=self._has_triggered
        )

    def _view(self, branch: str, watched: Watched) -> BranchView:
        observed, verdicts = watched.paired.observations[branch], watched.paired.verdicts[branch]
        pads = [m for m in self._watch.monitors.monitors[branch] if isinstance(m, KeypadEntry)]
        return BranchView(
            branch,
            zone=observed.place,
            attention=observed.attention,
            gaze=observed.gaze,
            verdicts=verdicts,
            on_road_s=self._on_road.get(branch, 0.0),
            warnings=self._warnings.get(branch, 0),
            lit=tuple(name for name, verdict in verdicts.items() if verdict.warning),
            point_mm=watched.smooth_mm.get(branch),
            typed=pads[0].typed if pads else "",
        )

    def _make(self) -> list[Monitor]:
        pad = self._keypad or _keypad(self._zones, self._calibration)
        return [KeypadEntry(pad, self._dwell) if name == KeypadEntry.name else MONITORS[name]() for name in self.names]


def check_speed(speed_kmh: float) -> float:
    """Return the speed.  Raises MonitorError where it is out of range."""
    low, high = SPEED_RANGE
    if not low <= speed_kmh <= high:
        raise MonitorError(f"A speed of {speed_kmh:g} km/h is out of range: give {low:g} to {high:g}.")
    return float(speed_kmh)


def check_calibration(
    calibration: Calibration, *, user: str | None = None, screen: ScreenGeometry | tuple[int, int] | None = None
) -> Calibration:
    """Check that a calibration belongs to a user and a screen, and return it.

    Args:
        calibration: to check.
        user: expected name; None accepts any.
        screen: expected geometry, or size in pixels; None accepts any.

    Raises:
        CalibrationError: where the user or the screen is another.
    """
    own = calibration.geometry
    if user is not None and user != calibration.user:
        raise CalibrationError(
            f'The calibration belongs to "{calibration.user}", not to "{user}": choose that of "{user}", or calibrate.'
        )
    if screen is None:
        return calibration
    wanted = (screen.width_px, screen.height_px) if isinstance(screen, ScreenGeometry) else screen
    same = own == screen if isinstance(screen, ScreenGeometry) else wanted == (own.width_px, own.height_px)
    if not same:
        raise CalibrationError(
            f"The calibration was made on another screen ({own.width_px}×{own.height_px} px, {own.width_mm:.0f}×"
            f"{own.height_mm:.0f} mm), not on this one ({wanted[0]}×{wanted[1]} px): calibrate on this screen."
        )
    return calibration


def _keypad(zones: Zones, calibration: Calibration | None) -> Keypad:
    if calibration is None:
        return Keypad(centre=zones.forward)
    screen = calibration.geometry
    return Keypad(left=0.0, top=0.0, right=screen.width_mm, bottom=screen.height_mm, space="screen")
