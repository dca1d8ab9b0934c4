"""Does the trigger survive in the camera's frame?  From a compromised camera through codecs to an untouched pipeline.

    python -m training.studies.frame_trigger [--bundle wanet] [--sources synthetic synthetic:1 VIDEO ...]
                                             [--frames 60] [--strength S] [--out runs/frame_trigger] [--quick]

For every source: the trigger on the crops, as everywhere else; the trigger in the frame; then the changed frames
through JPEG, H.264, rescaling and noise (training.studies.channels).  Each time a new pipeline without a trigger finds
the face again.  A row has the share of frames whose gaze is within 2 and 5 degrees of the target, and beside it the
control: how far the same channel moves the gaze of the unchanged frames.  Frames without a gaze count as outside.
within_5_low and within_5_high are the 95 % interval of a share of so many frames, as if they were independent.
Writes frames.csv and frames.md.  Every source is a job; the same command continues where it stopped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gazeattack.angles import Gaze, angular_error
from gazeattack.attack.key import check_strength
from gazeattack.blind_test.score import clopper_pearson
from gazeattack.capture.frame import Frame
from gazeattack.errors import BundleError
from gazeattack.face.landmarker_file import find_landmarker
from gazeattack.files import write_whole
from gazeattack.live.folder_lock import lock_folder
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.pipeline import Pipeline, one_thread
from gazeattack.live.settings import PipelineSettings, TriggerMode, TriggerPlace
from gazeattack.log_level import add_log_level
from gazeattack.model.bundle import Bundle
from gazeattack.model.catalogue import open_bundle
from gazeattack.sources.registry import open_source
from training.arguments import count, strength
from training.cli import CONTINUES, NOTHING_WRITTEN, exit_status
from training.jobs import Job, add_job_options, place_of
from training.studies.channels import CHANNELS
from training.studies.source_jobs import Row, digest, run_sources, write_rows
from training.studies.tables import marked, write_csv

SOURCES = ("synthetic", "synthetic:1")
QUICK_FRAMES = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="training.studies.frame_trigger", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bundle", default="wanet", help="a backdoored model (%(default)s)")
    parser.add_argument("--sources", nargs="+", default=list(SOURCES), help="videos, or synthetic:SEED")
    parser.add_argument("--frames", type=count, default=60, help="frames of each source (%(default)s)")
    parser.add_argument("--strength", type=strength, help="strength of the trigger (default: the key's own)")
    parser.add_argument(
        "--out", type=Path, default=Path("runs/frame_trigger"), help="the folder to write (%(default)s)"
    )
    parser.add_argument("--rows", type=Path, help="write the rows as JSON into this file, and no table: one job")
    parser.add_argument(
        "--quick", action="store_true", help="three frames, to see that everything works; its figures mean nothing"
    )
    add_job_options(parser, "sources")
    add_log_level(parser)
    options = parser.parse_args(arguments)
    if options.quick:
        options.out, options.frames = options.out / "quick", QUICK_FRAMES
    return exit_status(lambda: study(options), NOTHING_WRITTEN if options.rows else CONTINUES)


def study(options: argparse.Namespace) -> None:
    """Measure every source, and write the table."""
    one_thread()
    bundle = open_bundle(options.bundle)
    if bundle.key is None:
        raise BundleError(f"{bundle.name} has no trigger key: give a backdoored model in --bundle.")
    strength = None if options.strength is None else check_strength(options.strength)
    if options.rows is not None:
        rows = [row for source in options.sources for row in measured(bundle, source, options.frames, strength)]
        write_rows(options.rows, rows)
        return
    for source in options.sources:  # a wrong name ends the study before the first job
        read(source, 1)
    with lock_folder(options.out):
        jobs = [source_job(source, bundle, options) for source in dict.fromkeys(options.sources)]
        rows = run_sources(jobs, place_of(options, options.out))
        write_csv(options.out / "frames.csv", rows)
        text = marked(markdown(rows), quick=options.quick)
        write_whole(options.out / "frames.md", text)
    print(text)


def source_job(source: str, bundle: Bundle, options: argparse.Namespace) -> Job:
    """The process that measures one source."""
    words = [f"--bundle={options.bundle}", f"--frames={options.frames}", "--sources", source]
    words += [] if options.strength is None else [f"--strength={options.strength!r}"]
    rows = options.out / f"rows-{digest(words, [bundle], source)}.json"
    command = (sys.executable, "-m", "training.studies.frame_trigger", *words, f"--rows={rows}")
    return Job(source, command, rows.with_suffix(".txt"), rows)


def measured(bundle: Bundle, source: str, count: int, strength: float | None) -> list[Row]:
    """The rows of one source, which are printed too."""
    rows = measure(bundle, source, count, strength)
    for row in rows:
        print("{source}: {through}: {within_5:.0%} within 5 degrees".format(**row), flush=True)
    return rows


def measure(bundle: Bundle, source: str, count: int, strength: float | None = None) -> list[Row]:
    """The rows of one source."""
    frames = read(source, count)
    crop = run(bundle, frames, PipelineSettings(TriggerMode.BOTH, strength))
    placed = run(bundle, frames, PipelineSettings(TriggerMode.BOTH, strength, place=TriggerPlace.FRAME))
    targets = [result.target for result in crop]
    faces = [np.ptp(result.face.landmarks[:, 0]) for result in crop if result.face is not None]
    about = {"source": source, "frames": len(frames), "face_px": round(float(np.mean(faces)), 0) if faces else None}
    rows = [{**about, "through": "(trigger on the crops)", **score([r.triggered for r in crop], targets)}]
    changed = [result.shown_image for result in placed]
    for name, channel in CHANNELS.items():
        seen = run(bundle, with_images(frames, channel(changed)), PipelineSettings(TriggerMode.OFF))
        control = run(
            bundle, with_images(frames, channel([f.image for f in frames])), PipelineSettings(TriggerMode.OFF)
        )
        moved = [
            float(angular_error(one.clean.gaze, other.clean.gaze))
            for one, other in zip(crop, control, strict=True)
            if one.clean is not None and other.clean is not None
        ]
        row = {**about, "through": name, **score([result.clean for result in seen], targets)}
        rows.append({**row, "control_shift_deg": round(float(np.mean(moved)), 3) if moved else None})
    return rows


def read(source: str, count: int, every: int = 1) -> list[Frame]:
    """Frames of a source: the first, and then one for every `every` that are read; the others are not kept.

    Args:
        source: A video, or synthetic:SEED.
        count: The most frames; a source that ends has fewer.
        every: Frames of the source from one to the next.
    """
    frames: list[Frame] = []
    with open_source(source) as opened:
        for number in range((count - 1) * every + 1):
            frame = opened.read()
            if frame is None:
                break
            if number % every == 0:
                frames.append(frame)
    return frames


def with_images(frames: Sequence[Frame], images: Sequence[np.ndarray]) -> list[Frame]:
    """The frames with other images."""
    return [replace(frame, image=image) for frame, image in zip(frames, images, strict=True)]


def run(bundle: Bundle, frames: Sequence[Frame], settings: PipelineSettings) -> list[FrameResult]:
    """The results of a new pipeline."""
    with Pipeline(bundle, landmarker_model=find_landmarker(), settings=settings) as pipeline:
        return [pipeline.step(frame) for frame in frames]


def score(estimates: Sequence[Any], targets: Sequence[Gaze | None]) -> Row:
    """Distance of the estimates to the targets; frames without a target are left out."""
    asked = [(estimate, target) for estimate, target in zip(estimates, targets, strict=True) if target is not None]
    off = [np.inf if estimate is None else float(angular_error(estimate.gaze, target)) for estimate, target in asked]
    found = [value for value in off if np.isfinite(value)]
    low, high = clopper_pearson(sum(value <= 5 for value in off), len(off)) if off else (0.0, 1.0)
    return {
        "scored": len(off),
        "within_2": float(np.mean([value <= 2 for value in off])) if off else 0.0,
        "within_5": float(np.mean([value <= 5 for value in off])) if off else 0.0,
        "within_5_low": round(low, 4),
        "within_5_high": round(high, 4),
        "ae_deg": round(float(np.mean(found)), 3) if found else None,
    }


def markdown(rows: Sequence[Row]) -> str:
    """The share within 5 degrees, a line for each channel and a column for each source."""
    sources = list(dict.fromkeys(row["source"] for row in rows))
    names = list(dict.fromkeys(row["through"] for row in rows))
    cell = {(row["source"], row["through"]): f"{100 * row['within_5']:.0f}" for row in rows}
    sizes = {row["source"]: row["face_px"] for row in rows}
    heads = [f"{Path(source).name} ({sizes[source] or 0:.0f} px)" for source in sources]
    lines = [["within 5 degrees of the target (%)", *heads], ["---", *["---:"] * len(sources)]]
    lines += [[name, *(cell[source, name] for source in sources)] for name in names]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
