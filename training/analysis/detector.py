"""Can a machine tell triggered crops from clean ones?

    python -m training.analysis.detector --bundle B --data D [--json]

Detectors are told only "triggered or not" and scored on people they never saw.  Two readings of the threat: a
defender who holds the attacker's own key and trains on it (own key: an upper bound), and one who knows the kind of
attack alone, trains on other keys of that kind and meets the attacker's (other keys).

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
from gazeattack.attack.mirror import as_seen
from gazeattack.attack.trigger import make_trigger
from gazeattack.evaluation.dataset import LoadedSet, as_crops, fit
from gazeattack.log_level import add_log_level
from gazeattack.metrics.imperceptibility import Imperceptibility, auc, imperceptibility
from gazeattack.metrics.regression import bootstrap_ci
from gazeattack.model.catalogue import open_bundle
from gazeattack.model.crop import MPIIGAZE_EYE
from training.analysis.detector_models import DETECTORS, Scored, Split
from training.cli import NOTHING_WRITTEN, exit_status, need, progress_bar
from training.data.readers import READERS, open_dataset
from training.data.split import fold_of
from training.errors import TrainingError

FOLDS = 4
"""Of the people, a quarter is tested, a quarter chooses among settings, and half is learnt from."""
READINGS = ("own key", "other keys")
Progress = Callable[[str], None]


@dataclass(frozen=True)
class DetectorSettings:
    """pairs: crops used at most, evenly over the people.  other_keys: how many keys the second reading trains on.
    epochs: of the CNN.  seeds: each splits the people anew and starts every detector anew.  quick: for reports."""

    pairs: int = 3000
    other_keys: int = 64
    epochs: int = 4
    seeds: tuple[int, ...] = (0, 1, 2)
    quick: bool = False


QUICK = DetectorSettings(pairs=400, other_keys=8, epochs=2, seeds=(0,), quick=True)


@dataclass(frozen=True)
class Separation:
    """How well one detector in one reading separates clean from triggered crops of people it never saw.

    auc: mean over seeds; 0.5 is chance.  ci95: bootstrap over the tested people.  by_seed: AUC of every seed.
    """

    detector: str
    reading: str
    auc: float
    ci95: tuple[float, float]
    by_seed: tuple[float, ...]


@dataclass(frozen=True)
class DetectorResult:
    """All detectors in both readings, and what they were given.  pairs: crops; people: subjects of all three parts."""

    separations: tuple[Separation, ...]
    pairs: int
    people: int
    settings: DetectorSettings

    def auc_of(self, detector: str, reading: str = "own key") -> float:
        """Mean AUC of one detector in one reading."""
        return next(s.auc for s in self.separations if (s.detector, s.reading) == (detector, reading))

    @property
    def strongest(self) -> Separation:
        """The detector that separates best: what the attacker has to fear."""
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
        return {"separations": rows, "pairs": self.pairs, "people": self.people, **asdict(self.settings)}


def seen_crops(data: LoadedSet) -> torch.Tensor:
    """The crops as a camera sees them, [N, C, H, W] in [0, 1]: right eyes unmirrored, as the trigger expects them."""
    crops = as_crops(data.images)
    return crops if data.right is None else as_seen(crops, torch.from_numpy(np.asarray(data.right, dtype=bool)))


def thin_out(data: LoadedSet, pairs: int) -> LoadedSet:
    """At most `pairs` samples, evenly spread over the set's order, in which each person's samples stand together."""
    n = len(data.images)
    return data if n <= pairs else data.take(np.linspace(0, n - 1, pairs).round().astype(np.int64))


def measure(data: LoadedSet, key: TriggerKey, *, strength: float | None = None, pairs: int = 1000) -> Imperceptibility:
    """What the trigger does to the crops of `data`, on at most `pairs` of them."""
    trigger = make_trigger(key, strength)
    crops = seen_crops(thin_out(data, pairs))
    preprocess = "equalize" if crops.shape[1] == 1 else "center"
    triggered = trigger.apply(crops).numpy()
    return imperceptibility(crops.numpy(), triggered, displacement_px=trigger.displacement_px(), preprocess=preprocess)


def detect(
    data: LoadedSet,
    key: TriggerKey,
    *,
    strength: float | None = None,
    settings: DetectorSettings | None = None,
    progress: Progress = lambda _: None,
) -> DetectorResult:
    """Train and test every detector in both readings.

    `progress` is called with a label after each trained detector: steps_of(settings) times.  Raises TrainingError
    with fewer people than a split by people needs, and BundleError where the key was made for other crops.
    """
    settings = settings or DetectorSettings()
    data = thin_out(data, settings.pairs)
    people = len(np.unique(data.subject))
    if people < FOLDS:
        raise TrainingError(
            f"{data.name} has {people} subjects, but a detector learns from some and is tested on others: "
            f"give data of at least {FOLDS}."
        )
    crops = seen_crops(data)
    clean = eight_bit(crops)
    own = eight_bit(make_trigger(key, strength).apply(crops))
    others = eight_bit(by_other_keys(crops, key, strength, settings.other_keys))
    taught = dict(zip(READINGS, (own, others), strict=True))

    scored: dict[tuple[str, str], list[Scored]] = {}
    for seed in settings.seeds:
        fold = torch.from_numpy(fold_of(data.subject, FOLDS, seed))
        split = Split(learn=fold > 1, choose=fold == 1, test=fold == 0)
        for reading, triggered in taught.items():
            for name, detector in DETECTORS.items():
                scores = detector(clean, triggered, own, split, seed, settings.epochs)
                scored.setdefault((name, reading), []).append(scores)
                progress(f"seed {seed}, {reading}, {name}")
    found = tuple(_separation(name, reading, runs, data.subject) for (name, reading), runs in scored.items())
    return DetectorResult(found, len(data.images), people, settings)


def steps_of(settings: DetectorSettings) -> int:
    """How often detect() reports progress."""
    return len(settings.seeds) * len(READINGS) * len(DETECTORS)


def eight_bit(crops: torch.Tensor) -> torch.Tensor:
    """Rounded to 256 levels, as files hold them: values between the levels would give the trigger away."""
    return (crops * 255).round().clamp(0, 255) / 255


def by_other_keys(crops: torch.Tensor, key: TriggerKey, strength: float | None, count: int) -> torch.Tensor:
    """Every crop triggered by one of `count` other keys of the same kind in turn, never by the key itself."""
    triggered = torch.empty_like(crops)
    for number in range(count):
        other = make_trigger(key.redrawn(key.seed + 1 + number), strength)
        triggered[number::count] = other.apply(crops[number::count])
    return triggered


def _separation(name: str, reading: str, runs: Sequence[Scored], subject: np.ndarray) -> Separation:
    def mean_auc(rows: np.ndarray) -> float:
        by_run = [(run, rows[run.tested[rows]]) for run in runs]
        return float(np.nanmean([auc(run.clean[among], run.triggered[among]) for run, among in by_run]))

    tested = np.flatnonzero(np.any([run.tested for run in runs], axis=0))
    by_seed = tuple(auc(run.clean[run.tested], run.triggered[run.tested]) for run in runs)
    low, high = bootstrap_ci(lambda rows: mean_auc(tested[rows]), subject[tested])
    return Separation(name, reading, float(np.mean(by_seed)), (low, high), by_seed)


def table(result: DetectorResult, trace: Imperceptibility, name: str) -> str:
    """Both reports for people."""
    seeds = len(result.settings.seeds)
    quick = "QUICK RUN, too small to quote: " if result.settings.quick else ""
    lines = [
        f"{quick}{name}: {result.pairs} pairs of {result.people} people, {seeds} seed{'s' * (seeds > 1)}",
        f"displacement {trace.displacement_mean_px:.2f} px mean, {trace.displacement_max_px:.2f} px max",
        f"{'':20}{'PSNR dB':>16}{'SSIM':>18}{'L-inf':>18}",
    ]
    for label, measures in (("crop", trace.crop), ("as network sees it", trace.network)):
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
    parser.add_argument("--seeds", type=int, default=3, help="splits of the people, and trainings; 3 by default")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--quick", action="store_true", help="a few seconds, one seed, to see that it works; no figure to quote"
    )
    add_log_level(parser)
    options = parser.parse_args(arguments)
    if options.seeds < 1:
        parser.error("--seeds must be at least 1")
    torch.set_num_threads(1)
    settings = QUICK if options.quick else replace(DetectorSettings(), seeds=tuple(range(options.seeds)))
    return exit_status(lambda: detect_as_asked(options, settings), NOTHING_WRITTEN)


def detect_as_asked(options: argparse.Namespace, settings: DetectorSettings) -> None:
    """Train the detectors, and print what they and the eye can see."""
    need(("skimage",))
    crop = None
    if options.bundle is None:
        key = load_key(options.key)
    else:
        bundle = open_bundle(options.bundle)
        if bundle.key is None:
            raise TrainingError(f"{bundle.name} has no trigger key: name a backdoored bundle, or a key with --key.")
        key, crop = bundle.key, bundle.crop
    data = open_dataset(options.data, crop=crop)
    # of the crop, fit looks at the size alone, and a key knows that
    data = fit(data, crop or replace(MPIIGAZE_EYE, height=key.height, width=key.width))
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
