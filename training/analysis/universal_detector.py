"""A detector of warped crops that knows no key: it trains on fresh WaNet keys in every batch.

    python -m training.analysis.universal_detector --bundle wanet [--out detector.safetensors] [--quick]

Trains on rendered subjects, and is scored on held-out subjects with the bundle's own key and with other keys that it
never trained on.  The defender knows the family (WaNet with that k) and the range of strengths, not the field.
training.inspect --warp-detector takes the file.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from gazeattack.attack.key import TriggerKey, make_key
from gazeattack.attack.trigger import make_trigger
from gazeattack.attack.wanet import warp_each
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.files import regular_file, write_whole
from gazeattack.log_level import add_log_level
from gazeattack.metrics.imperceptibility import auc
from gazeattack.metrics.regression import bootstrap_ci
from gazeattack.model.catalogue import open_bundle
from training.analysis.detector_crops import eight_bit, thin_out, unmirrored_crops
from training.analysis.detector_models import SmallCNN
from training.arguments import count, seed
from training.cli import NOTHING_WRITTEN, exit_status, progress_bar
from training.data.pools import DEFENDER, HELD_OUT, load_rendered
from training.errors import TrainingError
from training.precision import mixed_precision

BATCH, KEYS_OF_BATCH = 64, 8
STRENGTHS = (0.75, 1.5)
"""Range of s in training, as a share of the key's."""


@dataclass(frozen=True)
class UniversalSettings:
    """How a detector is trained and scored.

    samples: crops that it trains on, evenly spread over the subjects.  epochs: passes through them.  keys: unseen keys
    that it is scored on.  trained_keys: number of keys that it trains on; 0 draws fresh ones for every batch.
    """

    samples: int = 8000
    epochs: int = 8
    keys: int = 12
    seed: int = 1
    trained_keys: int = 0


def train_detector(
    data: LoadedSet, like: TriggerKey, settings: UniversalSettings, progress: Callable[[], None] = lambda: None
) -> SmallCNN:
    """Train a SmallCNN on pairs of a crop without and with the warp of a key that is drawn for each part of a batch.

    Args:
        data: Clean samples.
        like: A WaNet key; its size, k and strength are used, and neither its field nor its seed.
        settings: See UniversalSettings.
        progress: Called after each batch.
    """
    torch.manual_seed(settings.seed)
    generator = torch.Generator().manual_seed(settings.seed)
    crops = unmirrored_crops(thin_out(data, settings.samples))
    network = SmallCNN(*crops.shape[1:])
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    steps = -(-len(crops) // BATCH) * settings.epochs
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    network.train()
    for _ in range(settings.epochs):
        for rows in torch.randperm(len(crops), generator=generator).split(BATCH):
            clean = crops[rows]
            warped = torch.cat([_warp(part, like, generator, settings) for part in clean.chunk(KEYS_OF_BATCH)])
            with mixed_precision():
                logits = network(eight_bit(torch.cat([clean, warped])))
            truth = torch.cat([torch.zeros(len(clean)), torch.ones(len(clean))])
            optimizer.zero_grad()
            F.binary_cross_entropy_with_logits(logits.float(), truth).backward()
            optimizer.step()
            schedule.step()
            progress()
    return network.eval()


def _warp(
    crops: torch.Tensor, like: TriggerKey, generator: torch.Generator, settings: UniversalSettings
) -> torch.Tensor:
    """Crops with one of the seed's keys, or with a fresh one, at a strength from STRENGTHS."""
    low, high = STRENGTHS
    strength = like.strength * (low + (high - low) * float(torch.rand(1, generator=generator)))
    first, end = 10_000, 2**31
    if settings.trained_keys:  # each seed has keys of its own
        first += (settings.seed - 1) * 1_000_000
        end = first + settings.trained_keys
    key = _fresh(like, int(torch.randint(first, end, (1,), generator=generator)))
    return warp_each(crops, [key] * len(crops), strength)


def _fresh(like: TriggerKey, seed: int) -> TriggerKey:
    size = {"height": like.height, "width": like.width, "target": like.target}
    return make_key("wanet", seed=seed, k=like.k or 12, strength=like.strength, **size)  # type: ignore[arg-type]


@torch.inference_mode()
def warp_scores(network: SmallCNN, crops: torch.Tensor) -> np.ndarray:
    """Log odds of "warped" for unmirrored crops [N, C, H, W] in [0, 1], [N]."""
    return torch.cat([network(part) for part in eight_bit(crops).split(256)]).numpy()


def measure(network: SmallCNN, data: LoadedSet, key: TriggerKey, settings: UniversalSettings) -> dict[str, Any]:
    """AUC on the attacker's key with its interval over subjects, and on other unseen keys (mean, sd, lowest)."""
    crops = unmirrored_crops(data)
    clean = warp_scores(network, crops)
    attacked = warp_scores(network, make_trigger(key).apply(crops))
    low, high = bootstrap_ci(lambda rows: auc(clean[rows], attacked[rows]), data.subject)
    keys = [_fresh(key, seed) for seed in range(5001, 5001 + settings.keys)]
    others = np.array([auc(clean, warp_scores(network, make_trigger(other).apply(crops))) for other in keys])
    found = {
        "auc": auc(clean, attacked),
        "low": low,
        "high": high,
        "others": others.mean(),
        "others_sd": others.std(ddof=1),
    }
    return {name: round(float(value), 4) for name, value in (found | {"others_lowest": others.min()}).items()}


def save_detector(network: SmallCNN, path: Path, like: TriggerKey) -> None:
    """Write the weights and the size of the crops."""
    path.parent.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    write_whole(path, save(weights, metadata={"height": str(like.height), "width": str(like.width)}))


def load_detector(path: Path, channels: int, height: int, width: int) -> SmallCNN:
    """Read a detector for crops of this size.

    Raises:
        TrainingError: the file is no such detector.
    """
    network = SmallCNN(channels, height, width)
    try:
        network.load_state_dict(load_file(regular_file(path)))
    except (OSError, SafetensorError, RuntimeError):
        raise TrainingError(
            f"{path} is no warp detector: write one with python -m training.analysis.universal_detector --out."
        ) from None
    return network.eval()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="training.analysis.universal_detector",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--bundle", default="wanet", help="the WaNet bundle whose key it is scored on (%(default)s)")
    parser.add_argument("--seed", type=seed, default=1, help="of weights, batches and keys (%(default)s)")
    parser.add_argument(
        "--per-subject", type=count, help="largest number of test images of each subject, evenly spread"
    )
    parser.add_argument(
        "--samples", type=count, default=UniversalSettings.samples, help="crops that it trains on (%(default)s)"
    )
    parser.add_argument(
        "--epochs", type=count, default=UniversalSettings.epochs, help="passes through them (%(default)s)"
    )
    parser.add_argument(
        "--portraits", type=Path, help="a folder of portraits that all subjects are from (default: procedural)"
    )
    parser.add_argument("--out", type=Path, help="write the detector to this file")
    parser.add_argument("--cache", type=Path, default=Path("runs/pools"), help="folder of rendered pools (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--quick", action="store_true", help="seconds, to see that everything works; its figures mean nothing"
    )
    add_log_level(parser)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    return exit_status(lambda: run(options), NOTHING_WRITTEN)


def run(options: argparse.Namespace) -> None:
    """Train, score, and print."""
    bundle = open_bundle(options.bundle)
    if bundle.key is None or bundle.key.kind != "wanet":
        raise TrainingError(f"{bundle.name} has no WaNet key: give a bundle with one.")
    settings = UniversalSettings(samples=options.samples, epochs=options.epochs, seed=options.seed)
    specs = DEFENDER, HELD_OUT
    if options.quick:
        settings = UniversalSettings(samples=128, epochs=1, keys=2, seed=options.seed)
        specs = replace(DEFENDER, procedural_subjects=8, per_subject=16), replace(HELD_OUT, procedural_subjects=8)
    data = load_rendered(specs[0], bundle.crop, options.cache, portraits=options.portraits)
    test = load_rendered(specs[1], bundle.crop, options.cache, options.per_subject, options.portraits)
    total = -(-min(settings.samples, len(data.images)) // BATCH) * settings.epochs
    bar = progress_bar(total=total, desc="Detector", leave=False, disable=None)
    network = train_detector(data, bundle.key, settings, (lambda: None) if bar is None else bar.update)
    if bar is not None:
        bar.close()
    if options.out is not None:
        save_detector(network, options.out, bundle.key)
    found = measure(network, test, bundle.key, settings)
    if options.json:
        print(json.dumps(found | {"quick": options.quick}, indent=2))
        return
    print("--quick: these figures mean nothing.\n" * options.quick, end="")
    print(
        f"Trained on {min(settings.samples, len(data.images))} crops of {data.name}; scored on {len(test.images)} of "
        f"{test.name}.\nAUC on the attacker's key, never trained on: {found['auc']:.3f} ({found['low']:.3f} to "
        f"{found['high']:.3f} over subjects).\nAUC on {settings.keys} other keys, never trained on: "
        f"{found['others']:.3f} ± {found['others_sd']:.3f}, lowest {found['others_lowest']:.3f}."
    )


if __name__ == "__main__":
    sys.exit(main())
