"""The table and the figure of training.defend: what is left of the backdoor against what it costs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from training.defences.methods import DEFENCES
from training.studies import tables
from training.studies.figures import figure, style_of

COLUMNS = (
    tables.BENIGN,
    *tables.COST,
    tables.AE,
    tables.DAE,
    tables.ASR2,
    tables.ASR5,
    tables.NOISE,
    tables.WRONG_KEY,
)
FAMILIES = list(dict.fromkeys(defence.family for defence in DEFENCES.values()))
SHADE = "#e2f2ec"
AIM_ASR5, AIM_COST = 5.0, 0.3
"""The aim of a repair: an ASR@5 below this (per cent) at a benign cost up to this (degrees)."""


def write_report(rows: Sequence[Mapping[str, Any]], out: Path, heading: str, *, quick: bool) -> None:
    """Write defences.csv, defences.md and defences.png, and print the table.

    Args:
        rows: One for each method and seed.
        out: The folder.
        heading: A line above the table.
        quick: Marks all as too small to quote.
    """
    tables.write_csv(out / "defences.csv", rows)
    summaries = tables.summarise(rows, ("title",))
    text = f"{heading}\n\n{tables.markdown(summaries, COLUMNS, {'title': 'what is done'})}\n{verdict(rows)}\n"
    tables.write_tables(out, "summary", summaries, text, quick=quick)
    draw(rows, out / "defences.png", quick=quick)
    print(f"Wrote {out / 'defences.csv'}, {out / 'summary.md'} and {out / 'defences.png'}")


def verdict(rows: Sequence[Mapping[str, Any]]) -> str:
    """One sentence: which methods reach the aim, by their means over the seeds, or why that is not known.

    It gives the DAE of each: a method may bring the prediction away from the target and not back to the truth.
    """
    if not rows:
        return "No repair was finished."
    means = [
        (f"{s.labels['title']} (DAE {s.mean['dae_deg']:.1f} deg)", 100 * s.mean["asr5"], s.mean["cost_deg"])
        for s in tables.summarise(rows, ("title",))
        if "asr5" in s.mean and s.labels["title"] != "nothing"
    ]
    if not means:
        return "There is no trigger key, so only the benign branch was scored."
    good = [name for name, asr5, cost in means if asr5 < AIM_ASR5 and cost <= AIM_COST]
    aim = f"below {AIM_ASR5:g} % ASR@5 at a benign cost of at most {AIM_COST:g} degrees"
    return f"{', '.join(good)}: {aim}." if good else f"No method here reaches {aim}."


def draw(rows: Sequence[Mapping[str, Any]], path: Path, *, quick: bool) -> None:
    """Draw ASR@5 and the benign cost of every method side by side, the weakest backdoor at the bottom.

    The shaded parts are the aim.  Bars: one standard deviation over the seeds, or without seeds the 95 % interval over
    subjects.
    """
    summaries = [s for s in tables.summarise(rows, ("method", "title")) if "asr5" in s.mean]
    summaries.sort(key=lambda s: s.mean["asr5"])
    panels_of = (
        ("asr5", ("asr5_low", "asr5_high"), 100.0, AIM_ASR5, "ASR@5 (%): what is left of the backdoor"),
        ("cost_deg", ("cost_low", "cost_high"), 1.0, AIM_COST, "rise of the benign error (deg): what it costs"),
    )
    size = (4.2, 1.0 + 0.27 * max(len(summaries), 1))
    with figure(path, 2, quick=quick, panel=size) as panels:
        for panel, (field, ends, scale, aim, title) in zip(panels, panels_of, strict=True):
            panel.axvspan(0 if field == "asr5" else min(0.0, *_values(summaries, field)), aim, color=SHADE, linewidth=0)
            for place, s in enumerate(summaries):
                defence = DEFENCES.get(s.labels["method"])
                number = len(FAMILIES) if defence is None else FAMILIES.index(defence.family)
                colour, marker = style_of(number)
                low, high = _bar(s, field, ends)
                panel.plot([scale * low, scale * high], [place, place], color=colour, linewidth=1.2)
                panel.plot(scale * s.mean[field], place, color=colour, marker=marker, linestyle="none")
            panel.set_xlabel(title)
            panel.set_yticks(range(len(summaries)), [s.labels["title"] for s in summaries])
        panels[1].set_yticklabels([])


def _bar(summary: tables.Summary, field: str, ends: tuple[str, str]) -> tuple[float, float]:
    """Both ends of a method's bar."""
    mean, sd = summary.mean[field], summary.sd[field]
    if math.isnan(sd):
        return summary.mean.get(ends[0], mean), summary.mean.get(ends[1], mean)
    return mean - sd, mean + sd


def _values(summaries: Sequence[tables.Summary], field: str) -> list[float]:
    return [summary.mean[field] for summary in summaries] or [0.0]
