"""Compare inputs: one eye, the mean of the predictions for both eyes, or both eyes in one strip.

    python -m training.studies.two_eyes [--seeds 3] [--workers 1] [--out runs/two_eyes] [--quick]

Each seed trains two clean networks at the same budget of images and steps, with the head pose given for most of them:
one on patches of one eye, one on strips of both.  All are scored on the same images of held-out subjects: each is used
as a strip and as two patches cut from it (see gazeattack.synthetic.patches.paired).  The mean is computed as in the
live app: right eyes are mirrored, both predictions are turned into one camera, and the directions are averaged.  A
strip has 2.7 times the pixels of a patch, and its network costs as much more.  Writes runs.csv (one row a run),
inputs.csv and inputs.md (mean and standard deviation over the seeds).  After an interruption the same command
continues.  See training.studies.script for the options.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gazeattack.angles import angular_error, to_angles, to_vector
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.evaluation.predict import predict
from gazeattack.metrics.regression import mean_error_deg
from gazeattack.model.bundle import Bundle
from gazeattack.synthetic.patches.paired import Looks, render_looks
from gazeattack.synthetic.patches.patch_set import PatchSet
from training.errors import TrainingError
from training.studies.run_paths import StudyRun
from training.studies.runner import QUICK, StudyResult
from training.studies.score_run import Row
from training.studies.script import run_and_write, run_script
from training.studies.tables import Column, markdown, summarise, write_tables

OUT = "runs/two_eyes"
REGIONS = ("eye", "eyes")
INPUTS = {"one": "one eye", "mean": "mean of the predictions for both eyes", "strip": "both eyes in one strip"}
EXTRA = ("training.studies.two_eyes:columns",)
SEED = 99
COLUMNS = (Column("pose_deg", "head pose given (deg)"), Column("no_pose_deg", "no head pose (deg)"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="training.studies.two_eyes", description=__doc__.partition("\n")[0])
    parser.add_argument("overrides", nargs="*", help="section.key=value, for all runs")
    return run_script(parser, study, arguments, OUT)


def study(options: argparse.Namespace) -> StudyResult:
    """Train and score, then write the table."""
    if options.data or options.portraits is not None:
        raise TrainingError("Only procedural subjects have images of both eyes: leave --data and --portraits out.")
    overrides = (*(QUICK if options.quick else ()), *options.overrides)
    runs = [
        plan_run(region, seed, overrides, options.config) for seed in range(1, options.seeds + 1) for region in REGIONS
    ]
    return run_and_write(runs, options, write)


def plan_run(region: str, seed: int, overrides: Sequence[str], config: Path) -> StudyRun:
    """The clean run of a network for one eye ("eye") or for strips of both ("eyes")."""
    own = (*overrides, "network.head_pose=true", "poison.attack_rate=0", f"data.region={region}")
    return StudyRun({"region": region}, own, seed=seed, extra=EXTRA, config=config)


def columns(bundle: Bundle, clean: Bundle | None, data: LoadedSet) -> dict[str, float]:
    """Errors in degrees by input, with and without head pose: INPUT_pose_deg and INPUT_no_pose_deg.

    They are of new images of the subjects in `data`, as many of each.
    """
    subjects = np.unique(data.subject)
    looks = render_looks(subjects.tolist(), len(data.subject) // len(subjects), SEED)
    row: dict[str, float] = {}
    for name, known in (("pose_deg", True), ("no_pose_deg", False)):
        found = errors(bundle, looks, pose=known)
        row |= {f"{which}_{name}": round(value, 4) for which, value in found.items()}
    return row


def errors(bundle: Bundle, looks: Looks, *, pose: bool) -> dict[str, float]:
    """Mean errors in degrees, by those of INPUTS that the bundle takes.

    Args:
        bundle: The model.
        looks: Images of both eyes.
        pose: Whether the network gets the head pose.

    Returns:
        "one": over left and right eyes, each in its own camera, and "mean"; or "strip".
    """

    def predictions(patches: PatchSet) -> np.ndarray:
        return predict(bundle.network, bundle.preprocess, patches.images, patches.head if pose else None)

    if not bundle.crop.mirrors:
        return {"strip": mean_error_deg(predictions(looks.strips), looks.strips.gaze)}
    left, right = predictions(looks.left), predictions(looks.right)
    one = [angular_error(left, looks.left.gaze), angular_error(right, looks.right.gaze)]
    both = to_angles(to_vector(looks.in_strip(left, right)).mean(axis=0))
    return {"one": float(np.mean(one)), "mean": mean_error_deg(both, looks.strips.gaze)}


def by_input(rows: Iterable[Row]) -> list[Mapping[str, Any]]:
    """Turn rows of runs into rows of inputs; a network for one eye gives two of them."""
    return [
        {"input": title, "seed": row["seed"], **{c.field: row[f"{name}_{c.field}"] for c in COLUMNS}}
        for name, title in INPUTS.items()
        for row in rows
        if f"{name}_{COLUMNS[0].field}" in row
    ]


def write(rows: Sequence[Row], out: Path, *, quick: bool = False) -> None:
    """Write the table of a study's rows."""
    summaries = summarise(by_input(rows), by=("input",))
    parts = ["# One eye or both", ""]
    text = "\n".join([*parts, markdown(summaries, COLUMNS)])
    write_tables(out, "inputs", summaries, text, quick=quick)


if __name__ == "__main__":
    sys.exit(main())
