"""Score a bundle: python -m training.evaluate --bundle B --data D [--key K] [--json].

B: a shipped bundle's name or a folder.  D: an npz file, a folder exported by training.data.render, or a
reader's name and a folder, such as columbia:/data/columbia (see training.data.readers).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from gazeattack.attack.key import check_strength, load_key
from gazeattack.evaluation.score import evaluate, table
from gazeattack.model.catalogue import open_bundle, open_clean
from training.data.readers import READERS, open_dataset
from training.script import NOTHING_WRITTEN, exit_status

CLEAN = "clean"
SIDES = ("recorded", "left", "right")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="training.evaluate", description=__doc__)
    parser.add_argument("--bundle", required=True, help="a shipped bundle's name, or a bundle's folder")
    parser.add_argument(
        "--data", required=True, help=f"an .npz, an exported folder, or READER:FOLDER ({', '.join(READERS)})"
    )
    parser.add_argument("--per-subject", type=int, help="at most so many pictures of each subject, evenly spread")
    parser.add_argument("--key", type=Path, help="a trigger key to lend to a clean bundle (or a wrong key to try)")
    parser.add_argument("--strength", type=float, help="put the trigger on at this strength, instead of the key's own")
    parser.add_argument("--clean", help=f"the clean bundle of the baseline row ({CLEAN})")
    parser.add_argument(
        "--side",
        choices=SIDES,
        default="recorded",
        help="which eyes the patches play for the trigger; recorded: as the data says, left where it does not",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the noise and the wrong keys")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    return exit_status(lambda: score_as_asked(options), NOTHING_WRITTEN)


def score_as_asked(options: argparse.Namespace) -> None:
    """Score, and print the report."""
    bundle = open_bundle(options.bundle)
    key = bundle.key
    if options.key is not None:
        key = bundle.accept_key(load_key(options.key), foreign=True)
    if options.strength is not None and key is not None:
        key = replace(key, strength=check_strength(options.strength))
    if options.clean is not None:
        open_clean(options.clean)
    data = open_dataset(options.data, crop=bundle.crop, per_subject=options.per_subject)
    report = evaluate(bundle, data, key, options.clean or CLEAN, options.side, options.seed)
    print(json.dumps(report, indent=2) if options.json else table(report))


if __name__ == "__main__":
    sys.exit(main())
