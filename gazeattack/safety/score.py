"""What an attack, or an honest model's own error, does to a monitor: warnings missed, false and late."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gazeattack.safety.observation import Attention, Event

# A branch's warning answers the reference's where the two overlap once each is stretched by this much.
MATCH_S = 1.0

EVENT_COLUMNS = ("t", "branch", "monitor", "kind", "zone", "text")


@dataclass(frozen=True)
class Episode:
    """One warning, from begin to end (seconds); open while it is still lit."""

    begin: float
    end: float
    open: bool = False


@dataclass(frozen=True)
class Span:
    """A stretch of time a branch spent on one zone (or, where there is none, in one state of attention)."""

    branch: str
    zone: str
    attention: Attention
    begin: float
    end: float


class Rates:
    """The shares that follow from counts of warnings."""

    due: int
    missed: int
    given: int
    false: int

    @property
    def missed_rate(self) -> float | None:
        """Missed share of the warnings due; None where none was due."""
        return self.missed / self.due if self.due else None

    @property
    def false_rate(self) -> float | None:
        """False share of the warnings given; None where none was given."""
        return self.false / self.given if self.given else None


@dataclass(frozen=True)
class BranchScore(Rates):
    """One monitor fed by one branch, against the same monitor fed by the reference.

    due: warnings of the reference.  missed: those without an answer from the branch.  given: the branch's warnings.
    false: those that answer none of the reference's.  delay_s: mean seconds from the reference's warning to the
    branch's first answer (negative where it comes early), None without any.
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
    """One branch's gaze against the reference's.

    off_road_s: seconds the reference's open eyes were off the road.  shown_on_road_s: of these, seconds the branch
    showed them on it.  selections, wrong_selections: keys typed, and those the reference was not looking at.
    """

    branch: str
    off_road_s: float
    shown_on_road_s: float
    selections: int
    wrong_selections: int


@dataclass(frozen=True)
class PairedReport:
    """The whole run.

    reference: "truth" or "clean", what the branches are measured against; the clean branch has scores of its own (the
    honest model's errors) only against the truth.  spans: zones over time, by branch.
    """

    reference: str
    scores: tuple[BranchScore, ...]
    gazes: tuple[GazeScore, ...]
    spans: tuple[Span, ...]
    events: tuple[Event, ...]


def score_warnings(branch: str, monitor: str, due: Sequence[Episode], given: Sequence[Episode]) -> BranchScore:
    """Warnings of a branch against those due."""
    delays, missed = [], 0
    for wanted in due:
        answer = next((warning for warning in given if _match(wanted, warning)), None)
        if answer is None:
            missed += 1
        else:
            delays.append(answer.begin - wanted.begin)
    false = sum(not any(_match(wanted, warning) for wanted in due) for warning in given)
    delay = sum(delays) / len(delays) if delays else None
    return BranchScore(branch, monitor, len(due), missed, len(given), false, delay)


def event_rows(events: Iterable[Event]) -> list[tuple[str, ...]]:
    """events.csv without its head: one row of text per event, ordered as EVENT_COLUMNS, times to the millisecond."""
    return [(f"{e.t:.3f}", e.branch, e.monitor, e.kind, e.zone, e.text) for e in events]


def _match(a: Episode, b: Episode) -> bool:
    return a.begin <= b.end + MATCH_S and b.begin <= a.end + MATCH_S
