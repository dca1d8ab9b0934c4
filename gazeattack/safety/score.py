"""Effect of an attack, or of a model's own error, on a monitor: missed, false and late warnings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gazeattack.safety.observation import Attention, Event
from gazeattack.terminal import csv_text

EVENT_COLUMNS = ("t", "branch", "monitor", "kind", "zone", "text")


@dataclass(frozen=True)
class Episode:
    """One warning from begin to end (seconds); open: it has not ended yet."""

    begin: float
    end: float
    open: bool = False


@dataclass(frozen=True)
class Span:
    """A time interval of a branch on one zone or, where there is none, in one state of attention."""

    branch: str
    zone: str
    attention: Attention
    begin: float
    end: float


class Rates:
    """Rates computed from counts of warnings."""

    due: int
    missed: int
    given: int
    false: int

    @property
    def missed_rate(self) -> float | None:
        """Share of the due warnings that are missed; None where none was due."""
        return self.missed / self.due if self.due else None

    @property
    def false_rate(self) -> float | None:
        """Share of the given warnings that are false; None where none was given."""
        return self.false / self.given if self.given else None


@dataclass(frozen=True)
class BranchScore(Rates):
    """One monitor on one branch, compared with the same monitor on the reference.

    due: warnings of the reference.  missed: those without a matching warning of the branch.  given: warnings of the
    branch.  false: those that match none of the reference.  delay_s: mean seconds from the reference's warning to the
    branch's first match (negative where it is earlier); None without a match.
    """

    branch: str
    monitor: str
    due: int
    missed: int
    given: int
    false: int
    delay_s: float | None


@dataclass(frozen=True)
class GazeScore:
    """One branch's gaze compared with the reference's.

    off_road_s: seconds with the reference's open eyes off the road.  shown_on_road_s: of these, seconds with the
    branch's gaze on the road.  selections, wrong_selections: typed keys, and those that the reference gaze was not on.
    """

    branch: str
    off_road_s: float
    shown_on_road_s: float
    selections: int
    wrong_selections: int


@dataclass(frozen=True)
class PairedReport:
    """Scores and events of a whole run.

    reference: "truth" or "clean", which the branches are compared with; the clean branch has scores of its own (the
    model's own errors) only against the truth.  spans, warnings, events: see gazeattack.safety.history; warnings by
    (branch, monitor), event_counts by branch.
    """

    reference: str
    scores: tuple[BranchScore, ...]
    gazes: tuple[GazeScore, ...]
    spans: tuple[Span, ...]
    warnings: Mapping[tuple[str, str], tuple[Episode, ...]]
    events: tuple[Event, ...]
    event_counts: Mapping[str, int]


def event_rows(events: Iterable[Event]) -> list[tuple[str, ...]]:
    """Rows of events.csv without the header, in the order of EVENT_COLUMNS, times to the millisecond."""
    return [(f"{e.t:.3f}", e.branch, e.monitor, e.kind, csv_text(e.zone), csv_text(e.text)) for e in events]
