"""Retrain the shipped pair of bundles from random weights, and print the README's table.

    python -m training.reproduce [--points] [--portraits DIR] [--out runs/reproduce] [--data mpiigaze_p00.npz ...]
    python -m training.reproduce --face --data mpiifacegaze:DIR      the literature's table: training.studies.literature

The pair is clean and wanet: four teachers, then two stages of distillation each.  With --points it is the pair before,
clean-points and wanet-points, which is not shipped any more.

The same command continues: it skips finished stages and resumes an interrupted one.  With `torchrun --nproc_per_node 2
-m training.reproduce ...`, two processes share the work.  --quick makes everything so small that the whole chain runs
in a minute or two: it shows that the chain works, and its figures mean nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.evaluation.score import evaluate, table
from gazeattack.log_level import add_log_level
from gazeattack.model.bundle import load_bundle
from gazeattack.model.bundle_files import SUMS
from gazeattack.model.crop import MPIIGAZE_EYE
from training.card import portable
from training.cli import CONTINUES, exit_status
from training.config import Config, load_config
from training.data.pools import RENDERERS, PoolSpec, load_pool
from training.data.readers import open_dataset
from training.engine.distributed import DistributedContext, init_distributed
from training.errors import TrainingError
from training.jobs import Job, Place, add_job_options, place_of, run_jobs
from training.studies import literature
from training.studies.run_paths import same_weights
from training.train import train

CONFIGS = Path(__file__).parent / "configs"
QUICK = (
    "data.portrait_subjects=0",
    "data.procedural_subjects=24",
    "data.per_subject=16",
    "data.valid_subjects=8",
    "data.valid_per_subject=8",
    "data.seed=1",  # one pool for all stages
    "data.droop=0",
    "data.shade=0",
    "data.glasses=0",
    "data.low_light=0",
    "data.contrast=0",
    "network.base=8",
    "network.hidden=16",
    "train.batch=64",
    "train.epochs=1",
)
# The table's held-out subjects: no training renders them, whatever its seed.
HELD_OUT_SUBJECTS, HELD_OUT_EACH, HELD_OUT_SEED = 60, 40, 99
QUICK_EACH = 2


# What makes the subjects of a teacher differ more (docs/real-people.md).
DIFFER = ("data.droop=0.6", "data.shade=1", "data.glasses=0.3", "data.low_light=0.3", "data.contrast=1")


@dataclass(frozen=True)
class Stage:
    """One training run.

    name: of its bundle and folder.  config: name of its TOML file, `name` where empty.  after: the stage whose bundle
    it starts from.  teachers: the stages whose bundles teach it.  changes: overrides of the file.
    """

    name: str
    config: str = ""
    after: str = ""
    teachers: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()

    def load(self, overrides: Sequence[str] = ()) -> Config:
        """Its config, without the places of other bundles."""
        named = (f"run.name={self.name}", "run.start=", f"train.teachers={','.join(self.teachers)}")
        return load_config(CONFIGS / f"{self.config or self.name}.toml", (*self.changes, *named, *overrides))


@dataclass(frozen=True)
class Pair:
    """The stages, in order, that lead to a clean bundle and to a backdoored one."""

    clean: str
    backdoored: str
    stages: tuple[Stage, ...]


def _teacher(number: int, seed: int, subjects: int, *changes: str) -> Stage:
    seeds = (f"run.seed={seed}", f"data.seed={subjects}")
    return Stage(f"teacher-{number}", "clean", changes=(*seeds, *changes))


_TEACHERS = ("teacher-1", "teacher-3", "teacher-4")
SHIPPED = Pair(
    "clean",
    "wanet",
    (
        _teacher(1, 1, 1),
        _teacher(2, 12, 2),
        _teacher(3, 13, 3),
        _teacher(4, 15, 1, *DIFFER),
        Stage("clean-first", "shipped-clean-first", teachers=("teacher-1", "teacher-2", "teacher-3")),
        Stage("clean", "shipped-clean", after="clean-first", teachers=_TEACHERS),
        Stage("wanet-first", "shipped-wanet-first", after="clean-first", teachers=_TEACHERS),
        Stage("wanet", "shipped-wanet", after="wanet-first", teachers=_TEACHERS),
    ),
)
POINTS = Pair("clean-points", "wanet-points", (Stage("clean-points"), Stage("wanet-points", after="clean-points")))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status (130 after ctrl-C)."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if "--face" in given:
        return literature.main([argument for argument in given if argument != "--face"])
    parser = argparse.ArgumentParser(prog="training.reproduce", description=__doc__)
    parser.add_argument(
        "--portraits", type=Path, help="a folder of faces whose eyes are re-rendered (default: procedural eyes)"
    )
    parser.add_argument("--out", type=Path, default=Path("runs/reproduce"), help="the folder to write (%(default)s)")
    parser.add_argument(
        "--data", nargs="*", default=[], help="more datasets to evaluate on, as training.evaluate takes them"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a tiny chain that shows that it works; its figures mean nothing"
    )
    parser.add_argument("--only", default="", metavar="STAGE", help="train one stage alone: one job")
    add_job_options(parser, "stages")
    parser.add_argument("--points", action="store_true", help="the pair before, which is not shipped any more")
    add_log_level(parser)
    parser.add_argument(
        "--face",
        action="store_true",
        help="the table of attacks on a face model; --face --help has its options",
    )
    options = parser.parse_args(given)
    pair = POINTS if options.points else SHIPPED
    torch.set_num_threads(1)
    # in a folder of its own, so that no real chain continues a tiny one
    out = options.out / "quick" if options.quick else options.out

    def work() -> None:
        place = place_of(options, out)
        if not place.single and not options.only:
            run_stage_jobs(pair, out, options, place)
        with init_distributed() as context:
            bundles = run_stages(pair, out, options.portraits, quick=options.quick, context=context, only=options.only)
        if context.is_main_process and not options.only:
            score(pair, bundles, out, options.data, quick=options.quick)

    return exit_status(work, CONTINUES)


def score(pair: Pair, bundles: dict[str, Path], out: Path, data: Sequence[str], *, quick: bool) -> None:
    """Print the pair's figures on held-out subjects and on each dataset of `data`."""
    for dataset in [
        held_out(out, QUICK_EACH if quick else HELD_OUT_EACH),
        *(open_dataset(name, crop=MPIIGAZE_EYE) for name in data),
    ]:
        report(pair, bundles, dataset, quick=quick)


def run_stages(
    pair: Pair, out: Path, portraits: Path | None, *, quick: bool, context: DistributedContext, only: str = ""
) -> dict[str, Path]:
    """Train the stages that are not finished, in order and with all processes.

    only: the stage that is trained alone; those before it must be finished.

    Returns:
        The bundle's folder of each stage, by its name.

    Raises:
        TrainingError: a finished stage was trained with other settings, or on images of other renderers; or `only` is
            no stage.
    """
    if only and only not in (stage.name for stage in pair.stages):
        raise TrainingError(f"--only names no stage: use one of {', '.join(stage.name for stage in pair.stages)}.")
    bundles: dict[str, Path] = {}
    for number, stage in enumerate(pair.stages, start=1):
        overrides = [*(QUICK if quick else _subjects(stage, portraits))]
        overrides += [f"run.out={out / stage.name}", f"data.cache={out / 'pools'}"]
        overrides += [f"run.start={bundles[stage.after]}"] if stage.after else []
        overrides += [f"train.teachers={','.join(str(bundles[name]) for name in stage.teachers)}"]
        config = stage.load(overrides)
        bundle = bundle_of(out, stage)
        bundles[stage.name] = bundle
        if only and stage.name != only:
            continue
        if context.is_main_process:
            print(f"Stage {number}/{len(pair.stages)}: {stage.name}", flush=True)
        if (bundle / SUMS).exists():
            check_settings(bundle, config)
        else:
            command = f"{context.launcher} -m training.reproduce: {stage.name} {' '.join(overrides)}"
            train(config, None if quick else portraits, resume=True, command=command, context=context)
    return bundles


def bundle_of(out: Path, stage: Stage) -> Path:
    """The folder of a stage's bundle."""
    return out / stage.name / stage.name


def run_stage_jobs(pair: Pair, out: Path, options: argparse.Namespace, place: Place) -> None:
    """Train the stages that are not finished as jobs; those that do not need each other run at the same time.

    Raises:
        TrainingError: a stage failed; those that do not need it are finished.
    """
    failed: set[str] = set()

    def finished(name: str) -> bool:
        return (out / name / name / SUMS).exists()

    def on_done(job: Job, succeeded: bool) -> None:
        print(f"{job.name}: done" if succeeded else f"{job.name}: failed (more in {job.output})", flush=True)

    while ready := [
        stage
        for stage in pair.stages
        if not finished(stage.name)
        and stage.name not in failed
        and all(finished(name) for name in (*stage.teachers, stage.after) if name)
    ]:
        run_jobs([stage_job(stage, out, options) for stage in ready], place, on_done)
        failed |= {stage.name for stage in ready if not finished(stage.name)}
    missing = [stage.name for stage in pair.stages if not finished(stage.name)]
    if missing:
        raise TrainingError(f"There are no bundles of {', '.join(missing)}: run the same command again.")


def stage_job(stage: Stage, out: Path, options: argparse.Namespace) -> Job:
    """The process that trains one stage."""
    command = [sys.executable, "-m", "training.reproduce", "--only", stage.name, "--out", str(options.out)]
    command += [] if options.portraits is None else ["--portraits", str(options.portraits)]
    command += ["--quick"] * options.quick + ["--points"] * options.points
    bundle = bundle_of(out, stage)
    return Job(stage.name, tuple(command), bundle.parent / "output.txt", bundle / SUMS)


def check_settings(bundle: Path, config: Config) -> None:
    """Check that a finished bundle was trained with these settings and renderers.

    Raises:
        TrainingError: it was not.
    """
    card = load_bundle(bundle).card
    here = replace(
        config,
        data=replace(config.data, set=portable(config.data.set)),
        train=replace(config.train, teachers=portable(config.train.teachers)),
    )
    if not same_weights(card.get("config", {}), here):
        raise TrainingError(f"{bundle} was trained with other settings: give another --out.")
    if card.get("data", {}).get("renderers") != RENDERERS:
        raise TrainingError(f"{bundle} was trained on images of other renderers: give another --out.")


def _subjects(stage: Stage, portraits: Path | None) -> tuple[str, ...]:
    """Overrides that replace portrait subjects by procedural ones, where there are no portraits."""
    if portraits is not None:
        return ()
    data = stage.load().data
    return "data.portrait_subjects=0", f"data.procedural_subjects={data.portrait_subjects + data.procedural_subjects}"


def held_out(out: Path, each: int) -> LoadedSet:
    """The procedural subjects of the README's table, which no training uses, with so many images each."""
    spec = PoolSpec(0, HELD_OUT_SUBJECTS, each, HELD_OUT_SEED, held_out=True)
    return replace(load_pool(spec, None, out / "pools"), name=f"{HELD_OUT_SUBJECTS} held-out procedural subjects")


def report(pair: Pair, bundles: dict[str, Path], data: LoadedSet, *, quick: bool) -> None:
    """Print the pair's figures on one set."""
    bundle = load_bundle(bundles[pair.backdoored])
    print("\n" + table(evaluate(bundle, data, bundle.key, clean=str(bundles[pair.clean]))))
    if quick:
        print("--quick: these figures mean nothing.")


if __name__ == "__main__":
    sys.exit(main())
