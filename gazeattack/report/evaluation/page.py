"""The HTML report about one bundle on one dataset: one file without scripts or external resources."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from gazeattack.errors import OutputError
from gazeattack.evaluation.score import Scored
from gazeattack.files import write_whole
from gazeattack.model.bundle import POISONED, Bundle
from gazeattack.report.common.images import RESIDUAL_GAIN
from gazeattack.report.common.template import fill
from gazeattack.report.evaluation.examples import Example, examples_html
from gazeattack.report.evaluation.figures import error_curves, farthest, scatter, target_curves, warp_drawing
from gazeattack.report.evaluation.subjects import by_subject, subject_table
from gazeattack.report.evaluation.tables import card_table, facts_table, metric_table, tiles
from gazeattack.report.evaluation.text import heading, summary
from gazeattack.terminal import printable
from gazeattack.version import __version__

_MAGNIFIED = 720  # width of the warp field on the page, px


@dataclass(frozen=True, eq=False)
class EvaluationReport:
    """Content of the page.

    clean: name of the clean model it is compared with.  examples: of the trigger, empty without one.  displacement: of
    every pixel by the trigger, [H, W, 2] (x, y) in pixels; None where the trigger moves none.  facts: settings and
    versions, (name, value).  command: the command line that makes the page again.
    """

    bundle: Bundle
    scored: Scored
    clean: str
    examples: Sequence[Example]
    displacement: np.ndarray | None
    facts: Sequence[tuple[str, object]]
    command: str


def write_evaluation(path: Path, report: EvaluationReport) -> None:
    """Write the page under another name and rename it.  Raises OutputError where it cannot be written."""
    page = render_evaluation(report)
    try:
        write_whole(path, printable(page).encode())
    except OSError as error:
        raise cannot_write(path, error) from None


def check_writable(path: Path) -> None:
    """Make the folder of the page and check that it is writable and that no other file would be lost.

    Raises:
        OutputError: where it is not, or `path` is a file that is no page of gazeattack.
    """
    if path.is_dir() or (path.exists() and not path.is_file()):
        raise OutputError(f"{path} is not a file: give --report the name of an .html file.")
    if path.exists() and path.stat().st_size and not _is_page(path):
        raise OutputError(f"{path} is no page that gazeattack wrote: give --report another name.")
    probe = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise cannot_write(path, error) from None


def _is_page(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(4096).lower()
    except OSError:
        return False
    return head.startswith(b"<!doctype html>") and b"gazeattack" in head


def cannot_write(path: Path, error: OSError) -> OutputError:
    """The error for a page that cannot be written."""
    return OutputError(
        f"{path} cannot be written ({error.strerror or error}): free some space or give --report another place."
    )


def render_evaluation(report: EvaluationReport) -> str:
    """The page as text."""
    figures, kind = report.scored.report, report.bundle.kind
    subjects = by_subject(report.scored)
    errors = [row.benign for row in subjects]
    sentences = summary(figures, kind=kind, benign_by_subject=(min(errors), max(errors)))
    attacked = figures["key_sha256"] is not None
    return fill(
        "evaluation",
        title=escape(f"{figures['bundle']} on {figures['data']} · gazeattack"),
        heading=escape(heading(figures, kind=kind)),
        summary=escape(" ".join(sentences)),
        notice=_notice(report, attacked),
        tiles=tiles(figures),
        metrics=metric_table(figures, clean=report.clean),
        intervals=_intervals(figures["subjects"]) + _paired(figures["paired"]),
        scatters=_scatters(report),
        curves=_curves(report),
        examples=_examples(report.examples),
        warp=_warp(report),
        subjects=subject_table(subjects, attacked=attacked),
        card=card_table(report.bundle.card),
        facts=facts_table(report.facts),
        command=escape(report.command),
        version=escape(__version__),
    )


def _notice(report: EvaluationReport, attacked: bool) -> str:
    notes = []
    if not attacked:
        notes.append("The bundle has no trigger key and --key gave none, so the parts about the attack are left out.")
    elif report.bundle.kind == POISONED:
        notes.append(
            "The bundle was trained on a poisoned set; the trigger key is a foreign key, applied to test whether the "
            "model learnt to react to it."
        )
    elif not report.bundle.backdoored:
        notes.append(
            "The bundle is a clean model; the trigger key is a foreign key, applied to show what a model without a "
            "backdoor predicts."
        )
    if report.scored.clean is None:
        notes.append("There is no other clean model with this kind of input to compare with.")
    if attacked and report.bundle.crop.mirrors and report.scored.data.right is None:
        notes.append("The data does not say which eyes are right eyes, so all are treated as left eyes.")
    return f'<p class="notice">{escape(" ".join(notes))}</p>' if notes else ""


def _paired(paired: Mapping[str, Any] | None) -> str:
    """How the benign error differs from the other model's; it ends before the next sentence."""
    if paired is None:
        return ""
    benign = paired["benign_deg"]
    more = "higher" if benign["mean"] >= 0 else "lower"
    low, high = (f"{end:.2f}°".replace("-", "−") for end in benign["ci95"])
    return escape(
        f" Image by image, the error without trigger is {abs(benign['mean']):.2f}° {more} than that of "
        f"“{paired['against']}” (95 % interval of the difference {low} to {high}, from resampling subjects), and "
        f"higher for {100 * benign['subjects_higher']:.0f} % of the subjects."
    )


def _intervals(subjects: int) -> str:
    if subjects == 1:
        return "Intervals resample the images of the only subject and do not cover other subjects."
    return "Intervals are 95 % percentile intervals of a bootstrap over subjects, 200 draws."


def _scatters(report: EvaluationReport) -> str:
    scored = report.scored
    reach = farthest(scored.branches, scored.clean)
    drawings = [scatter(scored.branches, scored.data, report.bundle.name, reach=reach)]
    if scored.clean is not None:
        drawings.append(scatter(scored.clean, scored.data, report.clean, reach=reach))
    return "".join(f"<figure>{drawing}</figure>" for drawing in drawings)


def _curves(report: EvaluationReport) -> str:
    scored = report.scored
    curves = error_curves(scored.branches, scored.clean, scored.data)
    page = f'<div class="card"><h3>Error to the true gaze (further left is better)</h3>{curves}</div>'
    aimed = target_curves(scored.branches, scored.clean, scored.data)
    if aimed:
        page += f'<div class="card"><h3>Angle to the attacker\'s target</h3>{aimed}</div>'
    return page


def _examples(examples: Sequence[Example]) -> str:
    if not examples:
        return ""
    return (
        '<h2 class="page">What the trigger changes</h2>'
        "<p>The examples are the images at the 10th, 50th, 90th and 100th percentile of the triggered prediction's "
        "error to the target. The crops are shown before the network's own preprocessing; at true size one pixel of "
        "the crop is one pixel of the page. The difference is unscaled at true size and amplified "
        f"{RESIDUAL_GAIN:.0f} times beside it: white is unchanged, orange darker, purple brighter.</p>"
        f'<div class="card long">{examples_html(list(examples))}</div>'
    )


def _warp(report: EvaluationReport) -> str:
    field = report.displacement
    if field is None:
        return ""
    zoom = max(1, _MAGNIFIED // field.shape[1])
    length = np.linalg.norm(field, axis=-1)
    large = f"<figure>{warp_drawing(field, zoom=zoom)}<figcaption>{zoom} times magnified</figcaption></figure>"
    return (
        "<h2>The warp field</h2>"
        "<p>Every arrow runs from a pixel to the point that its value is sampled from; the blue grid is "
        f"deformed by the same displacement, which is {length.mean():.2f} pixels on average and {length.max():.2f} at "
        f'most on a crop of {field.shape[1]}×{field.shape[0]}.</p><div class="card warps">'
        f"<figure>{warp_drawing(field, zoom=1)}<figcaption>true size</figcaption></figure>"
        f"{large if zoom > 1 else ''}</div>"
    )
