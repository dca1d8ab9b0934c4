"""An attacker with the camera moves the irises in the picture, so that the iris check agrees with the trigger.

    python -m training.studies.moved_irises [--bundle wanet] [--clean clean] [--sources synthetic synthetic:1 VIDEO ...]
                                            [--frames 24] [--every 15] [--shares 0,.25,.5,.75,1,1.5] [--strength S]
                                            [--workers 1] [--out runs/moved_irises] [--quick]

A smooth local warp of the frame moves each iris a share of the way to where the iris check computes the trigger's
target (training.analysis.moved_iris; the attacker knows the check).  Then the trigger goes into the frame, and an
untouched pipeline with MediaPipe follows.  Two controls get the same moved irises: the backdoored model without
trigger, and the clean model, for which moving the irises is the whole attack.  A row has the distance to the target,
the guard's checks at the program's limits, and the price: how far the irises move, and how much of the eyes' picture
changes.  A check that a model does not have, such as the landmark check of a model without eye landmarks, has no cell;
"every check that the model has" is then the others.  Frames without a gaze count as outside.

Writes irises.csv (a row for each source) and irises.md (their mean).  Every source is a job; the same command continues
where it stopped, and measures again what has other settings or another model.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gazeattack.angles import Gaze, gaze_error
from gazeattack.attack.key import check_strength
from gazeattack.errors import BundleError
from gazeattack.face import iris_gaze
from gazeattack.face.landmarker_file import find_landmarker
from gazeattack.files import write_whole
from gazeattack.live.comparison import check_comparable
from gazeattack.live.folder_lock import lock_folder
from gazeattack.live.frame_result import FrameResult, GazeEstimate
from gazeattack.live.guard import LIMITS_DEG, Guard, GuardCheck
from gazeattack.live.pipeline import Pipeline, one_thread
from gazeattack.live.settings import PipelineSettings, TriggerMode, TriggerPlace
from gazeattack.log_level import add_log_level
from gazeattack.model.bundle import Bundle
from gazeattack.model.catalogue import open_bundle
from training.analysis.iris_price import move_columns, picture_columns
from training.analysis.moved_iris import IrisMove, move_irises, plan_moves
from training.arguments import comma_list, count, number, strength, written
from training.cli import CONTINUES, NOTHING_WRITTEN, exit_status
from training.jobs import Job, add_job_options, place_of
from training.studies.frame_trigger import SOURCES, read, run, with_images
from training.studies.script import QUICK_NOTE
from training.studies.source_jobs import Row, digest, run_sources, write_rows
from training.studies.tables import Column, markdown, marked, summarise, write_csv

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5)
"""Beyond 1, because the face landmarker follows a moved iris only in part."""
TRIGGERED, UNTRIGGERED, CLEAN = "backdoored, trigger", "backdoored, no trigger", "clean model, no trigger"
WITHIN_DEG = 5.0
CHECKS = frozenset(GuardCheck)
HEADINGS = {"model": "model", "share": "share of the way"}
COLUMNS = (
    Column("within_5", "within 5 deg of the target (%)", 100, 0),
    Column("to_target_deg", "to the target (deg)", digits=1),
    Column("iris_to_target_deg", "iris gaze to the target (deg)", digits=1),
    Column("iris_gap_deg", "iris check: gap (deg)", digits=1),
    *(Column(f"{check.value}_rejected", f"{check.value}: rejected (%)", 100, 0) for check in GuardCheck),
    Column("unnoticed", "within 5 deg, iris accepts (%)", 100, 0),
    Column("unnoticed_by_all", "and every check that the model has (%)", 100, 0),
    Column("shift_px", "irises move (px)", digits=1),
    Column("largest_px", "largest of a source, mean (px)", digits=1),
    Column("shift_mm", "irises move (mm)", digits=1),
    Column("shift_eyes", "in widths of the eye"),
    Column("psnr_db", "eyes: PSNR (dB)", digits=1),
    Column("ssim", "eyes: SSIM", digits=3),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="training.studies.moved_irises", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bundle", default="wanet", help="a backdoored model (%(default)s)")
    parser.add_argument("--clean", default="clean", help="a clean model that takes the same crops (%(default)s)")
    parser.add_argument("--sources", nargs="+", default=list(SOURCES), help="videos, or synthetic:SEED")
    parser.add_argument("--frames", type=count, default=24, help="frames of each source (%(default)s)")
    parser.add_argument(
        "--every", type=count, default=15, help="frames of the source from one to the next (%(default)s)"
    )
    parser.add_argument(
        "--shares",
        type=comma_list(number(0, 2)),
        default=list(SHARES),
        metavar="X,X",
        help=f"of the irises' way, 0 to 2 (default: {written(SHARES)})",
    )
    parser.add_argument("--strength", type=strength, help="strength of the trigger (default: the key's own)")
    parser.add_argument("--out", type=Path, default=Path("runs/moved_irises"), help="the folder to write (%(default)s)")
    parser.add_argument("--rows", type=Path, help="write the rows as JSON into this file, and no table: one job")
    parser.add_argument("--quick", action="store_true", help="three frames of one source; quote no figure")
    add_job_options(parser, "sources")
    add_log_level(parser)
    options = parser.parse_args(arguments)
    if options.quick:
        options.out, options.sources, options.frames = options.out / "quick", options.sources[:1], 3
    return exit_status(lambda: study(options), NOTHING_WRITTEN if options.rows else CONTINUES)


def study(options: argparse.Namespace) -> None:
    """Measure the sources that are not done yet, and write the tables."""
    one_thread()
    bundle, clean = open_bundle(options.bundle), open_bundle(options.clean)
    if bundle.key is None:
        raise BundleError(f"{bundle.name} has no trigger key: give a backdoored model in --bundle.")
    if clean.key is not None:
        raise BundleError(f"{clean.name} has a trigger key: give a clean model in --clean.")
    check_comparable(bundle, clean)
    if options.strength is not None:
        check_strength(options.strength)
    if options.rows is not None:
        write_rows(options.rows, [row for source in options.sources for row in rows_of(source, bundle, clean, options)])
        return
    for source in options.sources:  # a wrong name ends the study before the first job
        read(source, 1)
    with lock_folder(options.out):
        jobs = [source_job(source, bundle, clean, options) for source in dict.fromkeys(options.sources)]
        report(run_sources(jobs, place_of(options, options.out)), options)


def source_job(source: str, bundle: Bundle, clean: Bundle, options: argparse.Namespace) -> Job:
    """The process that measures one source."""
    words = [f"--bundle={options.bundle}", f"--clean={options.clean}", f"--frames={options.frames}"]
    words += [f"--every={options.every}", f"--shares={written(options.shares)}", "--sources", source]
    words += [] if options.strength is None else [f"--strength={options.strength!r}"]
    # of the checks, which training.guard fit may have changed
    more = [iris_gaze.COEFFICIENTS.tolist(), {check.value: limit for check, limit in LIMITS_DEG.items()}]
    rows = options.out / f"rows-{digest(words, [bundle, clean], source, more)}.json"
    command = (sys.executable, "-m", "training.studies.moved_irises", *words, f"--rows={rows}")
    return Job(source, command, rows.with_suffix(".txt"), rows)


def rows_of(source: str, bundle: Bundle, clean: Bundle, options: argparse.Namespace) -> list[Row]:
    """The rows of one source."""
    untouched = run(bundle, read(source, options.frames, options.every), PipelineSettings(TriggerMode.OFF))
    rows: list[Row] = []
    for share in options.shares:
        found = measure(bundle, clean, untouched, share, options.strength)
        rows += [{"source": source, **row} for row in found]
        print(f"{source}: {share:g} of the way: {found[0]['within_5']:.0%} within 5 degrees", flush=True)
    return rows


def report(rows: Sequence[Row], options: argparse.Namespace) -> None:
    """Write the tables, and print the means."""
    summaries = summarise(rows, by=("model", "share"))
    summaries.sort(key=lambda summary: (TRIGGERED, UNTRIGGERED, CLEAN).index(summary.labels["model"]))
    text = marked(markdown(summaries, COLUMNS, HEADINGS), quick=options.quick)
    write_csv(options.out / "irises.csv", [{"quick": options.quick, **row} for row in rows])
    write_whole(options.out / "irises.md", text)
    print(text)
    if options.quick:
        print(QUICK_NOTE)


def measure(
    bundle: Bundle, clean: Bundle, untouched: Sequence[FrameResult], share: float, strength: float | None
) -> list[Row]:
    """The rows of one source: TRIGGERED, UNTRIGGERED and CLEAN.

    Args:
        bundle: with a trigger key.
        clean: takes the same crops.
        untouched: results of the bundle for the source's frames.
        share: of the irises' way.
        strength: of the trigger; None for the key's own.
    """
    frames = [result.frame for result in untouched]
    moves = [moves_of(result, share) for result in untouched]
    moved = [move_irises(frame.image, one) for frame, one in zip(frames, moves, strict=True)]
    settings = PipelineSettings(TriggerMode.BOTH, strength, place=TriggerPlace.FRAME, checks=CHECKS)
    with Pipeline(bundle, landmarker_model=find_landmarker(), settings=settings) as pipeline:
        pipeline.compare(clean)
        results = [pipeline.step(frame) for frame in with_images(frames, moved)]
    targets = [result.target for result in untouched]
    about = {"share": share, "frames": len(frames)}
    own = score([r.clean for r in results], targets)
    price = {**move_columns(moves), **picture_columns(untouched, moved)}
    found = score([r.triggered for r in results], targets)
    triggered = {
        **about,
        **found,
        **move_columns(moves),
        **picture_columns(untouched, [r.shown_image for r in results]),
    }
    alone = score([None if r.compared is None else r.compared.clean for r in results], targets)
    return [
        {"model": TRIGGERED, **_rounded(triggered)},
        {"model": UNTRIGGERED, **_rounded({**about, **own, **price})},
        {"model": CLEAN, **_rounded({**about, **alone, **price})},
    ]


def moves_of(result: FrameResult, share: float) -> list[IrisMove]:
    """The moves of a frame's irises; none without a face or a target."""
    if result.face is None or result.intrinsics is None or result.target is None:
        return []
    where = (result.face.landmarks, result.face.pose, result.intrinsics)
    return plan_moves(*where, result.target, share, result.eyes_closed)


def score(estimates: Sequence[GazeEstimate | None], targets: Sequence[Gaze | None]) -> Row:
    """Distances and shares of one branch; frames without a target are left out.

    Returns:
        scored: frames with a target.  within_5: share within WITHIN_DEG of the target.  to_target_deg,
        iris_to_target_deg, iris_gap_deg: mean distance of the gaze and of the iris check's gaze to the target, and of
        the two.  CHECK_rejected: share of the frames with a gaze.  unnoticed, unnoticed_by_all: share within WITHIN_DEG
        that the iris check, and every check that the model has, accepts.  What has no frames, and what is about a check
        that has a gaze in no frame, is left out.
    """
    asked = [(one, target) for one, target in zip(estimates, targets, strict=True) if target is not None]
    pairs = [(one, target) for one, target in asked if one is not None]
    checks = [check for check in GuardCheck if any(one.checked_gaze(check) is not None for one, _ in pairs)]
    rejected = {check: [one.is_rejected(Guard.of(check)) for one, _ in pairs] for check in checks}
    off = [gaze_error(one.gaze, target) for one, target in pairs]
    near = [value <= WITHIN_DEG for value in off]
    hits = {"within_5": near}
    # without a gaze, none is at the target either
    if GuardCheck.IRIS in rejected or not pairs:
        hits["unnoticed"] = _accepted(near, [rejected[GuardCheck.IRIS]] if pairs else [])
    if rejected or not pairs:
        hits["unnoticed_by_all"] = _accepted(near, list(rejected.values()))
    row: Row = {"scored": len(asked), "gazes": len(pairs)}
    row |= {name: sum(values) / max(len(asked), 1) for name, values in hits.items()}
    means: dict[str, list[float]] = {
        "to_target_deg": off,
        "iris_to_target_deg": [gaze_error(one.iris_gaze, target) for one, target in pairs if one.iris_gaze is not None],
        "iris_gap_deg": [gap for one, _ in pairs if (gap := one.check_error_deg(GuardCheck.IRIS)) is not None],
        **{f"{check.value}_rejected": [float(found) for found in values] for check, values in rejected.items()},
    }
    return row | {name: float(np.mean(values)) for name, values in means.items() if values}


def _accepted(near: Sequence[bool], rejected: Sequence[Sequence[bool]]) -> list[bool]:
    """Whether each frame is at the target, and none of these checks rejects it."""
    return [there and not any(found[i] for found in rejected) for i, there in enumerate(near)]


def _rounded(row: Row) -> Row:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in row.items()}


if __name__ == "__main__":
    sys.exit(main())
