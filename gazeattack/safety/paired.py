"""The same monitors on both branches of the same frames, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from gazeattack.angles import Gaze
from gazeattack.safety.dwell import KeypadEntry
from gazeattack.safety.history import EventLog, SpanLog, WarningLog
from gazeattack.safety.matching import WarningMatcher
from gazeattack.safety.monitor import HOLD, Monitor
from gazeattack.safety.monitors import DEFAULT, make_monitors
from gazeattack.safety.observation import Attention, Event, GazeObservation, Verdict
from gazeattack.safety.score import BranchScore, GazeScore, PairedReport
from gazeattack.safety.zones import Zones

CLEAN, TRIGGERED, TRUTH = "clean", "triggered", "truth"
Point = tuple[float, float]


@dataclass(frozen=True)
class PairedFrame:
    """The gazes and conditions of one frame.

    t: seconds.  clean, triggered, truth: gazes in camera space, None where there is none.  trigger_on: while it is
    False the triggered branch's monitors receive the clean gaze, and `triggered` is ignored.  face, eyes_closed,
    speed_kmh: see GazeObservation; the lids are measured from landmarks, which the trigger does not change, so they
    are the same for every branch.  points: where each branch's gaze meets the screen, by branch, for a keypad there.
    rejected: the branches whose own prediction a guard rejected.
    """

    t: float
    clean: Gaze | None
    triggered: Gaze | None
    truth: Gaze | None = None
    trigger_on: bool = True
    face: bool = True
    eyes_closed: bool = False
    speed_kmh: float = 100.0
    points: Mapping[str, Point] = field(default_factory=lambda: MappingProxyType({}))
    rejected: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PairedVerdict:
    """The verdicts on one frame: by branch, then by monitor's name; `events` are those of all branches."""

    t: float
    observations: Mapping[str, GazeObservation]
    verdicts: Mapping[str, Mapping[str, Verdict]]
    events: tuple[Event, ...]


class PairedMonitors:
    """One set of monitors per branch: clean, triggered, and truth where the true gaze is known.

    The reference is the truth where the first frame with a gaze has one, else the clean branch; report() names it.  The
    same frames give the same events and report, bit for bit.  A frame earlier than the last one begins a new run.

    Args:
        zones: the layout.
        make: creates the monitors of a branch, or names for make_monitors.

    Raises:
        MonitorError: for an unknown name.
    """

    def __init__(self, zones: Zones, make: str | Iterable[str] | Callable[[], Iterable[Monitor]] = DEFAULT) -> None:
        words = make if isinstance(make, str) or callable(make) else tuple(make)
        self._make: Callable[[], Iterable[Monitor]] = words if callable(words) else lambda: make_monitors(words)
        self.zones = zones
        self.reset()

    def reset(self) -> None:
        """Begin a new run."""
        self.reference: str | None = None
        self.monitors: dict[str, tuple[Monitor, ...]] = {b: tuple(self._make()) for b in (CLEAN, TRIGGERED, TRUTH)}
        self._last: PairedVerdict | None = None
        self._trigger_on: bool | None = None
        self._events = EventLog()
        names = [monitor.name for monitor in self.monitors[CLEAN]]
        self._warnings = {(branch, name): WarningLog() for branch in self.monitors for name in names}
        # by (reference, branch, monitor); the reference is known from the first gaze on
        self._matchers = {
            (reference, branch, name): WarningMatcher()
            for reference, branch in ((CLEAN, TRIGGERED), (TRUTH, CLEAN), (TRUTH, TRIGGERED))
            for name in names
        }
        self._spans = {branch: SpanLog(branch) for branch in self.monitors}
        self._off_road = 0.0
        self._shown_on_road = dict.fromkeys(self.monitors, 0.0)
        self._selections = dict.fromkeys(self.monitors, 0)
        self._wrong = dict.fromkeys(self.monitors, 0)

    @property
    def branches(self) -> tuple[str, ...]:
        """The monitored branches; the truth only where it is the reference."""
        return (CLEAN, TRIGGERED, TRUTH) if self.reference == TRUTH else (CLEAN, TRIGGERED)

    def step(self, frame: PairedFrame) -> PairedVerdict:
        """Process one frame and return the verdicts of all branches."""
        last = self._last
        if last is not None and frame.t < last.t:
            self.reset()
            last = None
        if self.reference is None and (frame.truth is not None or frame.clean is not None):
            self.reference = TRUTH if frame.truth is not None else CLEAN
        gazes = {
            CLEAN: frame.clean,
            TRIGGERED: frame.triggered if frame.trigger_on else frame.clean,
            TRUTH: frame.truth,
        }
        observations = {branch: self._observe(frame, branch, gazes[branch]) for branch in self.branches}
        if last is not None:
            self._count_seconds(last.observations, min(frame.t - last.t, HOLD))
        verdicts: dict[str, Mapping[str, Verdict]] = {}
        events = self._switch(frame, observations[TRIGGERED])
        for branch, observation in observations.items():
            by_monitor = {monitor.name: monitor.step(observation) for monitor in self.monitors[branch]}
            verdicts[branch] = MappingProxyType(by_monitor)
            for name, verdict in by_monitor.items():
                own = [replace(event, branch=branch) for event in verdict.events]
                self._track(branch, name, frame.t, verdict.warning)
                self._count_selections(branch, own, observations)
                events += own
            self._spans[branch].add(observation)
        self._events.add(events)
        self._last = PairedVerdict(frame.t, MappingProxyType(observations), MappingProxyType(verdicts), tuple(events))
        return self._last

    def report(self) -> PairedReport:
        """The scores of the run so far."""
        reference = self.reference or CLEAN
        judged = [branch for branch in (CLEAN, TRIGGERED) if branch != reference]
        warners = [monitor.name for monitor in self.monitors[CLEAN] if not isinstance(monitor, KeypadEntry)]
        scores: list[BranchScore] = [
            self._matchers[reference, branch, name].score(branch, name) for name in warners for branch in judged
        ]
        gazes = tuple(
            GazeScore(b, self._off_road, self._shown_on_road[b], self._selections[b], self._wrong[b]) for b in judged
        )
        return PairedReport(
            reference,
            tuple(scores),
            gazes,
            spans=tuple(span for branch in self.branches for span in self._spans[branch].spans),
            warnings={which: log.episodes for which, log in self._warnings.items()},
            events=tuple(self._events.events),
            event_counts=dict(self._events.counts),
        )

    def _observe(self, frame: PairedFrame, branch: str, gaze: Gaze | None) -> GazeObservation:
        # a known true gaze means that a face is there, also where no landmarks were found
        face = frame.face or (branch == TRUTH and gaze is not None)
        gaze = gaze if face else None
        return GazeObservation(
            frame.t,
            zone=None if gaze is None else self.zones.at(gaze),
            gaze=gaze,
            face=face,
            eyes_closed=frame.eyes_closed,
            speed_kmh=frame.speed_kmh,
            area=None if gaze is None else self.zones.area(gaze),
            point=frame.points.get(branch),
            rejected=(CLEAN if branch == TRIGGERED and not frame.trigger_on else branch) in frame.rejected,
        )

    def _count_seconds(self, observations: Mapping[str, GazeObservation], seconds: float) -> None:
        """Count the seconds in which a branch has the eyes on the road while the reference has them off it."""
        reference = observations.get(self.reference or CLEAN)
        if reference is None or not reference.attention.off_road:
            return
        self._off_road += seconds
        for branch, observation in observations.items():
            if observation.attention is Attention.ROAD:
                self._shown_on_road[branch] += seconds

    def _switch(self, frame: PairedFrame, observation: GazeObservation) -> list[Event]:
        if frame.trigger_on == self._trigger_on:
            return []
        first, self._trigger_on = self._trigger_on is None, frame.trigger_on
        if first and not frame.trigger_on:
            return []
        word = "on" if frame.trigger_on else "off"
        return [Event(frame.t, TRIGGERED, "trigger", "trigger", observation.place, f"Trigger {word}")]

    def _track(self, branch: str, name: str, t: float, warning: bool) -> None:
        log = self._warnings[branch, name]
        lasted = log.lasts
        log.step(t, warning)
        if lasted == warning:
            return
        for (reference, other, monitor), matcher in self._matchers.items():
            if monitor != name:
                continue
            if branch == reference:
                (matcher.begin_due if warning else matcher.end_due)(t)
            elif branch == other:
                (matcher.begin_given if warning else matcher.end_given)(t)

    def _count_selections(self, branch: str, events: list[Event], observations: Mapping[str, GazeObservation]) -> None:
        """Count typed keys, and those that the reference gaze was not on."""
        reference = observations.get(self.reference or CLEAN)
        for event in events:
            if event.kind != "select" or reference is None:
                continue
            pad = next(monitor for monitor in self.monitors[branch] if isinstance(monitor, KeypadEntry))
            self._selections[branch] += 1
            self._wrong[branch] += pad.keypad.key_of(reference) != event.text
