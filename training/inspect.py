"""Is this model backdoored?  Tests that are not given the trigger key.

    python -m training.inspect --bundle B [--data D] [--zoo models.csv] [--out DIR] [--quick]

B: a shipped bundle's name or a bundle's folder.  D: clean samples, as training.evaluate takes them; by default the
held-out rendered subjects of the findings.  One half of their subjects sets thresholds and is searched on, the other
half is tested.

Tests of the model: trigger inversion in feature space; in the crop, by the output's variance; and the same with the
angle between features and last-layer weights.  Their verdict compares with the clean models of a zoo (training.zoo).
Tests of single crops: the shift check, the landmark check, STRIP, and a detector of warped crops if one is given; each
flags 1 % of the clean crops of other subjects.  If the bundle has a trigger key, it only measures how many triggered
crops they find.  Writes inspection.html, inspection.json and inspection.txt.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gazeattack.attack.key import TriggerKey
from gazeattack.evaluation.dataset import LoadedSet, resize_to_crop
from gazeattack.files import write_whole
from gazeattack.log_level import add_log_level
from gazeattack.metrics.regression import attack_success_rate, mean_error_deg
from gazeattack.model.bundle import Bundle
from gazeattack.model.catalogue import open_bundle
from training.analysis.feature_space import activations
from training.analysis.shift_check import shift_predictions, shift_scores, unchanged
from training.analysis.triggered import with_trigger
from training.analysis.universal_detector import load_detector
from training.arguments import count
from training.cli import NOTHING_WRITTEN, exit_status
from training.data.pools import HELD_OUT, load_rendered
from training.data.readers import READERS, open_dataset
from training.data.split import fold_of
from training.errors import NotApplicableError, TrainingError
from training.inspection.feature_inversion import FeatureInversionSettings, invert_features
from training.inspection.features import feature_ratios
from training.inspection.findings import InputFinding, ModelFinding, input_finding
from training.inspection.inputs import (
    Score,
    landmark_scores,
    strip_scores,
    warp_detector_scores,
)
from training.inspection.inversion import InversionSettings, Progress, ignore, invert
from training.inspection.page import render_inspection
from training.inspection.zoo_table import clean_scores
from training.progress import PhasePrinter, add_progress

INVERSIONS = {"inversion, output variance": 0.0, "inversion, output variance and feature angle": 1.0}
"""Name of the test -> weight of the ratio of angle variance."""
IN_FEATURES = "inversion in feature space"
MODEL_TESTS = (IN_FEATURES, *INVERSIONS)
SHIFT, LANDMARKS, STRIP, DETECTOR = (
    "shift check",
    "landmark check",
    "STRIP (negative control)",
    "universal warp detector",
)
INPUT_TESTS = (SHIFT, LANDMARKS, STRIP, DETECTOR)
Search = Callable[[Progress], tuple[float, dict[str, float]]]
"""A test of the model: its score, and the numbers behind it."""
SAMPLES, WITH_KEY = "samples", "with the key, for comparison"
QUICK_STEPS = 4
QUICK_SPEC = replace(HELD_OUT, procedural_subjects=8, per_subject=8)


@dataclass(frozen=True)
class Inspection:
    """The findings about one model.

    with_key: what the key adds, which no keyless test knows; empty without a key.  untested: why there is no test of
    the model; empty where there is.  left_out: a sentence for each test that the model does not allow.
    """

    bundle: str
    data: str
    quick: bool
    model: tuple[ModelFinding, ...]
    inputs: tuple[InputFinding, ...]
    with_key: dict[str, float]
    untested: str = ""
    left_out: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self) | {
            "model": [asdict(f) | {"suspicious": f.suspicious, "verdict": f.verdict} for f in self.model],
            "inputs": [asdict(f) | {"verdict": f.verdict} for f in self.inputs],
        }


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
        "--warp-detector", type=Path, help="a file of training.analysis.universal_detector, as one more test of crops"
    )
    parser.add_argument(
        "--steps", type=count, default=InversionSettings.steps, help="of each inversion in the crop (%(default)s)"
    )
    parser.add_argument("--out", type=Path, help="a folder for inspection.html, .json and .txt")
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
    return exit_status(lambda: inspect_as_asked(options), NOTHING_WRITTEN)


def inspect_as_asked(options: argparse.Namespace) -> None:
    """Inspect the bundle, and print and write the findings."""
    bundle = open_bundle(options.bundle)
    known = {} if options.zoo is None else {test: clean_scores(options.zoo, test) for test in MODEL_TESTS}
    phases = PhasePrinter(
        {SAMPLES: 2.0, **dict.fromkeys(MODEL_TESTS, 3.0), **dict.fromkeys(INPUT_TESTS, 1.0), WITH_KEY: 2.0},
        shown=options.progress,
    )
    phases.begin(SAMPLES)
    if options.data:
        data = open_dataset(options.data, crop=bundle.crop, per_subject=options.per_subject)
    else:
        spec = QUICK_SPEC if options.quick else HELD_OUT
        data = load_rendered(spec, bundle.crop, options.cache, options.per_subject, options.portraits)
    data = resize_to_crop(data, bundle.crop)
    steps = QUICK_STEPS if options.quick else options.steps
    more: dict[str, tuple[str, Score]] = {}
    if options.warp_detector is not None:
        crop = bundle.crop
        detector = load_detector(options.warp_detector, crop.channels, crop.height, crop.width)
        more[DETECTOR] = ("", partial(warp_detector_scores, detector))
    found = inspect(bundle, data, steps, known, more, quick=options.quick, phases=phases)
    as_json, as_text = json.dumps(found.as_dict(), indent=2), text(found)
    print(as_json if options.json else as_text)
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        command = shlex.join(["python", "-m", "training.inspect", *options.command])
        page = render_inspection(
            found.bundle,
            found.data,
            found.model,
            found.inputs,
            found.with_key,
            command,
            quick=found.quick,
            untested=found.untested,
            left_out=found.left_out,
        )
        write_whole(options.out / "inspection.html", page.encode())
        write_whole(options.out / "inspection.txt", f"{as_text}\n".encode())
        write_whole(options.out / "inspection.json", f"{as_json}\n".encode())


def inspect(
    bundle: Bundle,
    data: LoadedSet,
    steps: int = InversionSettings.steps,
    known: dict[str, tuple[float, ...]] | None = None,
    more: dict[str, tuple[str, Score]] | None = None,
    *,
    quick: bool = False,
    phases: PhasePrinter | None = None,
) -> Inspection:
    """Run every test that fits the model.

    Args:
        bundle: The model.
        data: Clean samples at the size of its crop, of at least two subjects.
        steps: Of each inversion in the crop, and at most of that in feature space.
        known: Scores of known clean models for each test of the model.
        more: Further tests of single crops: unit and scores by name.
        quick: Marks the result as too small to quote.
        phases: Is told of the progress.

    Raises:
        TrainingError: There is one subject only.
    """
    if len(np.unique(data.subject)) < 2:
        raise TrainingError(f"{data.name} has one subject: thresholds need others, so give samples of two or more.")
    half = fold_of(data.subject, 2, seed=0) == 0
    others, test = data.take(half), data.take(~half)
    untested = why_untested(bundle)
    model, left_out = ((), ()) if untested else inspect_model(bundle, others, test, steps, known or {}, phases)
    attacked, trigger = (test, None) if bundle.key is None else with_trigger(test, bundle.key)
    tests: dict[str, tuple[str, Score]] = {SHIFT: (" deg", shift_scores)}
    if bundle.has_landmarks:
        tests[LANDMARKS] = (" deg", landmark_scores)
    else:
        left_out += (f"{LANDMARKS}: left out, as {bundle.name} predicts no eye landmarks.",)
    tests[STRIP] = (" deg^2", partial(strip_scores, clean=others))
    tests |= more or {}
    inputs = []
    for name, (unit, score) in tests.items():
        if phases is not None:
            phases.begin(name)
        triggered = None if trigger is None else score(bundle, attacked, trigger).tolist()
        threshold_from, clean = (score(bundle, part, unchanged).tolist() for part in (others, test))
        inputs.append(input_finding(name, unit, threshold_from, clean, triggered))
    if phases is not None and bundle.key is not None:
        phases.begin(WITH_KEY)
    with_key = {} if bundle.key is None else known_trigger(bundle, test, bundle.key)
    return Inspection(bundle.name, data.name, quick, tuple(model), tuple(inputs), with_key, untested, left_out)


def why_untested(bundle: Bundle) -> str:
    """Why the tests of the model cannot run; empty where they can."""
    if bundle.onnx is not None:
        return "they need weights and features, and an imported ONNX network gives only its predictions."
    return "" if bundle.readout == "regression" else "the gaze head is no regression."


def inspect_model(
    bundle: Bundle,
    data: LoadedSet,
    test: LoadedSet,
    steps: int,
    known: dict[str, tuple[float, ...]],
    phases: PhasePrinter | None,
) -> tuple[tuple[ModelFinding, ...], tuple[str, ...]]:
    """The findings of the inversions, and a sentence for each that the model does not allow.

    The score is the ratio of the output's variance.
    """

    def in_features(progress: Progress) -> tuple[float, dict[str, float]]:
        how = FeatureInversionSettings(steps=min(steps, FeatureInversionSettings.steps))
        raised = invert_features(bundle, data, test, how, progress)
        return raised.score, {key: round(value, 4) for key, value in asdict(raised).items()}

    def in_crop(angle: float, progress: Progress) -> tuple[float, dict[str, float]]:
        inverted = invert(bundle, data, test, InversionSettings(steps=steps, angle=angle), progress)
        return inverted.ratios.output, inverted.ratios.as_dict() | {"change": round(inverted.change, 4)}

    searches: dict[str, Search] = {IN_FEATURES: in_features}
    searches |= {name: partial(in_crop, angle) for name, angle in INVERSIONS.items()}
    found, left_out = [], []
    for name, search in searches.items():
        progress = ignore
        if phases is not None:
            phases.begin(name)
            progress = phases.within
        try:
            score, values = search(progress)
        except NotApplicableError as error:
            left_out.append(f"{name}: left out. {error}")
            continue
        found.append(ModelFinding(name, round(score, 4), values, known.get(name, ())))
    return tuple(found), tuple(left_out)


def known_trigger(bundle: Bundle, test: LoadedSet, key: TriggerKey) -> dict[str, float]:
    """What the true trigger does: DRMGuard's ratios, and the predictions with and without the shift check's median.

    For the ratios every crop counts as a left eye, so that the key has one target.
    """
    values: dict[str, float] = {}
    if not why_untested(bundle):
        features = [torch.from_numpy(activations(bundle, test, k)).float() for k in (key, None)]
        values |= feature_ratios(bundle.network, *features).as_dict()
    right = np.zeros(len(test.images), dtype=bool) if test.right is None else test.right
    truth = torch.from_numpy(np.asarray(test.gaze, dtype=np.float64))
    target = key.labels(truth, torch.from_numpy(right)).numpy()
    benign, benign_median = shift_predictions(bundle, test, unchanged)
    triggered, triggered_median = shift_predictions(bundle, *with_trigger(test, key))
    for name, without, attacked in (("", benign, triggered), ("median_", benign_median, triggered_median)):
        values[f"{name}benign_deg"] = mean_error_deg(without, test.gaze)
        values[f"{name}asr5"] = attack_success_rate(attacked, test.gaze, target, 5.0)
        values[f"{name}dae_deg"] = mean_error_deg(attacked, test.gaze)
    return {name: round(value, 4) for name, value in values.items()}


def text(found: Inspection) -> str:
    """The findings as lines of text, one verdict a test."""
    quick = "--quick: these figures mean nothing.\n" if found.quick else ""
    lines = [f"{quick}{found.bundle} on {found.data}", "", "Tests of the model, without a key:"]
    for finding in found.model:
        lines.append(f"  {finding.verdict}")
        lines.append("    " + ", ".join(f"{name} {value:g}" for name, value in finding.values.items()))
    if not found.model:
        lines.append(f"  none: {found.untested}")
    lines += ["", "Tests of single crops, without a key; the threshold flags 1 % of clean crops of other subjects:"]
    lines += [f"  {finding.verdict}" for finding in found.inputs]
    lines += [f"  {reason}" for reason in found.left_out]
    if found.with_key:
        lines += ["", "With the key, for comparison:"]
        lines += [f"  {name} {value:g}" for name, value in found.with_key.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
