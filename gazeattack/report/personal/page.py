"""One person's page: one HTML file without scripts or external resources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from gazeattack.collection.panel import PanelSpread
from gazeattack.collection.score import PersonalScore
from gazeattack.report.common.template import fill
from gazeattack.report.evaluation.examples import Example, examples_html
from gazeattack.report.evaluation.tables import facts_table
from gazeattack.report.personal.error_map import error_map, heat_map
from gazeattack.report.personal.text import FIGURES, assumptions, number, person, summary
from gazeattack.version import __version__

_ROWS = {
    "before": "Predicted gaze, before calibration",
    "after": "Predicted gaze, after calibration (cross-validated)",
    "constant": "Always the mean of the targets",
    "triggered": "With the trigger, after the same calibration",
}


@dataclass(frozen=True, eq=False)
class PersonalReport:
    """Content of the page.

    panel: the same figures on other real people; None where nobody measured this model.  examples: of the trigger,
    empty without one.  facts: settings and versions, (name, value).  command: makes the page again.
    """

    score: PersonalScore
    panel: PanelSpread | None
    examples: Sequence[Example]
    facts: Sequence[tuple[str, object]]
    command: str


def render_personal(report: PersonalReport) -> str:
    """The page as text."""
    score = report.score
    figures = score.figures()
    attacked = figures["key_sha256"] is not None
    return fill(
        "personal",
        title=escape(f"{figures['bundle']} on {person(score)} · gazeattack"),
        heading=escape(f"“{figures['bundle']}” measured on {person(score)}"),
        summary=escape(summary(figures)),
        tiles=_tiles(figures, attacked=attacked),
        errors=_error_table(figures),
        maps=_maps(score),
        assumptions=facts_table(assumptions(score)),
        attack=_attack(report, figures) if attacked else "",
        examples=_examples(report.examples),
        facts=facts_table([*report.facts, ("consent", score.collection.card.consent)]),
        command=escape(report.command),
        version=escape(__version__),
    )


def _tiles(figures: dict[str, Any], *, attacked: bool) -> str:
    before, after = figures["errors"]["before"], figures["errors"]["after"]
    tiles = [
        (number(before["deg"], "°"), "error before calibration"),
        (number(after["deg"], "°"), "error after calibration, on targets that it was not fitted on"),
        (f"{number(after['cm'], ' cm')}", f"the same on the screen, {after['px'] or 0:.0f} pixels"),
    ]
    if attacked:
        tiles += [
            (number(figures["ae_deg"], "°"), "with trigger: error to the attacker's target"),
            (number(figures["asr5"], "%"), "with trigger: within 5° of the target"),
            (number(figures["noise_shift_deg"], "°"), "noise mode: shift of the prediction"),
        ]
    return "".join(f'<div class="tile"><b>{value}</b><span>{escape(name)}</span></div>' for value, name in tiles)


def _error_table(figures: dict[str, Any]) -> str:
    body = []
    for name, title in _ROWS.items():
        row, between = figures["errors"][name], figures["ci95"].get(name)
        if row is None:
            continue
        interval = "–" if between is None else f"{between[0]:.2f} to {between[1]:.2f}"
        missing = f"<small>{row['missing']} frames look past the screen's plane</small>" if row["missing"] else ""
        cm = "–" if row["cm"] is None else f"{row['cm']:.1f}"
        cells = f"<td>{number(row['deg'], '°')}</td><td>{interval}</td><td>{cm}</td>"
        px = "–" if row["px"] is None else f"{row['px']:.0f}"
        body.append(f"<tr><th>{escape(title)}{missing}</th>{cells}<td>{px}</td></tr>")
    heads = "<th></th><th>degrees</th><th>95 % interval</th><th>cm</th><th>pixels</th>"
    return f'<table class="figures metrics"><thead><tr>{heads}</tr></thead><tbody>{"".join(body)}</tbody></table>'


def _maps(score: PersonalScore) -> str:
    drawings = [
        ("Before calibration", error_map(score, score.raw, style="clean", label="errors before calibration")),
        ("After calibration", error_map(score, score.calibrated, style="clean", label="errors after calibration")),
        ("Mean error after calibration", heat_map(score, score.calibrated, label="mean error over the screen")),
    ]
    if score.triggered is not None:
        drawing = error_map(score, score.triggered, style="triggered", label="gaze with the trigger")
        drawings.append(("With the trigger", drawing))
    return "".join(f"<figure><h3>{title}</h3>{drawing}</figure>" for title, drawing in drawings)


def _attack(report: PersonalReport, figures: dict[str, Any]) -> str:
    clean, panel = figures["clean_model"] or {}, report.panel
    heads = "<th></th><th>this person</th><th>clean model,<br>same trigger</th>"
    if panel is not None:
        heads += f"<th>panel of {panel.people} people:<br>lowest</th><th>median</th><th>highest</th>"
    body = []
    for name, (title, unit, meaning) in FIGURES.items():
        cells = f"<td><strong>{number(figures[name], unit)}</strong></td><td>{number(clean.get(name), unit)}</td>"
        if panel is not None:
            spread = panel.figures.get(name, (None, None, None))
            cells += "".join(f"<td>{number(value, unit)}</td>" for value in spread)
        body.append(f"<tr><th>{escape(title)}<small>{escape(meaning)}</small></th>{cells}</tr>")
    table = f'<table class="figures metrics"><thead><tr>{heads}</tr></thead><tbody>{"".join(body)}</tbody></table>'
    return (
        "<h2>The backdoor on this face, beside other people</h2>"
        f'<div class="card long">{table}</div><p class="lead">{escape(_about_panel(panel))}</p>'
    )


def _about_panel(panel: PanelSpread | None) -> str:
    if panel is None:
        return "This model was not measured on the panel of real people, so there is nothing to compare with."
    notes = [
        "The panel is a group of real people on whom settings were chosen; no model is trained on them. Their gaze in "
        "degrees is unknown, so hits leave out crops whose prediction without trigger is at the target already."
    ]
    if panel.p00_deg is not None:
        before, after = panel.p00_deg
        notes.append(
            f"One more real person (p00 of MPIIGaze) has an error of {before:.1f}° before calibration and {after:.1f}° "
            "after it."
        )
    if not panel.current:
        notes.append("These figures are of an earlier version of the model.")
    return " ".join(notes)


def _examples(examples: Sequence[Example]) -> str:
    if not examples:
        return ""
    return (
        '<h2 class="page">What the trigger changes</h2><p>The crops at the 10th, 50th, 90th and 100th percentile of '
        "the error to the target, before the network's own preprocessing. Angles are those of the crop's camera.</p>"
        f'<div class="card long">{examples_html(list(examples))}</div>'
    )
