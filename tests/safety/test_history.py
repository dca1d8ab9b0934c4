"""What a run keeps in memory: everything of a short one, and bounded numbers of everything of a long one."""

import itertools
import random

import pytest

from gazeattack.safety.history import (
    MOST_EVENTS,
    MOST_SPANS,
    MOST_WARNINGS,
    RECENT_S,
    EventLog,
    SpanLog,
    WarningLog,
    merged_spans,
)
from gazeattack.safety.observation import Attention, Event, GazeObservation
from gazeattack.safety.paired import PairedFrame, PairedMonitors
from gazeattack.safety.score import Span
from gazeattack.safety.zones_file import load_zones

ZONES = load_zones()
PLACES = [ZONES.to_camera(0, 0), ZONES.to_camera(0, -40), ZONES.to_camera(36, 10)]


def observe(t, gaze):
    return GazeObservation(t, zone=ZONES.at(gaze), gaze=gaze, area=ZONES.area(gaze))


def lengths(frames):
    """Lengths of what an hour of restless gaze, or more, leaves in memory."""
    spans, warnings, events = SpanLog("clean"), WarningLog(), EventLog()
    for i in range(frames):
        t = i / 10
        spans.add(observe(t, PLACES[i % 3]))
        warnings.step(t, i % 7 == 0)
        events.add([Event(t, "clean", "addw", "warning", "", "w")])
    return len(list(spans.spans)), len(warnings.episodes), len(list(events.events)), events.counts["clean"]


def test_nothing_grows_with_the_length_of_a_run():
    for frames in (20_000, 40_000):
        spans, warnings, events, counted = lengths(frames)
        assert spans <= MOST_SPANS + 10 * RECENT_S + 2
        assert warnings <= MOST_WARNINGS
        assert events <= 2 * MOST_EVENTS and counted == frames


def test_the_last_minute_is_exact_in_every_run():
    log = SpanLog("clean")
    for i in range(20_000):
        log.add(observe(i / 10, PLACES[i % 3]))
    end = (20_000 - 1) / 10
    last = [span for span in log.spans if span.begin >= end - 60]
    assert len(last) == 601 and all(span.end - span.begin < 0.11 for span in last)


def test_a_short_run_is_exact():
    log, warnings, events = SpanLog("clean"), WarningLog(), EventLog()
    for i in range(1000):
        log.add(observe(i / 2, PLACES[i % 3]))
        warnings.step(i / 2, i % 4 == 0)
        events.add([Event(i / 2, "clean", "addw", "warning", "", "w")])
    assert len(list(log.spans)) == 1000 and [span.begin for span in log.spans] == [i / 2 for i in range(1000)]
    assert len(warnings.episodes) == 250 and len(list(events.events)) == 1000


@pytest.mark.parametrize("seed", range(10))
def test_merged_spans_are_few_and_leave_out_no_time(seed):
    rng, spans, t = random.Random(seed), [], 0.0
    for _ in range(rng.choice([50, 300, 3000])):
        end = t + rng.choice([0.0, 0.03, 0.1, 1.0, 30.0])
        spans.append(Span("clean", rng.choice("abc"), Attention.ROAD, t, end))
        t = end
    merged = merged_spans(spans, 100)
    assert len(merged) <= 100
    assert (merged[0].begin, merged[-1].end) == (spans[0].begin, spans[-1].end)
    assert all(a.end == b.begin for a, b in itertools.pairwise(merged))
    if len(spans) <= 100:
        assert merged == spans


def test_spans_without_length_are_merged_too():
    assert len(merged_spans([Span("clean", str(i), Attention.ROAD, 0.0, 0.0) for i in range(500)], 100)) <= 100


def test_the_report_of_long_runs_counts_every_warning():
    rng, paired, frames = random.Random(1), PairedMonitors(ZONES, "nhtsa"), 6000
    begun = {"clean": 0, "triggered": 0}
    for i in range(frames):
        clean, triggered = (PLACES[1] if (i // 3 + rng.randrange(2)) % 4 else PLACES[0] for _ in range(2))
        for event in paired.step(PairedFrame(i / 2, clean, triggered)).events:
            begun[event.branch] += event.kind == "warning"
    (score, *_), report = paired.report().scores, paired.report()
    assert (score.due, score.given) == (begun["clean"], begun["triggered"]) and score.due > 0
    assert all(len(episodes) <= MOST_WARNINGS for episodes in report.warnings.values())
