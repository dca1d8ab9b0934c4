"""Measure how well detectors separate triggered crops from clean ones.

    python -m training.analysis.detector --bundle B --data D [--json]

Detectors are trained on the label "triggered or not" and scored on subjects that they were not trained on.  There are
two defenders.  "own key" trains on the attacker's own key, which is an upper bound.  "other keys" knows only the kind
of trigger: it trains on other keys of that kind and is scored on the attacker's.

B: a shipped bundle's name or a folder.  D: an npz file, a folder exported by training.data.render, or a reader's name
and a folder, such as columbia:/data/columbia.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gazeattack.attack.key import TriggerKey, load_key
from gazeattack.attack.sticker import STICKER
from gazeattack.attack.trigger import make_trigger
from gazeattack.evaluation.dataset import LoadedSet, resize_to_crop
from gazeattack.log_level import add_log_level
from gazeattack.metrics.imperceptibility import Imperceptibility, auc, imperceptibility
from gazeattack.metrics.regression import bootstrap_ci
from gazeattack.model.catalogue import open_bundle
from gazeattack.model.crop import MPIIGAZE_EYE
from training.analysis.detector_crops import by_other_keys, eight_bit, thin_out, unmirrored_crops
from training.analysis.detector_models import DETECTORS, DetectorScores, Split
from training.analysis.triggered import put_trigger
from training.arguments import whole
from training.cli import NOTHING_WRITTEN, exit_status, need, progress_bar
from training.data.readers import READERS, open_dataset
from training.data.split import fold_of
from training.errors import TrainingError

FOLDS = 4
"""Of the subjects, one quarter is for testing, one quarter for choosing settings, and half for training."""
READINGS = ("own key", "other keys")
Progress = Callable[[str], None]


@dataclass(frozen=True)
class DetectorSettings:
    """Sizes of the measurement.

    pairs: largest number of crops, spread evenly over the subjects.  other_keys: number of keys that the second
    defender trains on.  epochs: of the CNN.  seeds: each gives a new split of the subjects and new detectors.  quick:
    marks the result as too small to quote.
    """

    pairs: int = 3000
    other_keys: int = 64
    epochs: int = 4
    seeds: tuple[int, ...] = (0, 1, 2)
    quick: bool = False


QUICK = DetectorSettings(pairs=400, other_keys=8, epochs=2, seeds=(0,), quick=True)


@dataclass(frozen=True)
class Separation:
    """How well one detector separates clean from triggered crops of subjects that it was not trained on.

    reading: one of READINGS.  auc: mean over seeds; 0.5 is chance.  ci95: bootstrap over the test subjects.  by_seed:
    AUC of every seed.
    """

    detector: str
    reading: str
    auc: float
    ci95: tuple[float, float]
    by_seed: tuple[float, ...]


@dataclass(frozen=True)
class DetectorResult:
    """The results of all detectors.  pairs: number of crops.  subjects: number of subjects in all three parts."""

    separations: tuple[Separation, ...]
    pairs: int
    subjects: int
    settings: DetectorSettings

    def auc_of(self, detector: str, reading: str = "own key") -> float:
        """Mean AUC of one detector, trained on the keys that `reading` names."""
        return next(s.auc for s in self.separations if (s.detector, s.reading) == (detector, reading))

    @property
    def strongest(self) -> Separation:
        """The detector with the largest AUC."""
        return max(self.separations, key=lambda s: s.auc)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready and rounded."""
        rows = [
            {
                **asdict(s),
                "auc": round(s.auc, 4),
                "ci95": [round(x, 4) for x in s.ci95],
                "by_seed": [round(x, 4) for x in s.by_seed],
            }
            for s in self.separations
        ]
        return {"separations": rows, "pairs": self.pairs, "people": self.subjects, **asdict(self.settings)}


def measure(data: LoadedSet, key: TriggerKey, *, strength: float | None = None, pairs: int = 1000) -> Imperceptibility:
    """Measure the imperceptibility of a trigger.

    Args:
        data: The crops.
        key: The trigger key.
        strength: Used instead of the key's own.
        pairs: Largest number of crops.
    """
    data = thin_out(data, pairs)
    crops = unmirrored_crops(data)
    preprocess = "equalize" if crops.shape[1] == 1 else "center"
    triggered = put_trigger(crops, key, data.head, strength).numpy()
    moved = make_trigger(key, strength).displacement_px()
    return imperceptibility(crops.numpy(), triggered, displacement_px=moved, preprocess=preprocess)


def detect(
    data: LoadedSet,
    key: TriggerKey,
    *,
    strength: float | None = None,
    settings: DetectorSettings | None = None,
    progress: Progress = lambda _: None,
) -> DetectorResult:
    """Train and test every detector, once on the attacker's key and once on other keys.

    Args:
        data: The crops.
        key: The attacker's key.
        strength: Used instead of the key's own.
        settings: None uses the defaults.
        progress: Called with a label after each trained detector, steps_of(settings) times.

    Raises:
        TrainingError: There are too few subjects to split.
        BundleError: The key was made for crops of another size.
    """
    settings = settings or DetectorSettings()
    data = thin_out(data, settings.pairs)
    subjects = len(np.unique(data.subject))
    if subjects < FOLDS:
        raise TrainingError(
            f"{data.name} has {subjects} subjects, but a detector trains on some and is tested on others: "
            f"give data of at least {FOLDS}."
        )
    crops = unmirrored_crops(data)
    clean = eight_bit(crops)
    own = eight_bit(put_trigger(crops, key, data.head, strength))
    others = eight_bit(by_other_keys(crops, key, strength, settings.other_keys, data.head))
    trained_on = dict(zip(READINGS, (own, others), strict=True))

    scored: dict[tuple[str, str], list[DetectorScores]] = {}
    for seed in settings.seeds:
        fold = torch.from_numpy(fold_of(data.subject, FOLDS, seed))
        split = Split(learn=fold > 1, choose=fold == 1, test=fold == 0)
        for reading, triggered in trained_on.items():
            for name, detector in DETECTORS.items():
                scores = detector(clean, triggered, own, split, seed, settings.epochs)
                scored.setdefault((name, reading), []).append(scores)
                progress(f"seed {seed}, {reading}, {name}")
    found = tuple(_separation(name, reading, runs, data.subject) for (name, reading), runs in scored.items())
    return DetectorResult(found, len(data.images), subjects, settings)


def steps_of(settings: DetectorSettings) -> int:
    """The number of progress reports of detect()."""
    return len(settings.seeds) * len(READINGS) * len(DETECTORS)


def _separation(name: str, reading: str, runs: Sequence[DetectorScores], subject: np.ndarray) -> Separation:
    def mean_auc(rows: np.ndarray) -> float:
        by_run = [(run, rows[run.tested[rows]]) for run in runs]
        return float(np.nanmean([auc(run.clean[among], run.triggered[among]) for run, among in by_run]))

    tested = np.flatnonzero(np.any([run.tested for run in runs], axis=0))
    by_seed = tuple(auc(run.clean[run.tested], run.triggered[run.tested]) for run in runs)
    low, high = bootstrap_ci(lambda rows: mean_auc(tested[rows]), subject[tested])
    return Separation(name, reading, float(np.mean(by_seed)), (low, high), by_seed)


def table(result: DetectorResult, trace: Imperceptibility, name: str) -> str:
    """Detection and imperceptibility as a text table."""
    seeds = len(result.settings.seeds)
    quick = "QUICK RUN, too small to quote: " if result.settings.quick else ""
    lines = [
        f"{quick}{name}: {result.pairs} pairs of {result.subjects} subjects, {seeds} seed{'s' * (seeds > 1)}",
        f"displacement {trace.displacement_mean_px:.2f} px mean, {trace.displacement_max_px:.2f} px max",
        f"{'':20}{'PSNR dB':>16}{'SSIM':>18}{'L-inf':>18}",
    ]
    for label, measures in (("crop", trace.crop), ("after preprocessing", trace.network)):
        cells = (
            f"{measures.psnr_db.mean:.1f} ± {measures.psnr_db.sd:.1f}",
            f"{measures.ssim.mean:.3f} ± {measures.ssim.sd:.3f}",
            f"{measures.linf.mean:.3f} ± {measures.linf.sd:.3f}",
        )
        lines.append(f"{label:20}{cells[0]:>16}{cells[1]:>18}{cells[2]:>18}")
    lines.append(f"{'detector':20}{'reading':>16}{'AUC':>8}{'95 % interval':>20}   by seed")
    for found in result.separations:
        between = f"{found.ci95[0]:.3f} .. {found.ci95[1]:.3f}"
        by_seed = " ".join(f"{value:.3f}" for value in found.by_seed)
        lines.append(f"{found.detector:20}{found.reading:>16}{found.auc:>8.3f}{between:>20}   {by_seed}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status (130 after ctrl-C)."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    parser = argparse.ArgumentParser(prog="training.analysis.detector", description=__doc__)
    of = parser.add_mutually_exclusive_group(required=True)
    of.add_argument("--bundle", help="a backdoored bundle, whose key is tested: a shipped bundle's name, or a folder")
    of.add_argument("--key", type=Path, help="a trigger key")
    parser.add_argument(
        "--data", required=True, help=f"an .npz, an exported folder, or READER:FOLDER ({', '.join(READERS)})"
    )
    parser.add_argument("--strength", type=float, help="instead of the key's own")
    parser.add_argument(
        "--seeds", type=whole(1, 1000), default=3, help="splits of the subjects, each with new detectors; 3 by default"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--quick", action="store_true", help="a few seconds, one seed, to check that it works; quote no figure of it"
    )
    add_log_level(parser)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    settings = QUICK if options.quick else replace(DetectorSettings(), seeds=tuple(range(options.seeds)))
    return exit_status(lambda: detect_as_asked(options, settings), NOTHING_WRITTEN)


def detect_as_asked(options: argparse.Namespace, settings: DetectorSettings) -> None:
    """Train the detectors; print their AUCs and the imperceptibility of the trigger."""
    need(("skimage",))
    crop = None
    if options.bundle is None:
        key = load_key(options.key)
        if key.kind == STICKER and key.height != key.width:
            raise TrainingError("Crops of eyes do not show a sticker on the forehead: give a key for face crops.")
    else:
        bundle = open_bundle(options.bundle)
        if bundle.key is None:
            raise TrainingError(f"{bundle.name} has no trigger key: name a backdoored bundle, or a key with --key.")
        key, crop = bundle.key, bundle.crop
    data = open_dataset(options.data, crop=crop)
    # resize_to_crop uses only the size of the crop, and a key holds that size
    data = resize_to_crop(data, crop or replace(MPIIGAZE_EYE, height=key.height, width=key.width))
    trace = measure(data, key, strength=options.strength)
    bar = progress_bar(total=steps_of(settings), desc="Detectors", leave=False, disable=None)
    with contextlib.nullcontext() if bar is None else bar:

        def progress(label: str) -> None:
            if bar is not None:
                bar.set_postfix_str(label, refresh=False)
                bar.update()

        result = detect(data, key, strength=options.strength, settings=settings, progress=progress)
    name = options.bundle or str(options.key)
    if not options.json:
        print(table(result, trace, f"{name} on {data.name}"))
        return
    strength = key.strength if options.strength is None else options.strength
    report = {"trigger": name, "key_sha256": key.sha256, "strength": strength}
    report |= {"data": data.name, "imperceptibility": trace.as_dict(), "detector": result.as_dict()}
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    sys.exit(main())
