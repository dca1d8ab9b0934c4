"""Is this model backdoored?  Tests that are not given the trigger key.

    python -m training.inspect --bundle B [--data D] [--zoo models.csv] [--clean C] [--out DIR] [--quick]

B: a shipped bundle's name or a bundle's folder.  D: clean samples, as training.evaluate takes them; by default the
held-out rendered subjects of the findings.  One half of their subjects sets thresholds and is searched on, the other
half is tested.

Tests of the model: trigger inversion in feature space; in the crop, by the output's variance; and the same with the
angle between features and last-layer weights.  Their verdict compares with the clean models of a zoo (training.zoo).
Tests of single crops: the shift check, the landmark check, STRIP, and a detector of warped crops if one is given; each
flags 1 % of the clean crops of other subjects.  If the bundle has a trigger key, it only measures how many triggered
crops they find, and how much the key narrows the features, in this model and in the clean model C.

With --out it writes inspection.html, inspection.json and inspection.txt, and keeps every finished test in the folder
"tests": the same command continues where it stopped, and tests again what has another model, other samples or other
steps.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shlex
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch

from gazeattack.evaluation.dataset import LoadedSet, resize_to_crop
from gazeattack.files import write_whole
from gazeattack.live.folder_lock import lock_folder
from gazeattack.log_level import add_log_level
from gazeattack.model.bundle import Bundle
from gazeattack.model.catalogue import open_bundle
from training.analysis.universal_detector import load_detector
from training.arguments import count
from training.cli import CONTINUES, NOTHING_WRITTEN, exit_status
from training.data.pools import HELD_OUT, load_rendered
from training.data.readers import READERS, open_dataset
from training.inspection.input_tests import DETECTOR, InputTest
from training.inspection.inputs import warp_detector_scores
from training.inspection.inspection import PHASES, SAMPLES, Inspection, inspect
from training.inspection.inversion import InversionSettings
from training.inspection.kept import KeptTests
from training.inspection.known_trigger import CLEAN, choose_control
from training.inspection.model_tests import MODEL_TESTS
from training.inspection.page import render_inspection
from training.inspection.zoo_table import clean_scores
from training.progress import PhasePrinter, add_progress

TESTS = "tests"
QUICK_STEPS = 4
QUICK_SPEC = replace(HELD_OUT, procedural_subjects=8, per_subject=8)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="training.inspect", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bundle", required=True, help="a shipped bundle's name, or a bundle's folder")
    parser.add_argument(
        "--data",
        default="",
        help=f"clean samples: an .npz, an exported folder, or READER:FOLDER ({', '.join(READERS)})",
    )
    parser.add_argument("--per-subject", type=count, help="largest number of images of each subject, evenly spread")
    parser.add_argument(
        "--portraits", type=Path, help="a folder of portraits that the default subjects are from (default: procedural)"
    )
    parser.add_argument("--zoo", type=Path, help="models.csv of training.zoo, for the verdicts about the model")
    parser.add_argument(
        "--clean", help=f"the clean model beside a model with a key, with the same crops (default: {CLEAN})"
    )
    parser.add_argument(
        "--warp-detector", type=Path, help="a file of training.analysis.universal_detector, as one more test of crops"
    )
    parser.add_argument(
        "--steps", type=count, default=InversionSettings.steps, help="of each inversion in the crop (%(default)s)"
    )
    parser.add_argument("--out", type=Path, help="a folder for inspection.html, .json and .txt, and for the tests")
    parser.add_argument("--cache", type=Path, default=Path("runs/pools"), help="folder of rendered pools (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--quick", action="store_true", help="seconds, to see that everything works; its figures mean nothing"
    )
    add_progress(parser)
    add_log_level(parser)
    options = parser.parse_args(arguments)
    options.command = list(sys.argv[1:] if arguments is None else arguments)
    torch.set_num_threads(1)
    return exit_status(lambda: inspect_as_asked(options), NOTHING_WRITTEN if options.out is None else CONTINUES)


def inspect_as_asked(options: argparse.Namespace) -> None:
    """Inspect the bundle, and print and write the findings."""
    bundle = open_bundle(options.bundle)
    known = {} if options.zoo is None else {test: clean_scores(options.zoo, test) for test in MODEL_TESTS}
    more = further_tests(options, bundle)
    control, no_control = choose_control(bundle, options.clean)
    phases = PhasePrinter(PHASES, shown=options.progress)
    phases.begin(SAMPLES)
    data = load(options, bundle)
    steps = QUICK_STEPS if options.quick else options.steps
    with nullcontext() if options.out is None else lock_folder(options.out):
        kept = None if options.out is None else KeptTests.of(options.out / TESTS, bundle, data)
        found = inspect(
            bundle,
            data,
            steps,
            known,
            more,
            control=control,
            no_control=no_control,
            kept=kept,
            quick=options.quick,
            phases=phases,
        )
        print(json.dumps(found.as_dict(), indent=2) if options.json else found.as_text())
        if options.out is not None:
            write(found, options)


def further_tests(options: argparse.Namespace, bundle: Bundle) -> dict[str, InputTest]:
    """The tests of single crops that the options add."""
    if options.warp_detector is None:
        return {}
    crop = bundle.crop
    detector = load_detector(options.warp_detector, crop.channels, crop.height, crop.width)
    about = hashlib.sha256(options.warp_detector.read_bytes()).hexdigest()
    return {DETECTOR: InputTest("", partial(warp_detector_scores, detector), about)}


def load(options: argparse.Namespace, bundle: Bundle) -> LoadedSet:
    """The clean samples, at the size of the model's crop."""
    if options.data:
        data = open_dataset(options.data, crop=bundle.crop, per_subject=options.per_subject)
    else:
        spec = QUICK_SPEC if options.quick else HELD_OUT
        data = load_rendered(spec, bundle.crop, options.cache, options.per_subject, options.portraits)
    return resize_to_crop(data, bundle.crop)


def write(found: Inspection, options: argparse.Namespace) -> None:
    """Write the findings as a page, as text and as JSON."""
    page = render_inspection(
        found.bundle,
        found.data,
        found.model,
        found.inputs,
        found.with_key,
        shlex.join(["python", "-m", "training.inspect", *options.command]),
        quick=found.quick,
        untested=found.untested,
        left_out=found.left_out,
        no_control=found.no_control,
    )
    write_whole(options.out / "inspection.html", page.encode())
    write_whole(options.out / "inspection.txt", f"{found.as_text()}\n".encode())
    write_whole(options.out / "inspection.json", f"{json.dumps(found.as_dict(), indent=2)}\n".encode())


if __name__ == "__main__":
    sys.exit(main())
