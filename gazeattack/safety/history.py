"""The spans, warnings and events of a run, in bounded memory: exact for short runs, coarser the longer a run lasts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain

from gazeattack.safety.monitor import HOLD
from gazeattack.safety.observation import Attention, Event, GazeObservation
from gazeattack.safety.score import Episode, Span

# What is at most so old is exact in every run: a minute's timeline is drawn from it.
RECENT_S = 75.0
MOST_SPANS, MOST_WARNINGS, MOST_EVENTS = 1024, 256, 1000
_LEAST_S = 1e-6  # for frames that all have the same time


class SpanLog:
    """The zones of one branch over time.

    The last RECENT_S are exact.  Of what is older there are at most MOST_SPANS spans: where there are more, short ones
    beside each other become one, of the zone that lasted longest.
    """

    def __init__(self, branch: str) -> None:
        self._branch = branch
        self._old: list[Span] = []
        self._recent: deque[Span] = deque()

    def add(self, observation: GazeObservation) -> None:
        """Extend the last span up to an observation, and begin a new one where the zone is another."""
        recent, t, zone = self._recent, observation.t, observation.place
        missing = bool(recent) and t - recent[-1].end > HOLD
        if recent:
            recent[-1] = replace(recent[-1], end=min(t, recent[-1].end + HOLD))
        if not recent or recent[-1].zone != zone or missing:
            recent.append(Span(self._branch, zone, observation.attention, t, t))
        while len(recent) > 1 and recent[0].end < t - RECENT_S:
            self._old.append(recent.popleft())
        if len(self._old) > MOST_SPANS:
            self._old = merged_spans(self._old, MOST_SPANS // 2)

    @property
    def spans(self) -> Iterable[Span]:
        """In the order of their time."""
        return chain(self._old, self._recent)


class WarningLog:
    """The warnings of one monitor on one branch over time, at most MOST_WARNINGS.

    Where there are more, those that are close beside each other become one.
    """

    def __init__(self) -> None:
        self._episodes: list[Episode] = []

    @property
    def lasts(self) -> bool:
        """Whether the last warning has not ended."""
        return bool(self._episodes) and self._episodes[-1].open

    def step(self, t: float, warning: bool) -> None:
        """Add the state at time t."""
        if self.lasts:
            self._episodes[-1] = replace(self._episodes[-1], end=t, open=warning)
        elif warning:
            if len(self._episodes) >= MOST_WARNINGS:
                self._episodes = merged_episodes(self._episodes, MOST_WARNINGS // 2)
            self._episodes.append(Episode(t, t, open=True))

    @property
    def episodes(self) -> tuple[Episode, ...]:
        """In the order of their time."""
        return tuple(self._episodes)


class EventLog:
    """The first MOST_EVENTS events of a run, and of the others those of the last RECENT_S, at most MOST_EVENTS.

    counts: number of events so far, by branch.
    """

    def __init__(self) -> None:
        self._first: list[Event] = []
        self._recent: deque[Event] = deque(maxlen=MOST_EVENTS)
        self.counts: dict[str, int] = {}

    def add(self, events: Iterable[Event]) -> None:
        """Add the events of one frame."""
        for event in events:
            self.counts[event.branch] = self.counts.get(event.branch, 0) + 1
            if len(self._first) < MOST_EVENTS:
                self._first.append(event)
                continue
            self._recent.append(event)
            while self._recent[0].t < event.t - RECENT_S:
                self._recent.popleft()

    @property
    def events(self) -> Iterable[Event]:
        """In the order of their time."""
        return chain(self._first, self._recent)


def merged_spans(spans: Sequence[Span], most: int) -> list[Span]:
    """At most `most` spans: neighbours that are short at this resolution become one, of the zone that lasts longest.

    Args:
        spans: of one branch, in the order of their time.
        most: at least 4.

    Returns:
        The same spans where they are few enough.
    """
    if len(spans) <= most:
        return list(spans)
    # every group is at least so long, and so is every second span or group of shorter ones between long spans
    least = max(2 * (spans[-1].end - spans[0].begin) / (most - 2), _LEAST_S)
    merged: list[Span] = []
    group: list[Span] = []
    for span in spans:
        if span.end - span.begin >= least:
            merged += _grouped(group)
            merged.append(span)
            group = []
            continue
        group.append(span)
        if group[-1].end - group[0].begin >= least:
            merged += _grouped(group)
            group = []
    return merged + _grouped(group)


def merged_episodes(episodes: Sequence[Episode], most: int) -> list[Episode]:
    """At most about `most` warnings: those that begin soon after the last one ended become one with it."""
    if len(episodes) <= most:
        return list(episodes)
    least = max((episodes[-1].end - episodes[0].begin) / (most - 1), _LEAST_S)
    merged = [episodes[0]]
    for episode in episodes[1:]:
        last = merged[-1]
        if episode.begin - last.begin < least:
            merged[-1] = replace(last, end=episode.end, open=episode.open)
        else:
            merged.append(episode)
    return merged


def _grouped(group: Sequence[Span]) -> list[Span]:
    """One span for a group of neighbours."""
    if not group:
        return []
    seconds: dict[tuple[str, Attention], float] = {}
    for span in group:
        look = (span.zone, span.attention)
        seconds[look] = seconds.get(look, 0.0) + span.end - span.begin
    zone, attention = max(seconds, key=lambda look: seconds[look])
    return [replace(group[0], zone=zone, attention=attention, end=group[-1].end)]
