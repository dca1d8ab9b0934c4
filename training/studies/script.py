"""The main() of a study's script: `return run_script(parser, study, arguments, out="runs/mine")`.

It adds the options that all studies share (see study_options()), calls study(options) -> StudyResult, prints an error
as one sentence and returns the exit status.  run_asked(runs, options) calls run_study() with these options; with
options.quick, add *QUICK to the overrides.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from gazeattack.live.folder_lock import lock_folder
from gazeattack.log_level import add_log_level
from training.arguments import number, whole
from training.cli import CONTINUES, exit_status, need
from training.jobs import add_job_options, place_of
from training.studies.held_out import PORTRAIT_SHARE, ScoredOn
from training.studies.run_paths import STUDY_CONFIG, StudyRun
from training.studies.runner import CACHE, StudyResult, run_study

NEEDED = ("matplotlib", "skimage")
"""Packages of the train extra, for figures and for SSIM."""
QUICK_NOTE = "--quick: a tiny study that only shows that everything works; its figures mean nothing."


def study_options(parser: argparse.ArgumentParser, out: str) -> None:
    """Add the options that all studies share; `out` is the default folder of tables and figures."""
    parser.add_argument(
        "--seeds", type=whole(1, 1000), default=3, help="runs of each row, for its standard deviation (%(default)s)"
    )
    add_job_options(parser)
    parser.add_argument("--config", type=Path, default=STUDY_CONFIG, help="settings that all runs share")
    parser.add_argument("--out", type=Path, default=Path(out), help="folder of tables and figures (%(default)s)")
    parser.add_argument(
        "--cache", type=Path, default=CACHE, help="folder of trained runs, shared by all studies (%(default)s)"
    )
    parser.add_argument(
        "--portraits", type=Path, help="a folder of portraits to re-render; without it all subjects are procedural"
    )
    parser.add_argument(
        "--portrait-share",
        type=number(0, 1),
        default=PORTRAIT_SHARE,
        help="share of the held-out subjects that are from the portraits, 0 to 1 (%(default)s)",
    )
    parser.add_argument("--data", default="", help="a dataset to score on instead, as training.evaluate takes it")
    parser.add_argument(
        "--screen", default="", help="score on real people as well: a folder of sets with points on a screen"
    )
    parser.add_argument(
        "--quick", action="store_true", help="tiny runs that only show that everything works; quote no figure of them"
    )


def scored_on(options: argparse.Namespace) -> ScoredOn:
    """The held-out data of the options."""
    chosen = ScoredOn(data=options.data, screen=options.screen, portrait_share=options.portrait_share)
    return replace(chosen, subjects=8, each=8) if options.quick else chosen


def run_asked(runs: Sequence[StudyRun], options: argparse.Namespace) -> StudyResult:
    """Call run_study with the options."""
    return run_study(
        runs,
        options.out,
        place=place_of(options, options.out),
        portraits=options.portraits,
        held_out=scored_on(options),
        cache=options.cache,
        quick=options.quick,
    )


def run_and_write(runs: Sequence[StudyRun], options: argparse.Namespace, write: Callable[..., None]) -> StudyResult:
    """Call run_asked, and write(rows, options.out, quick=options.quick) with the rows, where there are any."""
    result = run_asked(runs, options)
    if result.rows:
        write(result.rows, options.out, quick=options.quick)
    return result


def run_script(
    parser: argparse.ArgumentParser,
    study: Callable[[argparse.Namespace], StudyResult],
    arguments: Sequence[str] | None,
    out: str,
) -> int:
    """The main() of a study script.

    --quick runs a single seed, writes to its own folder and prints a note at the end.  The folder is locked meanwhile.

    Args:
        parser: Its parser, without the options of study_options().
        study: Runs the study.
        arguments: The command line; None uses that of the process.
        out: The default folder of tables and figures.

    Returns:
        The exit status; 130 after ctrl-C.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    study_options(parser, out)
    add_log_level(parser)
    options = parser.parse_intermixed_args(arguments)
    if options.quick:
        # a tiny study must not replace the real one
        options.out, options.seeds = options.out / "quick", 1
    torch.set_num_threads(1)

    def begin() -> int:
        need(NEEDED)
        with lock_folder(options.out):
            return _report(study(options), options)

    return exit_status(begin, CONTINUES)


def _report(result: StudyResult, options: argparse.Namespace) -> int:
    if options.quick:
        print(QUICK_NOTE)
    if result.failed:
        print(f"{len(result.failed)} runs failed: run the same command again to retry them.", file=sys.stderr)
        return 1
    return 0
