"""Measure the shipped models on the panel of real people: python -m training.studies.panel --data PANEL.

PANEL: a folder of sets with points on a screen (see gazeattack.evaluation.screen_set).  It writes the lowest, median
and highest figure over people to resources/panel.json: numbers only, which the page of one person is compared with.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from gazeattack.angles import angular_error
from gazeattack.collection.panel import FILE
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.evaluation.predict import predict_branches
from gazeattack.evaluation.screen_score import score_screen_set
from gazeattack.evaluation.screen_set import ScreenSet, read_screen_sets
from gazeattack.files import write_whole
from gazeattack.log_level import add_log_level
from gazeattack.metrics.regression import attack_success_rate, mean_error_deg
from gazeattack.model.bundle import Bundle
from gazeattack.model.bundle_files import sums_sha256
from gazeattack.model.catalogue import open_bundle, resources_dir
from training.arguments import number
from training.cli import NOTHING_WRITTEN, exit_status
from training.jobs import read_result

MOST_FRAMES = 150  # of a person in a set, for the branches of the attack


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="training.studies.panel", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the panel's sets")
    parser.add_argument("--bundle", action="append", help="a bundle (default: clean and wanet); may be repeated")
    parser.add_argument(
        "--p00", type=number(0, 180), nargs=2, action="append", metavar=("RAW", "CALIBRATED"),
        help="each bundle's error on MPIIGaze's p00 in degrees, as docs/test-set-evaluations.md has it",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, default=resources_dir() / FILE, help="the table (default: %(default)s)")
    add_log_level(parser)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    return exit_status(lambda: measure_as_asked(options), NOTHING_WRITTEN)


def measure_as_asked(options: argparse.Namespace) -> None:
    """Measure every bundle and write the table."""
    sets = read_screen_sets(options.data)
    names = options.bundle or ["clean", "wanet"]
    known = read_result(options.out) if options.out.is_file() else {}
    for name, p00 in zip(names, [*(options.p00 or []), *[None] * len(names)], strict=False):
        entry = measure(open_bundle(name), sets)
        known[name] = entry | ({} if p00 is None else {"p00_deg": p00})
        print(name, json.dumps(known[name]))
    write_whole(options.out, json.dumps(known, indent=2) + "\n")


def measure(bundle: Bundle, sets: Sequence[ScreenSet]) -> dict[str, object]:
    """One bundle's entry of the table: lowest, median and highest of every figure over the people of all sets."""
    by_person: dict[str, dict[str, list[float]]] = {}
    for data in sets:
        # sets with the same name up to "_" show the same people
        group = data.name.split("_")[0]
        for who, left in score_screen_set(bundle, data)["people"].items():
            own = by_person.setdefault(f"{group} {who}", {})
            own.setdefault("left", []).append(left)
            for name, value in attack_figures(bundle, data, int(who)).items():
                own.setdefault(name, []).append(value)
    people = list(by_person.values())
    spread = {
        name: [round(float(of([np.mean(own[name]) for own in people])), 4) for of in (np.min, np.median, np.max)]
        for name in people[0]
    }
    return {"sums_sha256": sums_sha256(bundle.path), "people": len(people), "figures": spread}


def attack_figures(bundle: Bundle, data: ScreenSet, person: int) -> dict[str, float]:
    """What the bundle's own key does to one person's crops; empty without a key.

    The true directions are unknown, so the clean branch's predictions stand for them.
    """
    if bundle.key is None:
        return {}
    rows = np.flatnonzero(data.person == person)
    rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), MOST_FRAMES)).astype(int)]
    mirrored = data.mirrored[rows].reshape(-1)
    images = data.images[rows].reshape(-1, *data.images.shape[2:])
    images = np.where(mirrored[:, None, None], images[:, :, ::-1], images)
    flip = np.where(mirrored[:, None], (1.0, -1.0), (1.0, 1.0))
    head = None if data.head is None else (data.head[rows].reshape(-1, 2) * flip).astype(np.float32)
    shown = LoadedSet(data.name, images, np.zeros((len(images), 2), np.float32), np.zeros(len(images)), head, mirrored)
    found = predict_branches(bundle.network, bundle.preprocess, shown, bundle.key)
    assert found.triggered is not None and found.target is not None
    assert found.noise is not None and found.wrong_key is not None
    return {
        "ae_deg": float(angular_error(found.triggered, found.target).mean()),
        "asr2": attack_success_rate(found.triggered, found.benign, found.target, 2.0),
        "asr5": attack_success_rate(found.triggered, found.benign, found.target, 5.0),
        "dae_clean_deg": mean_error_deg(found.triggered, found.benign),
        "noise_shift_deg": mean_error_deg(found.noise, found.benign),
        "wrong_key_shift_deg": mean_error_deg(found.wrong_key, found.benign),
    }


if __name__ == "__main__":
    sys.exit(main())
