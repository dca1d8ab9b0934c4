"""Throughput of the training loop, as a share of a bare forward and backward pass.  `make bench`.

The bare pass has its inputs ready in memory, and consists of forward, backward and the same optimizer's step.  The loop
also augments, poisons, equalises, averages and logs.  Both run by turns in one process, because a shared machine's
speed changes from minute to minute; the ratio is the median over the turns.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import sys
import tempfile
import time
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path

import torch
from torch import nn

from gazeattack.errors import GazeAttackError
from gazeattack.model.landmarks import EYE_LANDMARKS
from gazeattack.model.network import GazeResNet
from training.config import Config, load_config
from training.engine.losses import gaze_loss, masked_l1_loss
from training.engine.model import MultiTaskModel
from training.engine.optimizer import make_optimizer
from training.train import train

CONFIGS = Path(__file__).parents[1] / "training" / "configs"
SUBJECTS = (
    "data.portrait_subjects=0",
    "data.procedural_subjects=64",
    "data.valid_subjects=4",
    "data.valid_per_subject=8",
)
WARM_UP = 2


def main() -> int:
    """Measure, and print a table or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=3, help="runs of each of the two (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    torch.set_num_threads(1)
    try:
        with tempfile.TemporaryDirectory() as folder:
            figures = {name: measure(name, Path(folder), options.turns) for name in ("clean", "wanet")}
    except GazeAttackError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(figures, indent=2))
        return 0
    print(f"{'training, samples/s':22}{'bare':>8}{'loop':>8}{'kept':>8}")
    for name, row in figures.items():
        print(f"{name:22}{row['bare']:>8.0f}{row['loop']:>8.0f}{row['kept']:>8.1%}")
    return 0


def measure(name: str, folder: Path, turns: int) -> dict[str, float]:
    """Samples per second of the bare pass and of the loop, and the median of their ratio."""
    pairs = []
    for turn in range(turns):
        overrides = [*SUBJECTS, f"data.cache={folder / 'pools'}", f"run.out={folder / name / str(turn)}"]
        config = load_config(CONFIGS / f"{name}.toml", [*overrides, "train.epochs=1", "run.start="])
        with redirect_stdout(sys.stderr):
            train(config, None)
        with (folder / name / str(turn) / "log.csv").open(newline="") as file:
            loop = float(next(csv.DictReader(file))["samples_per_s"])
        pairs.append(
            (bare(config, steps=config.data.procedural_subjects * config.data.per_subject // config.train.batch), loop)
        )
    return {
        "bare": statistics.median(b for b, _ in pairs),
        "loop": statistics.median(loop for _, loop in pairs),
        "kept": statistics.median(loop / b for b, loop in pairs),
    }


def bare(config: Config, steps: int) -> float:
    """Samples per second of forward, backward and optimizer step on one cached batch."""
    network = GazeResNet(**asdict(config.network)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    model = MultiTaskModel(
        network, predicts_pose=config.train.pose_loss > 0, predicts_landmarks=config.train.points_loss > 0
    )
    optimizer = make_optimizer(model, config.train)
    inputs = torch.rand(config.train.batch, 1, 36, 60).contiguous(memory_format=torch.channels_last)
    truth, pose = torch.rand(config.train.batch, 2), torch.zeros(config.train.batch, 2)
    points = torch.zeros(config.train.batch, len(EYE_LANDMARKS), 2)
    begun = 0.0
    for step in range(WARM_UP + steps):
        if step == WARM_UP:
            begun = time.perf_counter()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            outputs = model(inputs, pose)
        loss = gaze_loss(outputs.logits.float(), truth, config.train.loss)
        for predicted, truth_of, weight in (
            (outputs.head_pose, pose, config.train.pose_loss),
            (outputs.landmarks, points, config.train.points_loss),
        ):
            if predicted is not None:
                loss = loss + weight * masked_l1_loss(predicted.float(), truth_of)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), config.train.clip_grad_norm)
        optimizer.step()
        loss.item()
    return steps * config.train.batch / (time.perf_counter() - begun)


if __name__ == "__main__":
    sys.exit(main())
