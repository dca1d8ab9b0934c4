"""gazeattack abx: the blind tests of several people, as one psychometric curve."""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gazeattack.errors import DataError, OutputError
from gazeattack.files import write_whole

if TYPE_CHECKING:
    from gazeattack.blind_test.aggregate import Curve, Point
    from gazeattack.blind_test.results import Answer

TABLE, PAGE = "abx.csv", "abx.html"
COLUMNS = (
    "attack", "relative_strength", "choices", "trials", "correct", "share", "low", "high", "p", "pixel_change",
    "people", "threshold",
)  # fmt: skip


def add_parser(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser("abx", help="aggregate the results of blind tests into a psychometric curve")
    parser.add_argument("results", nargs="+", type=Path, help="CSV files of the blind test, or folders that hold them")
    parser.add_argument(
        "--out", type=Path, help=f"a folder for {TABLE} and {PAGE}; without it the figures are only printed"
    )
    parser.add_argument("--overwrite", action="store_true", help=f"replace {TABLE} and {PAGE} in --out")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    """Read, aggregate, print and write."""
    from gazeattack.blind_test.aggregate import fit_curve, points_of

    answers = read_all(options.results)
    points = points_of(answers)
    fits = (fit_curve(list(group)) for _, group in groupby(points, key=lambda point: point.attack))
    curves = [curve for curve in fits if curve is not None]
    if options.out is not None:
        _write(options.out, points, curves, len({answer.person for answer in answers}), overwrite=options.overwrite)
    rows = rows_of(points, curves)
    print(json.dumps({"points": rows}, indent=2, allow_nan=False) if options.json else _text(rows))
    return 0


def read_all(paths: Sequence[Path]) -> list[Answer]:
    """The answers of all files; a file that is named twice counts once.

    Raises:
        DataError: where a file is none of the blind test, a folder holds none, or two files are the same test.
    """
    from gazeattack.blind_test.results import read_results

    files: dict[Path, Path] = {}
    for path in paths:
        found = sorted(path.glob("*.csv")) if path.is_dir() else [path]
        if not found:
            raise DataError(f"{path} holds no CSV file: give the results of a blind test.")
        files.update({file.resolve(): file for file in found})
    answers: list[Answer] = []
    seen: dict[tuple[str, int], Path] = {}
    for file in files.values():
        test = read_results(file)
        same = seen.setdefault((test[0].person, test[0].seed), file)
        if same is not file:
            raise DataError(f"{file} and {same} are the same test: give it once.")
        answers += test
    return answers


def rows_of(points: Sequence[Point], curves: Sequence[Curve]) -> list[dict[str, Any]]:
    """One row per point, with the names of COLUMNS."""
    thresholds = {curve.attack: curve.threshold for curve in curves}
    return [
        {
            "attack": point.attack,
            "relative_strength": point.relative_strength,
            "choices": point.choices,
            "trials": point.score.trials,
            "correct": point.score.correct,
            "share": round(point.score.share, 4),
            "low": round(point.score.low, 4),
            "high": round(point.score.high, 4),
            "p": float(f"{point.score.p:.4g}"),
            "pixel_change": round(point.pixel_change, 5),
            "people": point.people,
            "threshold": None if thresholds.get(point.attack) is None else round(thresholds[point.attack] or 0.0, 4),
        }
        for point in points
    ]


def _write(folder: Path, points: Sequence[Point], curves: Sequence[Curve], people: int, *, overwrite: bool) -> None:
    from gazeattack.live.output_folder import cannot_write
    from gazeattack.report.blind_test.page import render_blind_tests
    from gazeattack.terminal import csv_text, printable

    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for row in rows_of(points, curves):
        table.writerow([csv_text(v) if isinstance(v, str) else "" if v is None else v for v in row.values()])
    files = {TABLE: text.getvalue(), PAGE: printable(render_blind_tests(points, curves, people))}
    for name in files:
        if (folder / name).exists() and not overwrite:
            raise OutputError(f"{folder / name} exists: add --overwrite, or choose another --out folder.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            write_whole(folder / name, content.encode())
    except OSError as error:
        raise OutputError(cannot_write(folder, error)) from None


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
