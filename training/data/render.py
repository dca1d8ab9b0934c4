"""Render a dataset to disk: python -m training.data.render --subjects N --per-subject M --seed S --out DIR."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from gazeattack.evaluation.dataset import export_patches
from gazeattack.live.folder_lock import lock_folder
from gazeattack.log_level import add_log_level
from gazeattack.model.crop import MPIIGAZE_EYE
from training.arguments import count, number, seed, whole
from training.cli import exit_status
from training.config_sections import CROPS, row_step
from training.data.pools import PoolSpec, data_card, render_pool

FACE_ROWS = 112  # of a face, by default


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="training.data.render", description=__doc__)
    parser.add_argument("--subjects", type=count, required=True, help="number of subjects")
    parser.add_argument("--per-subject", type=count, required=True, help="patches of each subject")
    parser.add_argument("--seed", type=seed, default=1, help="seed of subjects and patches (%(default)s)")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write")
    parser.add_argument(
        "--portraits", type=Path, help="a folder of faces whose eyes are re-rendered (default: procedural eyes)"
    )
    parser.add_argument("--held-out", action="store_true", help="only subjects and portraits that no training uses")
    parser.add_argument(
        "--height",
        type=whole(1, 512),
        help=f"rows of a patch, a multiple of 3 ({MPIIGAZE_EYE.height}; of a face {FACE_ROWS})",
    )
    parser.add_argument(
        "--region",
        choices=tuple(CROPS),
        default="eye",
        help="eye: one eye per patch; eyes: a strip of both; face: the whole face (%(default)s)",
    )
    parser.add_argument("--colour", action="store_true", help="faces in RGB instead of grey")
    parser.add_argument(
        "--blinks",
        type=number(0, 1),
        default=0.0,
        help="share of patches whose eyelids are partly or wholly closed, 0 to 1",
    )
    parser.add_argument(
        "--lid-jitter-mm",
        "--unsteady",
        dest="lid_jitter_mm",
        type=number(0, 3, unit="millimetres"),
        default=0.0,
        help="standard deviation of the upper eyelid's height from patch to patch, mm; the lower eyelid has 0.6 of it",
    )
    parser.add_argument(
        "--at-screen",
        type=number(0, 1),
        default=0.0,
        help="share of patches with the gaze on a laptop's screen, 0 to 1",
    )
    add_log_level(parser)
    options = parser.parse_args(arguments)
    if options.height is None:
        options.height = FACE_ROWS if options.region == "face" else MPIIGAZE_EYE.height
    if options.colour and options.region != "face":
        parser.error("--colour is for faces: add --region face, or leave it out")
    step = row_step(options.region)
    if options.height < step or options.height % step:
        parser.error(f"--height must be a multiple of {step}, so that there is a whole number of columns")
    if options.portraits and options.region == "eyes":
        parser.error("portraits have no strips of both eyes: leave out --portraits or --region")
    portrait_subjects = options.subjects if options.portraits else 0
    spec = PoolSpec(
        portrait_subjects,
        options.subjects - portrait_subjects,
        options.per_subject,
        options.seed,
        options.held_out,
        blinks=options.blinks,
        at_screen=options.at_screen,
        lid_jitter_mm=options.lid_jitter_mm,
        height=options.height,
        region=options.region,
        channels=3 if options.colour else 1,
    )
    # several threads gain little on small patches, and slow down a busy machine
    torch.set_num_threads(1)
    return exit_status(
        lambda: render_as_asked(options, spec), f"Stopped; {options.out} is incomplete: run the same command again."
    )


def render_as_asked(options: argparse.Namespace, spec: PoolSpec) -> None:
    """Render and export the patches, and print their number."""
    start = time.perf_counter()
    patches = render_pool(spec, options.portraits)
    seconds = time.perf_counter() - start
    with lock_folder(options.out):
        export_patches(patches, options.out, data_card(spec, options.portraits))
    print(f"{len(patches)} patches of {options.subjects} subjects in {seconds:.1f} s, in {options.out}")


if __name__ == "__main__":
    sys.exit(main())
