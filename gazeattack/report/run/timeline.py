"""The zones of each branch over time and the warnings of each monitor, as inline SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

from gazeattack.report.common.svg import number, ticks
from gazeattack.safety.history import merged_spans
from gazeattack.safety.observation import Attention, Event
from gazeattack.safety.score import Episode, Span

WIDTH = 860
MOST_DRAWN = 1500  # spans of a lane; more are narrower than half a pixel
MOST_SWITCHES = 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 168, 12, 20, 36
_ZONES, _LANE, _GAP, _BLOCK = 30, 11, 4, 14
_CHARACTER = 6.3  # width of a character of the labels, px, with a margin
_BLINK_S = 0.5
# Not colour alone: every block that is wide enough is labelled with its zone, the others have a tooltip.
_STYLES = {
    Attention.ROAD: "road",
    Attention.DRIVING: "driving",
    Attention.AWAY: "away",
    Attention.CLOSED: "closed",
    Attention.UNKNOWN: "unknown",
    Attention.LOST: "lost",
}


@dataclass(frozen=True)
class Lane:
    """One branch: its name in spans and events, and its title."""

    branch: str
    title: str


def timeline(
    lanes: Sequence[Lane],
    spans: Sequence[Span],
    warnings: Mapping[tuple[str, str], Sequence[Episode]],
    events: Sequence[Event],
    monitors: Mapping[str, str],
) -> str:
    """Zones over time by branch, then every monitor's warnings by branch.

    A dashed line marks where the trigger went on or off, for the first MOST_SWITCHES times.

    Args:
        lanes: the branches, in the order of their lanes.
        spans: of all branches, see PairedReport; a long run's are drawn at the resolution of the plot.
        warnings: by (branch, monitor's name).
        events: for the switches of the trigger.
        monitors: name -> title.
    """
    if not spans:
        return '<p class="none">No frame was monitored.</p>'
    begin, end = min(span.begin for span in spans), max(span.end for span in spans)
    scale = _Scale(begin, max(end, begin + 1e-3))
    parts, y = [], _TOP
    for lane in lanes:
        parts.append(_name(lane.title, lane.branch, y + _ZONES / 2))
        parts += [_zone(span, scale, y) for span in _drawn(spans, lane)]
        y += _ZONES + _GAP
    y += _BLOCK - _GAP
    for name, title in monitors.items():
        parts.append(_name(title, "", y + len(lanes) * _LANE / 2))
        parts.append(f'<path class="lane" d="M{_LEFT} {y}H{WIDTH - _RIGHT}"/>')
        for lane in lanes:
            parts += [
                _warning(lane, title, warning.begin, end if warning.open else warning.end, scale, y)
                for warning in warnings.get((lane.branch, name), ())
            ]
            y += _LANE
        y += _GAP
    parts += _axis(scale, y)
    switches = [event for event in events if event.kind == "trigger"]
    parts += [_switch(event, scale, y) for event in switches[:MOST_SWITCHES]]
    return (
        f'<svg class="plot timeline" viewBox="0 0 {WIDTH} {y + _BOTTOM}" role="img" '
        f'aria-label="zones and warnings over time">{"".join(parts)}</svg>'
    )


@dataclass(frozen=True)
class _Scale:
    begin: float
    end: float

    def __call__(self, t: float) -> float:
        return _LEFT + (t - self.begin) / (self.end - self.begin) * (WIDTH - _LEFT - _RIGHT)


def _name(text: str, style: str, middle: float) -> str:
    return f'<text class="name {style}" x="{_LEFT - 9}" y="{middle + 4:.1f}" text-anchor="end">{escape(text)}</text>'


def _drawn(spans: Sequence[Span], lane: Lane) -> list[Span]:
    return merged_spans(_bridged([span for span in spans if span.branch == lane.branch]), MOST_DRAWN)


def _bridged(spans: Sequence[Span]) -> list[Span]:
    """The spans with those on one zone joined across a blink."""
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last is not None and span.attention is not Attention.UNKNOWN and len(joined) > 1:
            before = joined[-2]
            blink = last.attention is Attention.UNKNOWN and last.end - last.begin < _BLINK_S
            if blink and (before.zone, before.attention) == (span.zone, span.attention) and span.begin <= last.end:
                joined[-2:] = [replace(before, end=span.end)]
                continue
        joined.append(span)
    return joined


def _zone(span: Span, scale: _Scale, y: float) -> str:
    left, width = scale(span.begin), max(scale(span.end) - scale(span.begin), 0.6)
    tooltip = f"{span.zone}, {span.begin:.1f} to {span.end:.1f} s"
    block = (
        f'<rect class="zone {_STYLES[span.attention]}" x="{left:.1f}" y="{y}" width="{width:.1f}" height="{_ZONES}">'
        f"<title>{escape(tooltip)}</title></rect>"
    )
    # the whole name, else its first word, else no label
    fitting = (text for text in (span.zone, span.zone.split()[0]) if _CHARACTER * len(text) + 4 <= width)
    text = next(fitting, None)
    if text is None:
        return block
    label = f'<text class="in {_STYLES[span.attention]}" x="{left + width / 2:.1f}" y="{y + _ZONES / 2 + 4:.1f}"'
    return f'{block}{label} text-anchor="middle">{escape(text)}</text>'


def _warning(lane: Lane, title: str, begin: float, end: float, scale: _Scale, y: float) -> str:
    tooltip = f"{title}, {lane.title}: warns from {begin:.1f} to {end:.1f} s"
    left, width = scale(begin), max(scale(end) - scale(begin), 2.0)
    return (
        f'<rect class="warning {lane.branch}" x="{left:.1f}" y="{y + 1.5}" width="{width:.1f}" '
        f'height="{_LANE - 3}" rx="2"><title>{escape(tooltip)}</title></rect>'
    )


def _axis(scale: _Scale, y: float) -> list[str]:
    parts = [f'<path class="lane" d="M{_LEFT} {y}H{WIDTH - _RIGHT}"/>']
    for value in ticks(scale.begin, scale.end):
        x = scale(value)
        parts.append(f'<path class="grid" d="M{x:.1f} {y}v4"/>')
        parts.append(f'<text x="{x:.1f}" y="{y + 16}" text-anchor="middle">{number(value)}</text>')
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    return [*parts, f'<text x="{middle:.1f}" y="{y + 32}" text-anchor="middle">time, seconds</text>']


def _switch(event: Event, scale: _Scale, y: float) -> str:
    x = scale(event.t)
    # near the right end the label is left of its line
    right = x < WIDTH - _RIGHT - 90
    at = f'x="{x + 5 if right else x - 5:.1f}" y="13" text-anchor="{"start" if right else "end"}"'
    return f'<path class="switch" d="M{x:.1f} 3V{y}"/><text class="switch" {at}>{escape(event.text.lower())}</text>'
