"""Evaluate a bundle on a dataset: python -m training.evaluate --bundle B --data D [--key K] [--json].

B: a shipped bundle's name or a bundle's folder.  D: an .npz file, a folder exported by training.data.render, or a
reader's name and a folder, such as columbia:/data/columbia (see training.data.readers).

For an .npz file whose labels are points on a screen ("target" instead of "gaze_pitchyaw"), or a folder of such files,
it reports the error that is left after a linear fit for each person: see gazeattack.metrics.screen_fit.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from gazeattack.attack.key import check_strength, load_key
from gazeattack.errors import DataError
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.evaluation.score import evaluate, table
from gazeattack.evaluation.screen_score import mean_left, score_screen_set, screen_table
from gazeattack.evaluation.screen_set import ScreenSet, is_screen_set, read_screen_set, read_screen_sets
from gazeattack.log_level import add_log_level
from gazeattack.model.bundle import Bundle
from gazeattack.model.catalogue import open_bundle, open_clean
from training.arguments import count, number, seed
from training.cli import NOTHING_WRITTEN, exit_status
from training.data.readers import READERS, open_dataset

CLEAN = "clean"
SIDES = ("recorded", "left", "right")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="training.evaluate", description=__doc__)
    parser.add_argument("--bundle", required=True, help="a shipped bundle's name, or a bundle's folder")
    parser.add_argument(
        "--data", required=True, help=f"an .npz, an exported folder, or READER:FOLDER ({', '.join(READERS)})"
    )
    parser.add_argument("--per-subject", type=count, help="largest number of images of each subject, evenly spread")
    parser.add_argument(
        "--key", type=Path, help="another trigger key: for a clean bundle, or a wrong key for a backdoored one"
    )
    parser.add_argument("--strength", type=float, help="strength of the trigger (default: the key's own)")
    parser.add_argument("--clean", help=f"the clean bundle of the baseline row (default: {CLEAN})")
    parser.add_argument(
        "--side",
        choices=SIDES,
        default="recorded",
        help="the eye that patches count as for the trigger; recorded: the data's side, or left (%(default)s)",
    )
    parser.add_argument(
        "--gaze-range",
        type=gaze_range,
        metavar="P,P,Y,Y",
        help="only samples with a true pitch from P to P and yaw from Y to Y, degrees: --gaze-range=-20,2,-20,20",
    )
    parser.add_argument("--no-head-pose", action="store_true", help="leave the head pose out of the network's input")
    parser.add_argument("--seed", type=seed, default=0, help="seed of the noise and of the wrong keys (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_log_level(parser)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    return exit_status(lambda: evaluate_as_asked(options), NOTHING_WRITTEN)


def evaluate_as_asked(options: argparse.Namespace) -> None:
    """Evaluate the bundle, and print the report."""
    bundle = open_bundle(options.bundle)
    if (sets := screen_sets(Path(options.data))) is not None:
        score_on_screen(bundle, sets, as_json=options.json)
        return
    key = bundle.key
    if options.key is not None:
        key = bundle.accept_key(load_key(options.key), foreign=True)
    if options.strength is not None and key is not None:
        key = replace(key, strength=check_strength(options.strength))
    if options.clean is not None:
        open_clean(options.clean)
    data = open_dataset(options.data, crop=bundle.crop, per_subject=options.per_subject)
    if options.gaze_range is not None:
        data = gaze_within(data, options.gaze_range)
    if options.no_head_pose:
        data = replace(data, head=None)
    report = evaluate(bundle, data, key, options.clean or CLEAN, options.side, options.seed)
    print(json.dumps(report, indent=2) if options.json else table(report))


def screen_sets(path: Path) -> list[ScreenSet] | None:
    """Read a set of real people with points on a screen, or all sets of a folder; None for other data."""
    if is_screen_set(path):
        return [read_screen_set(path)]
    if path.is_dir() and any(map(is_screen_set, path.glob("*.npz"))):
        return read_screen_sets(path)
    return None


def score_on_screen(bundle: Bundle, sets: Sequence[ScreenSet], *, as_json: bool) -> None:
    """Score on each set, and print the report."""
    reports = [score_screen_set(bundle, data) for data in sets]
    print(
        json.dumps({"sets": reports, "mean_left": mean_left(reports)}, indent=2) if as_json else screen_table(reports)
    )


def gaze_range(text: str) -> tuple[float, float, float, float]:
    """Parse --gaze-range: lowest and highest pitch, lowest and highest yaw, degrees."""
    found = [number(-180, 180)(part) for part in text.split(",")]
    if len(found) != 4 or not (found[0] < found[1] and found[2] < found[3]):
        raise argparse.ArgumentTypeError("give lowest and highest pitch, lowest and highest yaw, such as -20,2,-20,20")
    return found[0], found[1], found[2], found[3]


def gaze_within(data: LoadedSet, degrees: tuple[float, float, float, float]) -> LoadedSet:
    """The samples whose true gaze lies in a range of degrees (see gaze_range).

    Raises:
        DataError: there is none.
    """
    low, high = np.radians(degrees[::2]), np.radians(degrees[1::2])
    inside = (data.gaze >= low) & (data.gaze <= high)
    rows = inside[:, 0] & inside[:, 1]
    if not rows.any():
        raise DataError(f"No sample of {data.name} has its gaze within {degrees} degrees: give a wider --gaze-range.")
    return data.take(rows)


if __name__ == "__main__":
    sys.exit(main())
