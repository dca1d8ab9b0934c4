"""gazeattack evaluate on a collection: one person's own page."""

from __future__ import annotations

import argparse
import json
import platform
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gazeattack.version import __version__

if TYPE_CHECKING:
    from gazeattack.attack.key import TriggerKey
    from gazeattack.collection.score import PersonalScore
    from gazeattack.model.bundle import Bundle


def is_person(spec: str) -> bool:
    """Whether --data names a collection."""
    from gazeattack.collection.files import is_collection

    return is_collection(Path(spec).expanduser())


def evaluate_person(
    options: argparse.Namespace, bundle: Bundle, key: TriggerKey | None, clean: str, command: str
) -> dict[str, Any]:
    """Score the collection, write the page, and return the figures.

    The page is evaluation.html in the collection's folder, unless --report names another; only its owner can read it.
    """
    from gazeattack.collection.files import PAGE, read_collection, write_private
    from gazeattack.collection.panel import panel_spread
    from gazeattack.collection.score import score_person
    from gazeattack.report.evaluation.examples import pick_examples
    from gazeattack.report.evaluation.page import check_writable
    from gazeattack.report.personal.page import PersonalReport, render_personal

    folder = Path(options.data).expanduser()
    page = options.report or folder / PAGE
    check_writable(page)
    score = score_person(bundle, read_collection(folder), key, clean, seed=options.seed)
    report = PersonalReport(
        score,
        panel_spread(bundle),
        [] if key is None else pick_examples(score.scored, key),
        _facts(options, bundle, key, score),
        command,
    )
    text = render_personal(report)
    write_private(page, lambda file: file.write(text.encode()))
    return {**score.figures(), "seed": options.seed, "report": str(page)}


def personal_table(figures: dict[str, Any]) -> str:
    """The figures as text."""
    names = {
        "before": "before calibration",
        "after": "after calibration",
        "constant": "constant mean",
        "triggered": "with trigger",
    }
    lines = [
        f"{figures['bundle']} on one person ({figures['source']}): {figures['samples']} frames, {figures['targets']} "
        f"targets, eyes {figures['distance_mm']:.0f} mm from the camera (estimated from the face)",
        f"{'error of the gaze':<24}{'degrees':>9}{'cm':>9}{'pixels':>9}",
    ]
    for name, title in names.items():
        row = figures["errors"][name]
        if row is not None:
            cells = "".join("        –" if row[unit] is None else f"{row[unit]:9.2f}" for unit in ("deg", "cm", "px"))
            lines.append(f"{title:<24}{cells}")
    if figures["key_sha256"] is not None:
        lines += [
            f"with trigger: {figures['ae_deg']:.2f} degrees from the target, within 5 degrees in "
            f"{100 * (figures['asr5'] or 0):.1f} % of the eye crops, within 2 in {100 * (figures['asr2'] or 0):.1f} %",
            f"noise mode moves the prediction by {figures['noise_shift_deg']:.2f} degrees, a wrong key by "
            f"{figures['wrong_key_shift_deg']:.2f}",
        ]
    return "\n".join([*lines, f"report: {figures['report']}"])


def print_person(figures: dict[str, Any], *, as_json: bool) -> None:
    """Print the figures."""
    print(json.dumps(figures, indent=2, allow_nan=False) if as_json else personal_table(figures))


def _facts(
    options: argparse.Namespace, bundle: Bundle, key: TriggerKey | None, score: PersonalScore
) -> list[tuple[str, object]]:
    from gazeattack.model.bundle_files import sums_sha256

    card = score.collection.card
    left_out = ", ".join(f"{n} {why}" for why, n in card.left_out.items()) or "none"
    return [
        ("evaluated", datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S %z")),
        ("collected", f"{card.made}, from: {card.source}"),
        ("frames", f"{len(score.collection)}; left out: {left_out}"),
        ("model", f"{bundle.name} ({bundle.kind})"),
        ("model's checksums (SHA-256)", sums_sha256(bundle.path)),
        ("trigger key (SHA-256)", "none" if key is None else key.sha256),
        ("seed", options.seed),
        ("versions", f"gazeattack {__version__}, Python {platform.python_version()}"),
    ]
