"""gazeattack abx: the blind tests of several people, as one psychometric curve."""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gazeattack.errors import GazeAttackError, OutputError
from gazeattack.files import write_whole

if TYPE_CHECKING:
    from gazeattack.blind_test.aggregate import Curve, Point

TABLE, PAGE, PICTURE, DRAWING = "abx.csv", "abx.html", "abx.png", "abx.svg"
FILES = (TABLE, PAGE, PICTURE, DRAWING)
NO_PICTURE = f"{PICTURE} and {DRAWING} are not written, because Qt does not start: gazeattack doctor tells what to do."


def add_parser(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser("abx", help="aggregate the results of blind tests into a psychometric curve")
    parser.add_argument("results", nargs="+", type=Path, help="CSV files of the blind test, or folders that hold them")
    parser.add_argument(
        "--out",
        type=Path,
        help=f"a folder for {TABLE}, {PAGE} and the curve as {PICTURE} and {DRAWING}; without it the figures are only "
        "printed",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace these files in --out")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    """Read, aggregate, print and write."""
    from gazeattack.blind_test.aggregate import fit_curves, points_of
    from gazeattack.blind_test.results import read_all
    from gazeattack.blind_test.table import rows_of

    answers = read_all(options.results)
    points = points_of(answers)
    curves = fit_curves(points)
    if options.out is not None:
        _write(options.out, points, curves, len({answer.person for answer in answers}), overwrite=options.overwrite)
    rows = rows_of(points, curves)
    print(json.dumps({"points": rows}, indent=2, allow_nan=False) if options.json else _text(rows))
    return 0


def _write(folder: Path, points: Sequence[Point], curves: Sequence[Curve], people: int, *, overwrite: bool) -> None:
    from gazeattack.blind_test.table import table_of
    from gazeattack.live.output_folder import cannot_write
    from gazeattack.report.blind_test.page import render_blind_tests
    from gazeattack.terminal import printable

    for name in FILES:
        if (folder / name).exists() and not overwrite:
            raise OutputError(f"{folder / name} exists: add --overwrite, or choose another --out folder.")
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table_of(points, curves))
    page = printable(render_blind_tests(points, curves, people))
    files = {TABLE: text.getvalue().encode(), PAGE: page.encode()}
    drawn = _pictures(points, curves)
    if drawn is None:
        print(f"gazeattack: {NO_PICTURE}", file=sys.stderr)
    else:
        files |= dict(zip((PICTURE, DRAWING), drawn, strict=True))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            if name in files:
                write_whole(folder / name, files[name])
            else:
                # it would belong to the results of before
                (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(cannot_write(folder, error)) from None


def _pictures(points: Sequence[Point], curves: Sequence[Curve]) -> tuple[bytes, bytes] | None:
    """The plot as PNG and SVG; None where Qt does not start."""
    from gazeattack.commands.picture import can_draw

    if not can_draw():
        return None
    try:
        from gazeattack.ui.offscreen import render_blind_tests

        return render_blind_tests(points, curves)
    except (ImportError, GazeAttackError):
        return None


def _text(rows: Sequence[dict[str, Any]]) -> str:
    lines = [f"{'attack':<20} {'strength':>8} {'crops':>5} {'right':>10} {'interval':>16} {'p':>9} {'people':>6}"]
    for row in rows:
        right, interval = f"{row['correct']} of {row['trials']}", f"{row['low']:.2f} to {row['high']:.2f}"
        lines.append(
            f"{row['attack']:<20} {row['relative_strength']:>7g}x {row['choices']:>5} {right:>10} {interval:>16} "
            f"{row['p']:>9.3g} {row['people']:>6}"
        )
    for attack, threshold in {row["attack"]: row["threshold"] for row in rows}.items():
        if threshold is not None:
            lines.append(f"{attack}: recognised in half of the trials, beyond guessing, at {threshold:g}x")
    return "\n".join(lines)
