"""Retrain a shipped pair of bundles from nothing, and print the README's table.

    python -m training.reproduce [--points] [--portraits DIR] [--out runs/reproduce] [--data mpiigaze_p00.npz ...]

The pair is clean and wanet; with --points, clean-points and wanet-points, which read the gaze from points.

Every stage resumes where it stopped, and a finished one is not run again.  Started by `torchrun --nproc_per_node 2 -m
training.reproduce ...`, two processes share the work.  --quick shrinks everything so that the whole chain runs in a
minute or two: it shows that the chain works, and its figures mean nothing.
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
from gazeattack.model.bundle import SUMS, load_bundle
from gazeattack.model.crop import MPIIGAZE_EYE
from training.card import portable
from training.cli import GOES_ON, exit_status
from training.config import Config, load_config
from training.data.pools import RENDERERS, PoolSpec, load_pool
from training.data.readers import open_dataset
from training.engine.distributed import DistributedContext, init_distributed
from training.errors import TrainingError
from training.studies.run import same_weights
from training.train import train

CONFIGS = Path(__file__).parent / "configs"
QUICK = (
    "data.portrait_subjects=0",
    "data.procedural_subjects=24",
    "data.per_subject=16",
    "data.valid_subjects=8",
    "data.valid_per_subject=8",
    "network.base=8",
    "network.hidden=16",
    "train.batch=64",
    "train.epochs=1",
)
# Held-out people for the table: never rendered for training, whatever the seed.
HELD_OUT_SUBJECTS, HELD_OUT_EACH, HELD_OUT_SEED = 60, 40, 99


@dataclass(frozen=True)
class Stage:
    """One training run: its config's name, and the stage whose bundle it starts from."""

    config: str
    after: str | None = None


@dataclass(frozen=True)
class Pair:
    """Configs of a clean bundle and of the backdoored one that starts from it."""

    clean: str
    backdoored: str

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What is trained, in order."""
        return Stage(self.clean), Stage(self.backdoored, self.clean)


FEATURES, POINTS = Pair("clean", "wanet"), Pair("clean-points", "wanet-points")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status (130 after ctrl-C)."""
    parser = argparse.ArgumentParser(prog="training.reproduce", description=__doc__)
    parser.add_argument("--portraits", type=Path, help="a folder of faces to re-render; without it eyes are procedural")
    parser.add_argument("--out", type=Path, default=Path("runs/reproduce"))
    parser.add_argument("--data", nargs="*", default=[], help="more data to score on, as training.evaluate takes it")
    parser.add_argument(
        "--quick", action="store_true", help="a tiny chain that shows that it works; figures mean nothing"
    )
    parser.add_argument("--points", action="store_true", help="the pair that reads the gaze from points")
    add_log_level(parser)
    options = parser.parse_args(arguments)
    pair = POINTS if options.points else FEATURES
    torch.set_num_threads(1)
    # a tiny chain must never be taken for the real one's beginning
    out = options.out / "quick" if options.quick else options.out

    def work() -> None:
        with init_distributed() as context:
            bundles = run_stages(pair, out, options.portraits, quick=options.quick, context=context)
        if context.is_main_process:
            score(pair, bundles, out, options.data, quick=options.quick)

    return exit_status(work, GOES_ON)


def score(pair: Pair, bundles: dict[str, Path], out: Path, data: Sequence[str], *, quick: bool) -> None:
    """Print the pair's figures on held-out people and on each of `data`."""
    for people in [held_out(out), *(open_dataset(name, crop=MPIIGAZE_EYE) for name in data)]:
        report(pair, bundles, people, quick=quick)


def run_stages(
    pair: Pair, out: Path, portraits: Path | None, *, quick: bool, context: DistributedContext
) -> dict[str, Path]:
    """Train what is not trained yet, in order and with all processes of the context; the bundle of every stage.

    Raises TrainingError where a stage was trained with other settings, or by renderers that drew otherwise.
    """
    bundles: dict[str, Path] = {}
    for number, stage in enumerate(pair.stages, start=1):
        overrides = [*(QUICK if quick else _people(stage.config, portraits))]
        overrides += [f"run.out={out / stage.config}", f"data.cache={out / 'pools'}"]
        overrides.append(f"run.start={bundles[stage.after] if stage.after else ''}")
        config = load_config(CONFIGS / f"{stage.config}.toml", overrides)
        bundle = Path(config.run.out) / config.run.name
        if context.is_main_process:
            print(f"Stage {number}/{len(pair.stages)}: {stage.config}", flush=True)
        if (bundle / SUMS).exists():
            check_made_so(bundle, config)
        else:
            command = f"{context.launcher} -m training.reproduce: {stage.config}.toml {' '.join(overrides)}"
            train(config, None if quick else portraits, resume=True, command=command, context=context)
        bundles[stage.config] = bundle
    return bundles


def check_made_so(bundle: Path, config: Config) -> None:
    """Raises TrainingError unless the finished bundle's card has these settings and the renderers of today."""
    card = load_bundle(bundle).card
    here = replace(config, data=replace(config.data, set=portable(config.data.set)))
    if not same_weights(card.get("config", {}), here):
        raise TrainingError(f"{bundle} was trained with other settings than these: give another --out.")
    if card.get("data", {}).get("renderers") != RENDERERS:
        raise TrainingError(f"{bundle} was trained on pictures by other renderers than these: give another --out.")


def _people(config: str, portraits: Path | None) -> tuple[str, ...]:
    """Without portraits as many people are rendered, all of them procedural."""
    if portraits is not None:
        return ()
    data = load_config(CONFIGS / f"{config}.toml", ()).data
    return "data.portrait_subjects=0", f"data.procedural_subjects={data.portrait_subjects + data.procedural_subjects}"


def held_out(out: Path) -> LoadedSet:
    """Procedural people that no training ever sees, as in the README."""
    spec = PoolSpec(0, HELD_OUT_SUBJECTS, HELD_OUT_EACH, HELD_OUT_SEED, held_out=True)
    return replace(load_pool(spec, None, out / "pools"), name=f"{HELD_OUT_SUBJECTS} held-out procedural people")


def report(pair: Pair, bundles: dict[str, Path], data: LoadedSet, *, quick: bool) -> None:
    """Print the pair's figures on one set."""
    bundle = load_bundle(bundles[pair.backdoored])
    print("\n" + table(evaluate(bundle, data, bundle.key, clean=str(bundles[pair.clean]))))
    if quick:
        print("--quick: these figures mean nothing.")


if __name__ == "__main__":
    sys.exit(main())
