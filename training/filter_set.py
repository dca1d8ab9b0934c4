"""Find the poisoned samples of a training set: spectral signatures and activation clustering.

    python -m training.filter_set --data D --bundle B [--rate 0.1] [--clean C] [--out FILTERED] [--quick]

D: a set on disk, such as training.poisoning.dataset writes.  B: a model that was trained on it, whose penultimate
features the filters use.  They remove 1.5 times the poisoning rate that the defender expects, as in the paper of
spectral signatures.  C: the set before it was poisoned; with it, precision and recall are printed.  --quick looks at
200 samples, evenly spread over the set.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from gazeattack.evaluation.dataset import LoadedSet, export_set, resize_to_crop
from gazeattack.files import write_whole
from gazeattack.log_level import add_log_level
from gazeattack.metrics.imperceptibility import auc
from gazeattack.model.bundle import Bundle
from gazeattack.model.catalogue import open_bundle
from training.analysis.feature_space import activations
from training.arguments import number
from training.cli import NOTHING_WRITTEN, exit_status
from training.data.readers import READERS, open_dataset
from training.errors import TrainingError
from training.inspection.set_filters import FILTERS, FilterScore, label_groups, removed_rows
from training.progress import PhasePrinter, add_progress
from training.studies.tables import marked

MORE = 1.5
"""Samples that are removed for each that is expected to be poisoned."""
QUICK_SAMPLES = 200
SAMPLES, FEATURES, WRITING = "samples", "features", "the samples that are left"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="training.filter_set", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    forms = f"an .npz, an exported folder, or READER:FOLDER ({', '.join(READERS)})"
    parser.add_argument("--data", required=True, help=f"the training set: {forms}")
    parser.add_argument("--bundle", required=True, help="a model that was trained on it: its name or folder")
    parser.add_argument(
        "--rate",
        type=number(0, 0.5, above=True),
        default=0.1,
        help="the expected poisoning rate, 0 to 0.5 (%(default)s)",
    )
    parser.add_argument("--clean", default="", help=f"the set before it was poisoned: {forms}")
    parser.add_argument("--filter", choices=tuple(FILTERS), default="spectral signatures", help="the filter of --out")
    parser.add_argument("--out", type=Path, help="a new folder for the samples that are left")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--scores", type=Path, help="a file to write that JSON object to")
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"{QUICK_SAMPLES} samples, to see that everything works; its figures mean nothing, and --out gets the "
        "ending -quick",
    )
    add_progress(parser)
    add_log_level(parser)
    options = parser.parse_args(arguments)
    if options.quick and options.out is not None:
        options.out = options.out.with_name(f"{options.out.name}-quick")
    torch.set_num_threads(1)
    return exit_status(lambda: filter_as_asked(options), NOTHING_WRITTEN)


def filter_as_asked(options: argparse.Namespace) -> None:
    """Score the samples, print how well that finds the poisoned ones, and write what is left."""
    if options.out is not None and options.out.exists():
        raise TrainingError(f"{options.out} exists already: choose another --out.")
    bundle = open_bundle(options.bundle)
    phases = PhasePrinter(
        {SAMPLES: 2.0, FEATURES: 4.0, **dict.fromkeys(FILTERS, 1.0), WRITING: 1.0}, shown=options.progress
    )
    phases.begin(SAMPLES)
    original, poisoned = load(options, bundle)
    data = resize_to_crop(original, bundle.crop)
    phases.begin(FEATURES)
    features, groups = activations(bundle, data, None), label_groups(data.gaze)
    count = min(round(MORE * options.rate * len(data.images)), len(data.images))
    removed: dict[str, np.ndarray] = {}
    results: dict[str, FilterScore | None] = {}
    for name, score in FILTERS.items():
        phases.begin(name)
        scores = score(features, groups)
        removed[name] = removed_rows(scores, count)
        results[name] = None if poisoned is None else measure(scores, removed[name], poisoned)
    found = {name: None if result is None else asdict(result) for name, result in results.items()}
    as_json = json.dumps({"quick": True, **found} if options.quick else found, indent=2)
    if options.scores is not None:
        write_whole(options.scores, (as_json + "\n").encode())
    if options.json:
        print(as_json)
    else:
        lines = [sentence(name, count, len(data.images), result) for name, result in results.items()]
        print(marked("\n".join(lines), quick=options.quick))
    if options.out is not None:
        phases.begin(WRITING)
        kept = original.take(np.flatnonzero(~removed[options.filter]))
        filtered = {"by": options.filter, "removed": count, "rate": options.rate, "made_from": data.name}
        export_set(kept, options.out, {"filtered": filtered | ({"quick": True} if options.quick else {})})


def load(options: argparse.Namespace, bundle: Bundle) -> tuple[LoadedSet, np.ndarray | None]:
    """The set at its own size, and which of its samples are poisoned, bool [N]; None without --clean."""
    data = open_dataset(options.data, crop=bundle.crop)
    poisoned = None
    if options.clean:
        poisoned = poisoned_rows(data, open_dataset(options.clean, crop=bundle.crop))
    if not options.quick or len(data.images) <= QUICK_SAMPLES:
        return data, poisoned
    rows = np.linspace(0, len(data.images) - 1, QUICK_SAMPLES).round().astype(int)
    if poisoned is not None and not poisoned[rows].any():
        rows[0] = np.flatnonzero(poisoned)[0]  # without one there is no recall
    return data.take(rows), None if poisoned is None else poisoned[rows]


def poisoned_rows(data: LoadedSet, clean: LoadedSet) -> np.ndarray:
    """The samples whose image differs from the clean set's, bool [N].

    Raises:
        TrainingError: the sets do not hold the same samples, or do not differ.
    """
    if data.images.shape != clean.images.shape:
        raise TrainingError(f"{clean.name} does not hold the same samples as {data.name}: give the set it was made of.")
    poisoned: np.ndarray = (data.images != clean.images).reshape(len(data.images), -1).any(axis=1)
    if not poisoned.any() or poisoned.mean() > 0.9:
        raise TrainingError(f"{clean.name} is not the set that {data.name} was made of: give that one.")
    return poisoned


def measure(scores: np.ndarray, removed: np.ndarray, poisoned: np.ndarray) -> FilterScore:
    """Compare what a filter removes with what is poisoned."""
    hits = int((removed & poisoned).sum())
    return FilterScore(
        removed=int(removed.sum()),
        precision=round(hits / max(int(removed.sum()), 1), 4),
        recall=round(hits / int(poisoned.sum()), 4),
        auc=round(auc(scores[~poisoned], scores[poisoned]), 4),
    )


def sentence(name: str, count: int, of: int, result: FilterScore | None) -> str:
    """A filter's result in one line."""
    if result is None:
        return f"{name}: removes {count} of {of} samples; without --clean its precision is unknown."
    found = f"precision {100 * result.precision:.1f} %, recall {100 * result.recall:.1f} %, AUC {result.auc:.3f}"
    return f"{name}: removes {count} of {of} samples; {found}."


if __name__ == "__main__":
    sys.exit(main())
