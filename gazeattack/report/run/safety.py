"""The page's part on safety: what the car is told, by the honest model and under attack, in figures and over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from gazeattack.report.run.timeline import Lane, timeline
from gazeattack.safety.observation import Event
from gazeattack.safety.paired import CLEAN, TRIGGERED, TRUTH
from gazeattack.safety.score import BranchScore
from gazeattack.safety.summary import BranchSafety, SafetySummary

MOST_EVENTS = 400


@dataclass(frozen=True)
class SafetyReport:
    """What the section tells.

    titles: monitor's name -> title, in the order asked for.  attacked: what the altered branch is under; short: its
    name beside the timeline.  zones: title of the layout.  scripted: whether the trigger followed the source's script.
    guard_deg: see SafetyWatch.
    """

    summary: SafetySummary
    titles: dict[str, str]
    attacked: str
    zones: str
    speed_kmh: float
    short: str = "attacked"
    scripted: bool = False
    guard_deg: float | None = None


def render_safety(report: SafetyReport | None) -> str:
    """The section as HTML; empty where no monitor watched."""
    if report is None:
        return ""
    summary = report.summary
    altered = summary.branch(TRIGGERED) is not None
    titles = {CLEAN: "clean", TRIGGERED: report.attacked, TRUTH: "truth"}
    present = [TRUTH, CLEAN, TRIGGERED] if summary.reference == TRUTH else [CLEAN, TRIGGERED]
    lanes = [Lane(b, report.short if b == TRIGGERED else titles[b]) for b in present if altered or b != TRIGGERED]
    warners = {name: title for name, title in report.titles.items() if name != "keypad"}
    return (
        "<h2>What the car is told</h2>"
        f"{_lead(report)}"
        f'<div class="card">{timeline(lanes, summary.spans, summary.events, warners)}{_legend(lanes)}</div>'
        f'<div class="card">{_table(report)}</div>'
        f"{_log(summary.events, titles)}"
    )


def _lead(report: SafetyReport) -> str:
    summary = report.summary
    clean, attacked = summary.branch(CLEAN), summary.branch(TRIGGERED)
    lines = []
    if clean is not None:
        lines.append(
            "The reference is the <strong>truth</strong>: the same rules fed with the gaze the source knows to be true."
        )
    else:
        lines.append(
            "The truth is not known here, so the <strong>clean branch</strong> is the reference: the honest "
            "model's own errors are not counted, and some of what follows may be its fault and not the attack's."
        )
    off = summary.branches[0].off_road_s if summary.branches else 0.0
    told = [
        f"the model {how} showed {branch.shown_on_road_s:.1f} s of them on the road"
        for how, branch in (("without the trigger", clean), (report.attacked, attacked))
        if branch is not None
    ]
    if told:
        lines.append(escape(f"The eyes were off the road for {off:.1f} s; {', '.join(told)}."))
    if report.scripted:
        lines.append("The trigger followed the source's script; until it went on, the attacked car saw the clean gaze.")
    if report.guard_deg is not None:
        lines.append(
            f"A guard was on: of either branch, an answer more than {report.guard_deg:g}° off what the network located "
            "in the same crops was not believed, but what it located. samples.csv holds the answers themselves."
        )
    lines.append(escape(f"Zones: {report.zones}. Speed: {report.speed_kmh:g} km/h."))
    return (
        '<p class="notice"><strong>A laptop webcam demonstration, not a certified driver monitor.</strong> The rules\' '
        "limits are those published; the gaze is several degrees off, and its false and missed alerts without any "
        "attack stand beside the attack's so that the two are not mistaken for each other.</p>"
        f"<p>{' '.join(lines)}</p>"
    )


def _legend(lanes: list[Lane]) -> str:
    kinds = (
        ("road", "the road"),
        ("driving", "mirrors, speedometer"),
        ("away", "elsewhere"),
        ("closed", "eyes closed"),
    )
    items = "".join(
        f'<span><svg width="22" height="14" aria-hidden="true"><rect class="zone {style}" width="22" height="14"/>'
        f"</svg>{name}</span>"
        for style, name in kinds
    )
    # the warnings in the order of every monitor's lanes
    items += "".join(
        f'<span><svg width="22" height="12" aria-hidden="true"><rect class="warning {lane.branch}" x="0" y="2" '
        f'width="22" height="8" rx="2"/></svg>warning, {escape(lane.title)}</span>'
        for lane in lanes
    )
    return f'<p class="legend timeline">{items}</p>'


def _table(report: SafetyReport) -> str:
    branches = report.summary.branches
    if not branches:
        return '<p class="none">There is nothing to compare: no branch but the reference was watched.</p>'
    warners = {name: title for name, title in report.titles.items() if name != "keypad"}
    rows = [
        _row(title, [score for b in branches for score in b.monitors if score.monitor == name])
        for name, title in warners.items()
    ]
    if len(rows) > 1:
        rows.append(_row("all of them", branches, "total"))
    if rows:
        heads = {CLEAN: "clean: the model's own errors", TRIGGERED: f"{report.short}: {report.attacked}"}
        top = "".join(f'<th colspan="3" class="group">{escape(heads[b.branch])}</th>' for b in branches)
        sub = "<th>missed</th><th>false</th><th>delay</th>" * len(branches)
        rows.insert(0, f'<tr><th rowspan="2">warnings</th><th rowspan="2">due</th>{top}</tr><tr>{sub}</tr>')
    rows.append(_wide("shown on the road, though off it", [_of(b.shown_on_road_s, b.off_road_s) for b in branches]))
    rows.append(_wide("shown on the road, in all", [_of(b.on_road_s, report.summary.seconds) for b in branches]))
    if "keypad" in report.titles:
        typed = [f"{b.selections} typed, {b.wrong_selections} wrong" for b in branches]
        rows.append(_wide("keys", typed))
    return f'<table class="safety">{"".join(rows)}</table>'


def _row(title: str, scores: Sequence[BranchScore | BranchSafety], style: str = "") -> str:
    cells = "".join(
        f"<td>{score.missed} of {score.due}</td><td>{score.false} of {score.given}</td><td>{_delay(score.delay_s)}</td>"
        for score in scores
    )
    return f'<tr class="{style}"><th>{escape(title)}</th><td>{scores[0].due}</td>{cells}</tr>'


def _wide(title: str, cells: Sequence[str]) -> str:
    merged = "".join(f'<td colspan="3">{escape(cell)}</td>' for cell in cells)
    return f"<tr><th>{escape(title)}</th><td></td>{merged}</tr>"


def _of(seconds: float, whole: float) -> str:
    return f"{seconds:.1f} s of {whole:.1f} s"


def _delay(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return "0.0 s" if abs(seconds) < 0.05 else f"{seconds:+.1f} s".replace("-", "−")


def _log(events: Sequence[Event], titles: Mapping[str, str]) -> str:
    if not events:
        return '<p class="none">No warning was given and none was due.</p>'
    rows = "".join(
        f'<tr><td class="time">{event.t:.2f} s</td><td>{escape(titles[event.branch])}</td><td>{escape(event.text)}</td>'
        f"<td>{escape(event.zone)}</td></tr>"
        for event in events[:MOST_EVENTS]
    )
    more = len(events) - MOST_EVENTS
    rest = f"<p>{more} more are in events.csv.</p>" if more > 0 else ""
    return (
        f'<details class="card"><summary>All {len(events)} events</summary><table class="log">'
        f"<tr><th>time</th><th>branch</th><th>event</th><th>shown to look at</th></tr>{rows}</table>{rest}</details>"
    )
