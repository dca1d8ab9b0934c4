"""Summary of a paired run: the clean branch's own errors, and those that the attack adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gazeattack.safety.observation import Event
from gazeattack.safety.paired import CLEAN, TRIGGERED, TRUTH
from gazeattack.safety.score import BranchScore, Episode, GazeScore, PairedReport, Rates, Span

STATEMENT = "A laptop webcam demonstration, not a certified driver monitor."


@dataclass(frozen=True)
class BranchSafety(Rates):
    """One branch compared with the reference, over all monitors; `monitors` has the scores one by one.

    due, missed, given, false: warnings, see BranchScore.  delay_s: mean seconds from the reference's warning to the
    branch's, over all matches; None without any.  off_road_s, shown_on_road_s, selections, wrong_selections: see
    GazeScore.  on_road_s: total seconds with the branch's gaze on the road.
    """

    branch: str
    due: int
    missed: int
    given: int
    false: int
    delay_s: float | None
    off_road_s: float
    shown_on_road_s: float
    on_road_s: float
    selections: int
    wrong_selections: int
    monitors: tuple[BranchScore, ...]


@dataclass(frozen=True)
class SafetySummary:
    """Summary of a run so far.

    reference: "truth" where the source knows the gaze, else "clean".  branches: those compared with it; the clean one
    (the model's own errors) only against the truth, the triggered one only where crops were altered at all.
    seconds: from the first frame to the last.  on_road_s: of every branch, including the reference.  spans, warnings,
    events: see PairedReport.  event_count: number of events, also of those that `events` no longer holds.
    """

    reference: str
    seconds: float
    branches: tuple[BranchSafety, ...]
    on_road_s: Mapping[str, float]
    spans: tuple[Span, ...]
    warnings: Mapping[tuple[str, str], tuple[Episode, ...]]
    events: tuple[Event, ...]
    event_count: int

    def branch(self, name: str) -> BranchSafety | None:
        """One branch; None where it is not compared."""
        return next((branch for branch in self.branches if branch.branch == name), None)

    def to_dict(self) -> dict[str, object]:
        """The entry of summary.json: seconds rounded to the millisecond, without spans and events."""
        return {
            "statement": STATEMENT,
            "reference": self.reference,
            "seconds": round(self.seconds, 3),
            "on_road_s": {name: round(seconds, 3) for name, seconds in self.on_road_s.items()},
            "branches": {branch.branch: _branch_dict(branch) for branch in self.branches},
            "events": self.event_count,
        }


def summarise(
    report: PairedReport, *, seconds: float, on_road_s: Mapping[str, float], altered: bool = True
) -> SafetySummary:
    """Summarise a report; altered: whether any crop carried a trigger."""
    names = [name for name in (CLEAN, TRIGGERED, TRUTH) if altered or name != TRIGGERED]
    return SafetySummary(
        reference=report.reference,
        seconds=seconds,
        branches=tuple(_branch(report, gaze, on_road_s) for gaze in report.gazes if gaze.branch in names),
        on_road_s={name: on_road_s[name] for name in names if name in on_road_s},
        spans=tuple(span for span in report.spans if span.branch in names),
        warnings={which: episodes for which, episodes in report.warnings.items() if which[0] in names},
        events=tuple(event for event in report.events if event.branch in names),
        event_count=sum(count for name, count in report.event_counts.items() if name in names),
    )


def _branch(report: PairedReport, gaze: GazeScore, on_road_s: Mapping[str, float]) -> BranchSafety:
    scores = tuple(score for score in report.scores if score.branch == gaze.branch)
    matched = [(score.due - score.missed, score.delay_s) for score in scores]
    known = [(count, delay) for count, delay in matched if delay is not None]
    count = sum(n for n, _ in known)
    return BranchSafety(
        gaze.branch,
        due=sum(score.due for score in scores),
        missed=sum(score.missed for score in scores),
        given=sum(score.given for score in scores),
        false=sum(score.false for score in scores),
        delay_s=sum(n * delay for n, delay in known) / count if count else None,
        off_road_s=gaze.off_road_s,
        shown_on_road_s=gaze.shown_on_road_s,
        on_road_s=on_road_s.get(gaze.branch, 0.0),
        selections=gaze.selections,
        wrong_selections=gaze.wrong_selections,
        monitors=scores,
    )


def _branch_dict(branch: BranchSafety) -> dict[str, object]:
    return {
        **_warnings(branch),
        "off_road_s": round(branch.off_road_s, 3),
        "shown_on_road_s": round(branch.shown_on_road_s, 3),
        "selections": branch.selections,
        "wrong_selections": branch.wrong_selections,
        "monitors": {score.monitor: _warnings(score) for score in branch.monitors},
    }


def _warnings(score: BranchScore | BranchSafety) -> dict[str, object]:
    return {
        "due": score.due,
        "missed": score.missed,
        "missed_rate": _rounded(score.missed_rate),
        "given": score.given,
        "false": score.false,
        "false_rate": _rounded(score.false_rate),
        "delay_s": _rounded(score.delay_s),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
