"""Compare the warnings of a branch with those due, as they come."""

from __future__ import annotations

from dataclasses import dataclass

from gazeattack.safety.score import BranchScore

# A branch's warning matches the reference's where both overlap, with this tolerance in seconds.
MATCH_S = 1.0


@dataclass
class _Episode:
    """One warning; end: None while it lasts."""

    begin: float
    end: float | None = None
    matched: bool = False


class WarningMatcher:
    """Counts the missed, false and late warnings of one monitor on one branch.

    Two warnings match where they overlap or are less than MATCH_S apart.  That is decided where the later one begins,
    so only warnings that last, or ended at most MATCH_S ago, are held.
    """

    def __init__(self) -> None:
        self._due: list[_Episode] = []
        self._given: list[_Episode] = []
        self._counts = {"due": 0, "missed": 0, "given": 0, "false": 0}
        self._delay_sum, self._matched = 0.0, 0

    def begin_due(self, t: float) -> None:
        """A warning of the reference begins."""
        self._counts["due"] += 1
        self._counts["missed"] += 1
        episode = _Episode(t)
        self._due = [*_near(self._due, t), episode]
        self._given = _near(self._given, t)
        for warning in self._given:
            self._match(episode, warning)

    def begin_given(self, t: float) -> None:
        """A warning of the branch begins."""
        self._counts["given"] += 1
        self._counts["false"] += 1
        warning = _Episode(t)
        self._given = [*_near(self._given, t), warning]
        self._due = _near(self._due, t)
        for episode in self._due:
            self._match(episode, warning)

    def end_due(self, t: float) -> None:
        """The last warning of the reference ends."""
        self._due[-1].end = t

    def end_given(self, t: float) -> None:
        """The last warning of the branch ends."""
        self._given[-1].end = t

    def score(self, branch: str, monitor: str) -> BranchScore:
        """The score so far, under these names."""
        delay = self._delay_sum / self._matched if self._matched else None
        return BranchScore(branch, monitor, **self._counts, delay_s=delay)

    def _match(self, expected: _Episode, warning: _Episode) -> None:
        if not expected.matched:
            expected.matched = True
            self._counts["missed"] -= 1
            self._delay_sum += warning.begin - expected.begin
            self._matched += 1
        if not warning.matched:
            warning.matched = True
            self._counts["false"] -= 1


def _near(episodes: list[_Episode], t: float) -> list[_Episode]:
    """Those that a warning which begins at `t` matches."""
    return [episode for episode in episodes if episode.end is None or t <= episode.end + MATCH_S]
