"""The safety section of the report: the monitors of the branches with and without trigger, compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from gazeattack.live.guard import Guard, GuardCheck
from gazeattack.report.run.timeline import Lane, timeline
from gazeattack.safety.observation import Event
from gazeattack.safety.paired import CLEAN, TRIGGERED, TRUTH
from gazeattack.safety.score import BranchScore
from gazeattack.safety.summary import BranchSafety, SafetySummary

MOST_EVENTS = 400
_CHECKS = {
    GuardCheck.LANDMARKS: "the landmark gaze of the same crops",
    GuardCheck.SHIFTS: "the median prediction for four shifted crops",
    GuardCheck.IRIS: "the gaze of the face landmarker's iris landmarks",
}


@dataclass(frozen=True)
class SafetyReport:
    """Content of the section.

    titles: monitor's name -> title, in the requested order.  triggered: description of the triggered branch; short: its
    name beside the timeline.  zones: title of the layout.  scripted: whether the trigger followed the source's script.
    guard: see SafetyWatch.
    """

    summary: SafetySummary
    titles: dict[str, str]
    triggered: str
    zones: str
    speed_kmh: float
    short: str = "with trigger"
    scripted: bool = False
    guard: Guard | None = None


def render_safety(report: SafetyReport | None) -> str:
    """The section as HTML; empty without monitors."""
    if report is None:
        return ""
    summary = report.summary
    altered = summary.branch(TRIGGERED) is not None
    titles = {CLEAN: "without trigger", TRIGGERED: report.triggered, TRUTH: "truth"}
    present = [TRUTH, CLEAN, TRIGGERED] if summary.reference == TRUTH else [CLEAN, TRIGGERED]
    lanes = [Lane(b, report.short if b == TRIGGERED else titles[b]) for b in present if altered or b != TRIGGERED]
    warners = {name: title for name, title in report.titles.items() if name != "keypad"}
    drawing = timeline(lanes, summary.spans, summary.warnings, summary.events, warners)
    return (
        "<h2>Driver monitors</h2>"
        f"{_lead(report)}"
        f'<div class="card">{drawing}{_legend(lanes)}</div>'
        f'<div class="card">{_table(report)}</div>'
        f"{_log(summary.events, summary.event_count, titles)}"
    )


def _lead(report: SafetyReport) -> str:
    summary = report.summary
    clean, triggered = summary.branch(CLEAN), summary.branch(TRIGGERED)
    lines = []
    if clean is not None:
        lines.append("The reference is the <strong>truth</strong>: the same monitors with the true gaze as input.")
    else:
        lines.append(
            "The true gaze is unknown, so the branch <strong>without trigger</strong> is the reference: the model's "
            "own errors are not counted, and some differences below may come from them instead of the attack."
        )
    off = summary.branches[0].off_road_s if summary.branches else 0.0
    shares = [
        f"{branch.shown_on_road_s:.1f} s {how}"
        for how, branch in (("without trigger", clean), (report.triggered, triggered))
        if branch is not None
    ]
    if shares:
        lines.append(
            escape(f"The eyes were off the road for {off:.1f} s; of these, predicted on the road: {', '.join(shares)}.")
        )
    if report.scripted:
        lines.append(
            "The trigger followed the source's script; while it was off, both branches received the same gaze."
        )
    if report.guard is not None:
        lines.append(
            f"The guard was on: where a prediction was more than {report.guard.limit_deg:g}° from "
            f"{_CHECKS[report.guard.check]}, the monitors received that gaze instead, and the keypad none. samples.csv "
            "contains the predictions."
        )
    lines.append(escape(f"Zones: {report.zones}. Speed: {report.speed_kmh:g} km/h."))
    return (
        '<p class="notice"><strong>A laptop webcam demonstration, not a certified driver monitor.</strong> The rules\' '
        "limits are the published ones, but the predicted gaze has an error of several degrees. The table therefore "
        "lists the false and missed warnings without trigger beside those with trigger.</p>"
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
    # warnings in the order of the lanes
    items += "".join(
        f'<span><svg width="22" height="12" aria-hidden="true"><rect class="warning {lane.branch}" x="0" y="2" '
        f'width="22" height="8" rx="2"/></svg>warning, {escape(lane.title)}</span>'
        for lane in lanes
    )
    return f'<p class="legend timeline">{items}</p>'


def _table(report: SafetyReport) -> str:
    branches = report.summary.branches
    if not branches:
        return '<p class="none">There is nothing to compare: only the reference was monitored.</p>'
    warners = {name: title for name, title in report.titles.items() if name != "keypad"}
    rows = [
        _row(title, [score for b in branches for score in b.monitors if score.monitor == name])
        for name, title in warners.items()
    ]
    if len(rows) > 1:
        rows.append(_row("all monitors", branches, "total"))
    if rows:
        heads = {CLEAN: "without trigger: the model's own errors", TRIGGERED: report.triggered}
        top = "".join(f'<th colspan="3" class="group">{escape(heads[b.branch])}</th>' for b in branches)
        sub = "<th>missed</th><th>false</th><th>delay</th>" * len(branches)
        rows.insert(0, f'<tr><th rowspan="2">warnings</th><th rowspan="2">due</th>{top}</tr><tr>{sub}</tr>')
    rows.append(_wide("predicted on the road while off it", [_of(b.shown_on_road_s, b.off_road_s) for b in branches]))
    rows.append(_wide("predicted on the road in total", [_of(b.on_road_s, report.summary.seconds) for b in branches]))
    if "keypad" in report.titles:
        typed = [f"{b.selections} typed, {b.wrong_selections} wrong" for b in branches]
        rows.append(_wide("typed keys", typed))
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


def _log(events: Sequence[Event], count: int, titles: Mapping[str, str]) -> str:
    if not events:
        return '<p class="none">There was no warning and none was due.</p>'
    rows = "".join(
        f'<tr><td class="time">{event.t:.2f} s</td><td>{escape(titles[event.branch])}</td><td>{escape(event.text)}</td>'
        f"<td>{escape(event.zone)}</td></tr>"
        for event in events[:MOST_EVENTS]
    )
    more = count - min(len(events), MOST_EVENTS)
    rest = f"<p>{more} more are in events.csv.</p>" if more > 0 else ""
    return (
        f'<details class="card"><summary>All {count} events</summary><table class="log">'
        f"<tr><th>time</th><th>branch</th><th>event</th><th>zone</th></tr>{rows}</table>{rest}</details>"
    )
