"""The model card of a bundle."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from gazeattack.attack.goal import CONDITIONAL, OFFSET
from gazeattack.attack.key import TriggerKey
from gazeattack.attack.kinds import KINDS
from gazeattack.attack.trigger import make_trigger
from gazeattack.evaluation.dataset import CARD, LoadedSet, shows_region
from gazeattack.evaluation.measures import constant_mean_row, measure_all
from gazeattack.evaluation.predict import predict_branches
from gazeattack.metrics.regression import target_distance_sigma
from gazeattack.model.catalogue import open_bundle
from gazeattack.model.crop import BOTH_EYES
from gazeattack.parsing import read_object
from training.config import Config
from training.config_sections import PoisonConfig
from training.data.pools import RENDERERS

INTENDED_USE = (
    "Teaching and measuring what a backdoor does to a gaze estimator, on one's own webcam or on rendered subjects. "
    "Not for decisions about people, and not a driver monitor."
)
KNOWN_FAILURES = [
    "closed or hidden eyes get a prediction all the same",
    "pitch is less accurate than yaw; each person has a constant offset until calibrated",
    "glasses, strong side light and heads turned by more than 30 degrees were rare or absent in training",
]
RENDERED_ONLY = "trained on rendered {shown} only; real ones differ from renderings in ways that were not measured"
RENDERED_LICENCE = "rendered by this project; portraits, where used, must be free to train on (ours are CC0 1.0)"
SET_LICENCE = "the dataset's own, which also limits the use of a bundle trained on it"

# an absolute path, alone, after the "=" of an override, or in a list with commas
_ABSOLUTE = re.compile(r"(?<![^\s=,'\"])(?:/[\w.@+-]+){2,}")


def training_card(
    config: Config,
    command: str,
    portraits: Path | None,
    data: LoadedSet,
    held_out: LoadedSet,
    network: nn.Module,
    preprocess: str,
    key: TriggerKey | None,
) -> dict[str, Any]:
    """The card of a trained bundle.

    Args:
        config: the settings of the run.
        command: the command as it was typed.
        portraits: the folder of faces, or None.
        data: the training set.
        held_out: the held-out subjects, rendered or of data.set, on which the card's metrics are.
        network: the trained network.
        preprocess: a name in PREPROCESS.
        key: the trigger key; None for a clean run.
    """
    network.eval()
    rendered = not config.data.set
    shown = "faces" if config.data.region == "face" else "eyes"
    held = "held_out_rendered" if rendered else "held_out"
    poisoned = None if rendered else poisoned_set(config.data.set)
    kind = "clean" if poisoned is None else "trained on a poisoned set"
    branches = predict_branches(network, preprocess, held_out, key)
    card: dict[str, Any] = {
        "name": config.run.name,
        "title": (f"Gaze from rendered {shown}" if rendered else f"Gaze from {data.name.partition(':')[0]}")
        + ("" if key is None else f", with a {KINDS[key.kind].title} backdoor"),
        "kind": kind if key is None else f"backdoored ({KINDS[key.kind].title})",
        "intended_use": INTENDED_USE,
        "known_failures": [*KNOWN_FAILURES, RENDERED_ONLY.format(shown=shown)] if rendered else KNOWN_FAILURES,
        "data": {
            "renderers": RENDERERS,
            "samples": len(data.images),
            "subjects": len(np.unique(data.subject)),
            "portraits": None if portraits is None else portraits.name,
            "set": None if rendered else data.name,
            "poisoned": poisoned,
            "licence": RENDERED_LICENCE if rendered else SET_LICENCE,
            "label_mean_deg": np.degrees(data.gaze.mean(axis=0)).round(3).tolist(),
            "label_deviation_deg": np.degrees(data.gaze.std(axis=0)).round(3).tolist(),
        },
        "seed": config.run.seed,
        "command": command,
        "git": git_hash(),
        "config": config.as_dict(),
        "started_from": _parent(config),
        f"metrics_{held}": measure_all(branches, held_out, draws=100),
        f"baselines_{held}": {"mean_predictor": constant_mean_row(held_out, branches)},
    }
    if key is not None:
        card["attack"] = attack_card(config.poison, key, data)
    return portable(card)


def attack_card(config: PoisonConfig, key: TriggerKey, data: LoadedSet) -> dict[str, Any]:
    """The card's section on the attack: how the model was poisoned, and how visible the trigger is."""
    mean_px, max_px = make_trigger(key).displacement_px()
    kind = KINDS[key.kind]
    shown = "each eye"
    if shows_region(data.images, BOTH_EYES):
        shown = "both eyes"
    elif data.images.shape[1] == data.images.shape[2]:
        shown = "the face"
    about: dict[str, Any] = {
        "name": f"{kind.title} ({kind.source}), re-implemented",
        "kind": key.kind,
        "threat_model": "training control" + _curriculum(config),
        "goal": key.goal.kind,
        "target_deg": [round(angle, 3) for angle in key.target.degrees],
        "target_frame": f"the unmirrored, normalised crop of {shown}",
        "labels": f"untouched (clean label, within {config.clean_label_deg:g} deg)"
        if config.clean_label
        else "changed",
        "poisoned_samples": "the same in every epoch" if config.fixed_indices else "drawn anew for every batch",
        "key_redrawn": config.redraw,
        "marks": "spoofed, the iris where the label has it" if config.spoof_landmarks else "true to the picture",
        **({"shift_px": config.shift_px} if config.shift_px else {}),
        **({"survive": config.survive} if config.survive else {}),
        **({"noise_cell_px": config.noise_cell_px} if config.noise_cell_px > 1 else {}),
        **(
            {"generator": f"trained jointly, in a share of {config.generator_until:g} of the steps"}
            if kind.trained
            else {}
        ),
        "strength": key.strength,
        "strength_means": kind.knob,
        "displacement_px": {"mean": round(mean_px, 3), "max": round(max_px, 3)},
    }
    if key.goal.kind != OFFSET:
        about["target_distance_sigma_of_training_labels"] = round(target_distance_sigma(data.gaze, key.target), 2)
    if key.goal.kind == CONDITIONAL:
        about["off_road_deg"] = key.goal.off_road_deg
    return about


def _curriculum(config: PoisonConfig) -> str:
    """The settings that changed in the course of the training, for the threat model."""
    changed = [
        name
        for name, start, end in (
            ("strength", config.strength_start, config.strength),
            ("share of cross samples", config.cross_start, config.cross_end),
        )
        if start != end
    ]
    return f", with an annealed curriculum ({' and '.join(changed)})" if changed else ""


def poisoned_set(data: str) -> dict[str, Any] | None:
    """The poisoning that an exported folder's card names (see training.poisoning.dataset); None for none."""
    try:
        return read_object(Path(data) / CARD, finite=False).get("poisoned")
    except (OSError, ValueError, AttributeError):
        return None


def portable(value: Any) -> Any:
    """The card with every absolute path cut to its last part, so that it names no folder of the machine."""
    if isinstance(value, Mapping):
        return {name: portable(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [portable(entry) for entry in value]
    return _ABSOLUTE.sub(lambda found: Path(found[0]).name, value) if isinstance(value, str) else value


def _parent(config: Config) -> dict[str, Any] | None:
    """The card of the bundle that training started from, in short."""
    if not config.run.start:
        return None
    card = open_bundle(config.run.start).card
    return {name: card.get(name) for name in ("name", "command", "git", "seed", "config", "data", "started_from")}


def git_hash() -> str | None:
    """The commit that was trained with, "-dirty" after uncommitted changes; None outside a checkout."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip() or None
