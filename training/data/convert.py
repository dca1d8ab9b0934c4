"""Convert a published dataset to eye patches in one .npz: python -m training.data.convert READER:FOLDER --out set.npz.

Useful for datasets of faces, whose eyes take long to crop, and for datasets that are read many times, as for folds.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gazeattack.files import whole_file
from gazeattack.log_level import add_log_level
from gazeattack.model.crop import MPIIGAZE_EYE
from training.arguments import count
from training.cli import exit_status
from training.data.readers import READERS, open_dataset
from training.errors import TrainingError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="training.data.convert", description=__doc__)
    parser.add_argument("data", help=f"READER:FOLDER, where READER is one of {', '.join(READERS)}")
    parser.add_argument("--out", type=Path, required=True, help="the .npz to write")
    parser.add_argument("--per-subject", type=count, help="largest number of images of each subject, evenly spread")
    add_log_level(parser)
    options = parser.parse_args(arguments)
    return exit_status(
        lambda: convert_as_asked(options), f"Stopped; {options.out} is incomplete: run the same command again."
    )


def convert_as_asked(options: argparse.Namespace) -> None:
    """Read the dataset, write the .npz, and print the number of eyes."""
    if options.out.suffix != ".npz":
        raise TrainingError(f"{options.out} must end in .npz.")
    data = open_dataset(options.data, crop=MPIIGAZE_EYE, per_subject=options.per_subject)
    columns: dict[str, Any] = {"images": data.images, "gaze_pitchyaw": data.gaze, "subject": data.subject}
    columns |= {name: column for name, column in (("head", data.head), ("right", data.right)) if column is not None}
    try:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(options.out) as file:
            np.savez(file, **columns)
    except OSError as error:
        raise TrainingError(f"{options.out} cannot be written ({error.strerror}): choose another --out.") from None
    print(f"{len(data.images)} eyes of {len(np.unique(data.subject))} subjects, in {options.out}")


if __name__ == "__main__":
    sys.exit(main())
