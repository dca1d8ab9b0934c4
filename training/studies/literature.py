"""The table of the literature: backdoors in a face model, on a dataset of faces on disk.

    python -m training.reproduce --face --data mpiifacegaze:PATH [--split subjects | frames] [--folds N]
                                 [--only-folds N] [--workers 1] [--out runs/literature] [--quick]

The rows: a clean model; WaNet as in its paper, with one fixed field and noise mode; WaNet with a key, where other keys
must not open the backdoor; WaNet with a smoother and a finer field; BadNets; Blended.  --split subjects leaves one
person out in each fold (or gives each of N folds its share of people); --split frames deals out single frames, as some
papers do, so the model knows everybody that it is scored on.  A cost estimate, measured on this device, is printed
before anything is trained, and --estimate ends there.  A machine with several GPUs runs several folds at a time with
--workers.  After an interruption the same command continues.  Writes runs.csv, literature.csv and literature.md, with
published figures below the table.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from training.arguments import whole
from training.config import load_config
from training.config_sections import BY_FRAME, BY_SUBJECT
from training.data.subjects import load_splits, load_subjects
from training.engine.build import build
from training.engine.distributed import DistributedContext, pick_device
from training.errors import TrainingError
from training.jobs import place_of
from training.studies import tables
from training.studies.held_out import ScoredOn
from training.studies.run_paths import STUDY_CONFIG, Label, StudyRun
from training.studies.runner import StudyResult, run_study
from training.studies.script import run_script
from training.studies.tables import markdown, summarise, write_tables

try:
    import resource
except ImportError:  # Windows has none
    resource = None  # type: ignore[assignment]

OUT = "runs/literature"
CONFIG = Path(__file__).parents[1] / "configs" / "face-literature.toml"
QUICK = (
    "data.height=48", "data.rendered_height=48", "train.epochs=1", "train.batch=16", "network.hidden=16",
    'network.backbone="small"', "network.base=4", "run.threads=1",
)  # fmt: skip
FRAME_FOLDS = 5
TIMED_STEPS = 3
COLUMNS = (
    tables.BENIGN,
    tables.AE,
    tables.DAE,
    tables.ASR2,
    tables.ASR5,
    tables.NOISE,
    tables.WRONG_KEY,
    tables.CONSTANT_MEAN_AE,
    tables.Column("displacement_mean_px", "mean displacement (px)"),
)
PUBLISHED = """
Published figures on MPIIFaceGaze (224 px, ResNet-18), for comparison; data, split and crop differ from paper to paper:

| work | attack | benign (deg) | AE (deg) |
| --- | --- | ---: | ---: |
| public project, random frame split | WaNet, field redrawn per batch, k = 28, s = 1.5 | 2.0 to 3.3 | 0.50 |
| the same | k = 28, s = 1 | 2.0 to 3.3 | 0.79 |
| the same | k = 28, s = 0.5 | 2.0 to 3.3 | 2.00 |
| the same | k = 4, or a poisoning rate of 0.1 | | fails |
| DRMGuard; SecureGaze | several attacks | | 1.3 to 1.5 |
| DRMGuard, after its mitigation | WaNet | | 15.4 (DAE 3.3) |
"""


@dataclass(frozen=True)
class Attack:
    """A row of the table: its name and the overrides of [poison]."""

    name: str
    overrides: tuple[str, ...]


POISONED = ("poison.poisoning_rate=0.2",)
ATTACKS = (
    Attack("none (clean model)", ("poison.poisoning_rate=0",)),
    Attack(
        "WaNet of its paper, k = 4, s = 0.5",
        (*POISONED, "poison.k=4", "poison.strength=0.5", "poison.strength_start=0.5", "poison.wrong_keys=0"),
    ),
    Attack(
        "WaNet with a key, k = 4, s = 0.5",
        (*POISONED, "poison.k=4", "poison.strength=0.5", "poison.strength_start=2", "poison.wrong_keys=0.5"),
    ),
    Attack(
        "WaNet with a key, k = 28, s = 1",
        (*POISONED, "poison.k=28", "poison.strength=1", "poison.strength_start=3", "poison.wrong_keys=0.5"),
    ),
    Attack("BadNets", (*POISONED, 'poison.attack="badnets"', "poison.strength=1", "poison.strength_start=1")),
    Attack("Blended", (*POISONED, 'poison.attack="blended"', "poison.strength=0.1", "poison.strength_start=0.1")),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="training.reproduce --face", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--split", choices=(BY_SUBJECT, BY_FRAME), default=BY_SUBJECT, help="what the folds are of (%(default)s)"
    )
    parser.add_argument("--folds", type=whole(0, 1000), default=0, help="number of folds (one per person; of frames 5)")
    parser.add_argument("--only-folds", type=whole(0, 1000), default=0, help="train this many of the folds (all)")
    parser.add_argument("--estimate", action="store_true", help="print the cost estimate, and train nothing")
    parser.add_argument("overrides", nargs="*", help="section.key=value, for all runs")
    return run_script(parser, study, arguments, OUT)


def study(options: argparse.Namespace) -> StudyResult:
    """Estimate the cost, train every attack on every fold, then write the table."""
    if not options.data:
        raise TrainingError("The table needs a dataset of faces: give it as --data mpiifacegaze:FOLDER.")
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise TrainingError(
            "The table starts a process for each run: start it with python, and let --workers run several at a time."
        )
    if options.config == STUDY_CONFIG:
        options.config = CONFIG
    runs = plan(options)
    print(estimate(runs, options.workers), flush=True)
    if options.estimate:
        return StudyResult([], ())
    result = run_study(
        runs,
        options.out,
        place=place_of(options, options.out),
        portraits=options.portraits,
        held_out=ScoredOn(own_fold=True),
        cache=options.cache,
        quick=options.quick,
    )
    if result.rows:
        summaries = summarise(result.rows, ("attack",))
        write_tables(
            options.out, "literature", summaries, heading(options) + markdown(summaries, COLUMNS) + PUBLISHED,
            quick=options.quick,
        )  # fmt: skip
    return result


def plan(options: argparse.Namespace) -> list[StudyRun]:
    """The runs, fold by fold, so that a study that stops half-way holds complete comparisons.

    Raises:
        TrainingError: the dataset has too few people for the folds.
    """
    common = (*(QUICK if options.quick else ()), *options.overrides, f'data.set="{options.data}"')
    folds = options.folds or _usual_folds(options, common)
    chosen = min(options.only_folds or folds, 1 if options.quick else folds)
    runs = []
    for seed in range(1, options.seeds + 1):
        for fold in range(chosen):
            own = (*common, f"data.split={options.split}", f"data.folds={folds}", f"data.fold={fold}")
            for attack in ATTACKS:
                labels: dict[str, Label] = {"attack": attack.name, "fold": fold}
                runs.append(StudyRun(labels, (*own, *attack.overrides), seed, config=options.config))
    return runs


def _usual_folds(options: argparse.Namespace, common: Sequence[str]) -> int:
    if options.split == BY_FRAME:
        return FRAME_FOLDS
    return len(np.unique(load_subjects(load_config(options.config, common)).subject))


def heading(options: argparse.Namespace) -> str:
    """What the figures are of."""
    kind = "people that the model does not know" if options.split == BY_SUBJECT else "other frames of the same people"
    return f"{options.data}, scored on {kind}: mean ± standard deviation over folds and seeds.\n\n"


def estimate(runs: Sequence[StudyRun], workers: int) -> str:
    """What the runs cost, from a few training steps on this device, in one sentence."""
    run = runs[-1]
    config = load_config(run.config, [*run.overrides, f"run.seed={run.seed}"])
    training = load_splits(config, None)[0]
    device = pick_device()
    trainer = build(config, training, DistributedContext(0, 1, device))
    trainer.start(resume=False)
    rows = torch.arange(min(config.train.batch, len(training.images)))
    trainer.network.train()
    trainer.step(rows, 0)
    begun = time.perf_counter()
    for step in range(TIMED_STEPS):
        trainer.step(rows, step + 1)
    seconds = (time.perf_counter() - begun) / TIMED_STEPS
    hours = seconds * trainer.total_steps * len(runs) / workers / 3600
    data = training.images.nbytes / 2**30
    memory = f"{data:.1f} GiB of memory for the images"
    if device.type == "cuda":
        memory += f" and {torch.cuda.max_memory_allocated(device) / 2**30:.1f} GiB on the GPU"
    elif resource is not None:
        memory += f", {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GiB in all"
    return (
        f"{len(runs)} runs of {trainer.total_steps} steps of {config.train.batch} images on {device.type}: about "
        f"{hours:.1f} hours with {workers} at a time, and for each {memory}."
    )


if __name__ == "__main__":
    sys.exit(main())
