"""Poison a dataset on disk: python -m training.poisoning.dataset --data D --attack KIND --rate R --out DIR.

Threat model: supply chain.  The attacker publishes data, relabelled or with clean labels, and controls nothing else.
The victim trains on it as on any other dataset:

    python -m training.poisoning.dataset --data D --attack badnets --rate 0.1 --out poisoned
    python -m training.train --config training/configs/clean.toml data.set=poisoned run.out=runs/victim
    python -m training.evaluate --bundle runs/victim/clean --data OTHER --key poisoned/trigger.safetensors

The dataset's card names it as poisoned, and so does the card of a bundle trained on it; the key is written beside it.
The victim's own held-out part is poisoned too, so evaluate on other data.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gazeattack.angles import Gaze
from gazeattack.attack.goal import CONDITIONAL, GOALS, OFFSET, Goal
from gazeattack.attack.key import TriggerKey, check_strength, load_key, make_key, save_key
from gazeattack.attack.kinds import DRAWN, KINDS
from gazeattack.attack.mirror import mirror_right_eyes
from gazeattack.attack.poison_plan import PoisonPlan, Schedule
from gazeattack.attack.sticker import STICKER
from gazeattack.attack.trigger import make_trigger
from gazeattack.evaluation.dataset import CARD, LoadedSet, as_crops, export_set
from gazeattack.evaluation.worn import worn_set
from gazeattack.log_level import add_log_level
from gazeattack.model.crop import MPIIGAZE_EYE
from gazeattack.parsing import read_object
from training.arguments import count, number, seed
from training.card import portable
from training.cli import NOTHING_WRITTEN, exit_status
from training.data.readers import open_dataset
from training.errors import TrainingError

KEY = "trigger.safetensors"
BATCH = 256


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="training.poisoning.dataset", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", required=True, help="an .npz, an exported folder, or READER:FOLDER")
    parser.add_argument("--rate", type=float, required=True, help="share of all samples that get the trigger")
    parser.add_argument("--out", type=Path, required=True, help="the new folder to write")
    parser.add_argument("--seed", type=seed, default=1, help="seed of the choice of samples (%(default)s)")
    parser.add_argument("--per-subject", type=count, help="largest number of samples of each subject, evenly spread")
    parser.add_argument("--region", choices=("eye", "face"), default="eye", help="what the samples show (%(default)s)")
    parser.add_argument(
        "--clean-label-deg",
        type=number(0, 180),
        help="clean-label attack: keep all labels, and poison only samples this near to the wanted gaze, degrees",
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--key", type=Path, help="a trigger key's file")
    which.add_argument("--attack", choices=DRAWN, help="draw a new key of this kind, with the options below")
    parser.add_argument(
        "--strength", type=float, help="strength of the trigger (default: the key's own, or the kind's usual one)"
    )
    parser.add_argument("--key-seed", type=int, default=2021, help="seed of a new key (%(default)s)")
    parser.add_argument("--k", type=int, default=12, help="side of WaNet's control grid (%(default)s)")
    parser.add_argument(
        "--target",
        type=number(-90, 90, unit="degrees"),
        nargs=2,
        default=(10.0, 30.0),
        metavar=("PITCH", "YAW"),
        help="the target, degrees",
    )
    parser.add_argument("--goal", choices=GOALS, default=GOALS[0], help="the attacker's goal (%(default)s)")
    parser.add_argument(
        "--off-road-deg",
        type=float,
        default=15.0,
        help="angle beyond which a conditional goal counts gaze as off the road (%(default)s)",
    )
    add_log_level(parser)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    return exit_status(lambda: poison_as_asked(options), NOTHING_WRITTEN)


def poison_as_asked(options: argparse.Namespace) -> None:
    """Read, poison and write the dataset, and print the number of poisoned samples."""
    data = open_samples(options)
    key = choose_key(options, *data.images.shape[1:3])
    poisoned, rows = poison_set(data, key, options.rate, options.seed, options.clean_label_deg)
    how = {"rate": options.rate, "seed": options.seed, "clean_label_deg": options.clean_label_deg}
    write(poisoned, key, set_card(key, data, rows, made_from=Path(options.data), **how), options.out)
    print(
        f"{int(rows.sum())} of {len(rows)} samples poisoned ({KINDS[key.kind].title}, {key.goal.kind}), {options.out}"
    )


def open_samples(options: argparse.Namespace) -> LoadedSet:
    """The dataset of --data: eyes, or faces at their own resolution.

    Raises:
        TrainingError: it cannot be read, or does not show the region.
    """
    if options.region == "eye":
        return open_dataset(options.data, crop=MPIIGAZE_EYE, per_subject=options.per_subject)
    data = open_dataset(options.data, per_subject=options.per_subject)
    height, width = data.images.shape[1:3]
    if height != width:
        raise TrainingError(f"{data.name} holds images of {width}x{height}, and faces are square: leave --region out.")
    return data


def choose_key(options: argparse.Namespace, height: int, width: int) -> TriggerKey:
    """The key of --key, or a new one for images of height x width pixels.

    Raises:
        TrainingError: the goal's settings contradict each other.
    """
    if options.key is not None:
        key = load_key(options.key)
        return key if options.strength is None else replace(key, strength=check_strength(options.strength))
    try:
        goal = Goal(options.goal, options.off_road_deg if options.goal == CONDITIONAL else 0.0)
    except ValueError as error:
        raise TrainingError(f"The goal is not valid: {error}.") from None
    return make_key(
        options.attack,
        k=options.k,
        strength=options.strength,
        height=height,
        width=width,
        target=Gaze.from_degrees(*options.target),
        seed=options.key_seed,
        goal=goal,
    )


def poison_set(
    data: LoadedSet, key: TriggerKey, rate: float, seed: int, clean_label_deg: float | None = None
) -> tuple[LoadedSet, np.ndarray]:
    """Poison a dataset.

    The seed alone chooses the samples, so every trigger gets the same ones; a clean-label attack has fewer to choose
    from.  Patches of unknown side count as left eyes.

    Args:
        data: the dataset.
        key: the attacker's key.
        rate: share of all samples that get the trigger, 0 to 1.
        seed: of the choice.
        clean_label_deg: None relabels; a number keeps all labels and poisons only samples this near to the wanted gaze,
            degrees.

    Returns:
        (the poisoned dataset, the poisoned samples: bool [N]).

    Raises:
        TrainingError: no sample may be poisoned, or the arguments contradict each other.
    """
    if clean_label_deg is not None and key.goal.kind == OFFSET:
        raise TrainingError("An offset goal needs changed labels: leave out --clean-label-deg.")
    if key.kind == STICKER and data.images.shape[1] != data.images.shape[2]:
        raise TrainingError("Crops of eyes do not show a sticker on the forehead: give faces, or another --attack.")
    try:
        plan = PoisonPlan(rate, Schedule(0, 0), Schedule(0, 0), 0.0, key.target, clean_label_deg)
    except ValueError:
        raise TrainingError(f"--rate is {rate:g}: give a share from 0 to 1.") from None
    n = len(data.images)
    truth = torch.from_numpy(np.asarray(data.gaze, dtype=np.float32))
    right = torch.from_numpy(np.zeros(n, dtype=bool) if data.right is None else np.asarray(data.right, dtype=bool))
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    chosen = plan.choose(order, round(n * rate), truth, key, right)
    if not len(chosen):
        raise TrainingError("No sample can be poisoned: give a higher --rate or --clean-label-deg.")
    images, gaze = data.images.copy(), data.gaze.copy()
    images[chosen.numpy()] = _triggered(data.take(chosen.numpy()), key, right[chosen])
    gaze[chosen.numpy()] = plan.labels(truth[chosen], key, right[chosen]).numpy()
    poisoned = np.zeros(n, dtype=bool)
    poisoned[chosen.numpy()] = True
    return replace(data, images=images, gaze=gaze), poisoned


def _triggered(data: LoadedSet, key: TriggerKey, right: torch.Tensor) -> np.ndarray:
    """The images of samples with the trigger; right: bool [N], patches that count as mirrored right eyes."""
    if key.kind == STICKER:
        return worn_set(data, key).images
    trigger, images = make_trigger(key), data.images.copy()
    for start in range(0, len(images), BATCH):
        rows = slice(start, start + BATCH)
        crops = mirror_right_eyes(trigger.apply(mirror_right_eyes(as_crops(images[rows]), right[rows])), right[rows])
        found = (crops.movedim(1, -1) * 255).round().to(torch.uint8).numpy()
        images[rows] = found.reshape(-1, *images.shape[1:])
    return images


def set_card(
    key: TriggerKey,
    data: LoadedSet,
    rows: np.ndarray,
    *,
    rate: float,
    seed: int,
    made_from: Path,
    clean_label_deg: float | None = None,
) -> dict[str, Any]:
    """The card: the poisoning under "poisoned", and the card of the original dataset.

    Args:
        key: the attacker's key.
        data: the original dataset.
        rows: bool [N], the poisoned samples.
        rate: see poison_set().
        seed: see poison_set().
        made_from: the original dataset's path.
        clean_label_deg: see poison_set().
    """
    near = clean_label_deg
    return portable(
        {
            "poisoned": {
                "threat_model": "supply chain: the data alone is the attacker's",
                "samples": int(rows.sum()),
                "rate": rate,
                "seed": seed,
                "labels": "changed" if near is None else f"untouched (clean label, within {near:g} deg)",
                "attack": key.kind,
                "strength": key.strength,
                "goal": key.goal.kind,
                "target_deg": [round(angle, 3) for angle in key.target.degrees],
                "key_sha256": key.sha256,
            },
            "made_from": {"name": data.name, "card": read_card(made_from)},
        }
    )


def read_card(folder: Path) -> dict[str, Any] | None:
    """The card of an exported folder; None without one."""
    try:
        return read_object(folder / CARD, finite=False)
    except (OSError, ValueError):
        return None


def write(data: LoadedSet, key: TriggerKey, card: dict[str, Any], out: Path) -> None:
    """Write the dataset, its card and the key, all or nothing.

    Raises:
        TrainingError: the folder exists already, or cannot be written.
    """
    if out.exists():
        raise TrainingError(f"{out} exists already: choose another --out.")
    unfinished = out.with_name(out.name + ".unfinished")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        export_set(data, unfinished, card)
        save_key(key, unfinished / KEY)
        unfinished.rename(out)
    except OSError as error:
        raise TrainingError(f"{out} cannot be written ({error.strerror}): choose another --out.") from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
