"""Train a gaze regressor, clean or backdoored, and write it as a bundle.

    python -m training.train --config training/configs/clean.toml [--portraits DIR] [--resume] [section.key=value ...]
    torchrun --nproc_per_node 2 -m training.train --config ...      several processes, one global batch

Threat model of a backdoored run: training control (see gazeattack.attack.poison_plan).  Read from the bottom up: main
calls train, which calls load_data, build, train_one_epoch and validate.
"""

from __future__ import annotations

import argparse
import math
import os
import shlex
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path

import torch

from gazeattack.evaluation.dataset import LoadedSet, resize_to_crop
from gazeattack.interrupt import STOPPING, Interrupt
from gazeattack.live.folder_lock import lock_folder
from gazeattack.log_level import add_log_level
from gazeattack.model.bundle import save_bundle
from training.card import training_card
from training.cli import exit_status
from training.config import Config, load_config
from training.data.subjects import drop_unlabelled_losses, load_splits
from training.engine.build import build
from training.engine.distributed import DistributedContext, init_distributed, pick_device
from training.engine.logs import MetricLogger, ProgressBar
from training.engine.schedule import learning_rate
from training.engine.trainer import Progress, Trainer
from training.engine.validation import PREPROCESS, validate
from training.errors import TrainingError
from training.poisoning.setup import make_poisoner


def load_data(
    config: Config, portraits: Path | None, context: DistributedContext, *, strict: bool
) -> tuple[Config, LoadedSet, LoadedSet]:
    """The subjects of a run, at the size of the network's crop.

    Args:
        strict: whether labels that a loss needs and the data lacks are an error; else that loss is left out.

    Returns:
        (the config that is carried out, the training set, the held-out set).

    Raises:
        TrainingError: the data cannot be used, or it lacks labels and `strict` is set.
    """
    with context.main_process_first():
        training, held_out = (resize_to_crop(part, config.data.crop) for part in load_splits(config, portraits))
    effective = drop_unlabelled_losses(config, training)
    if effective != config:
        unlabelled = f"{training.name} has no eye landmarks"
        if strict:
            raise TrainingError(f"{unlabelled}: set train.points_loss=0.")
        if context.is_main_process:
            print(f"{unlabelled}: training leaves out train.points_loss.")
    return effective, training, held_out


def train_one_epoch(trainer: Trainer, progress: Progress, interrupt: Interrupt) -> float:
    """Train to the end of the epoch, from its first step or from where a checkpoint left it, and write a checkpoint.

    Args:
        progress: counts the steps and sums up the losses, in place.
        interrupt: ends the epoch after a step.

    Returns:
        Training samples per second, over all processes.

    Raises:
        KeyboardInterrupt: a signal has arrived; the checkpoint is written.
    """
    context, config, per_epoch = trainer.context, trainer.config.train, trainer.steps_per_epoch
    order = trainer.begin_epoch(progress)
    begun, first = time.perf_counter(), progress.step
    bar = ProgressBar(f"Epoch {progress.epoch + 1}/{config.epochs}", per_epoch, first, shown=context.is_main_process)
    while progress.step < per_epoch and not context.any(interrupt.asked):
        start = progress.step * config.batch
        rows = context.shard(order[start : start + config.batch])
        progress.loss_sum += trainer.step(rows, progress.epoch * per_epoch + progress.step)
        progress.step += 1
        if not math.isfinite(progress.loss_sum):
            raise TrainingError(
                f"After step {progress.step} of epoch {progress.epoch + 1} the loss is no number: lower train.lr."
            )
        bar.step(math.degrees(progress.loss_sum / progress.step))
    bar.close()
    samples_per_s = (progress.step - first) * config.batch / (time.perf_counter() - begun)
    progress.loss_sum = context.mean(progress.loss_sum)
    # also before the validation, which takes a while
    trainer.save(progress, together=True)
    end_if_asked(interrupt, context)
    return samples_per_s


def end_if_asked(interrupt: Interrupt, context: DistributedContext) -> None:
    """Raise KeyboardInterrupt in every process if a signal has arrived in any."""
    if context.any(interrupt.asked):
        interrupt.check()
        raise KeyboardInterrupt


def train(
    config: Config,
    portraits: Path | None,
    *,
    resume: bool = False,
    command: str = "",
    context: DistributedContext | None = None,
    strict: bool = False,
) -> Path:
    """Train as configured and write the bundle.

    All random numbers come from (run.seed, epoch), and a checkpoint holds the generators' states, so a resumed run
    ends with the weights of an uninterrupted one (bit for bit on one CPU).  With several processes, train.batch is the
    global batch: each process augments, poisons and learns from its share of the rows, and the main process writes.

    Args:
        config: the settings of the run.
        portraits: a folder of faces whose eyes are re-rendered; None renders procedural eyes instead.
        resume: go on from the checkpoint in run.out, if there is one.
        command: what the model card gives as the command.
        context: this process among those that train together; None trains in this process alone.
        strict: refuse data that lacks labels for a loss with a weight above 0, instead of leaving out that loss.

    Returns:
        The bundle's folder.

    Raises:
        TrainingError: the settings, the data or the checkpoint cannot be used; nothing is written then.
        OutputError: another process trains into run.out.
        KeyboardInterrupt: ctrl-C was pressed; the checkpoint is written.
    """
    context = context or DistributedContext(0, 1, pick_device())
    if config.train.batch % context.world_size:
        raise TrainingError(
            f"train.batch={config.train.batch} cannot be shared by {context.world_size} processes: use a multiple."
        )
    # of no samples: a contradiction in [poison] ends the run before images are rendered and files are written
    make_poisoner(config, torch.empty(0, 2))
    torch.set_num_threads(config.run.threads)
    out = Path(config.run.out)
    out.mkdir(parents=True, exist_ok=True)
    # the main process alone writes
    with lock_folder(out) if context.is_main_process else nullcontext():
        config, training, held_out = load_data(config, portraits, context, strict=strict)
        trainer = build(config, training, context)
        progress = trainer.start(resume=resume)
        with Interrupt(*STOPPING, message="Stopping at a safe moment; once more stops at once.") as interrupt:
            log = MetricLogger(out, keep_before=progress.epoch + 1) if context.is_main_process else None
            epochs = min(config.train.stop_after or config.train.epochs, config.train.epochs)
            while progress.epoch < epochs:
                progress = train_and_log(trainer, progress, held_out, log, interrupt)
                end_if_asked(interrupt, context)
            if log is not None:
                log.close()
                write_bundle(trainer, training, held_out, portraits, command)
            end_if_asked(interrupt, context)
    return out / config.run.name


def train_and_log(
    trainer: Trainer, progress: Progress, held_out: LoadedSet, log: MetricLogger | None, interrupt: Interrupt
) -> Progress:
    """Train to the end of the epoch; the main process, which has the log, validates and writes.

    Returns:
        The beginning of the next epoch.
    """
    begun, epochs = time.perf_counter(), trainer.config.train.epochs
    samples_per_s = train_one_epoch(trainer, progress, interrupt)
    after = Progress(progress.epoch + 1)
    if log is not None:
        row = validate(trainer.model_ema, held_out, trainer.batches.poisoner, after.epoch / epochs)
        row |= {
            "epoch": after.epoch,
            "loss_deg": math.degrees(progress.loss_sum / max(trainer.steps_per_epoch, 1)),
            "rate": learning_rate(trainer.config.train, after.epoch * trainer.steps_per_epoch - 1, trainer.total_steps),
            "samples_per_s": samples_per_s,
            "seconds": time.perf_counter() - begun,
        }
        log.add(row, epochs)
        trainer.save(after, together=False)
    return after


def write_bundle(
    trainer: Trainer, training: LoadedSet, held_out: LoadedSet, portraits: Path | None, command: str
) -> None:
    """Write the averaged weights, the model card and, for a backdoored run, the trigger key."""
    config, network, poisoner = trainer.config, trainer.model_ema, trainer.batches.poisoner
    key = None if poisoner is None else poisoner.current_key()
    if key is not None and config.poison.key_strength:
        key = replace(key, strength=config.poison.key_strength)
    bundle = Path(config.run.out) / config.run.name
    save_bundle(
        bundle,
        network=network,
        architecture=asdict(config.network),
        crop=config.data.crop,
        preprocess=PREPROCESS,
        card=training_card(config, command, portraits, training, held_out, network, PREPROCESS, key),
        key=key,
    )
    print(f"Wrote {bundle}")


def command_line(arguments: Sequence[str] | None, starter: str) -> str:
    """The command as it was typed, for the model card."""
    return f"{starter} -m training.train {shlex.join(sys.argv[1:] if arguments is None else arguments)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status (130 after ctrl-C, as a shell does)."""
    # waiting OpenMP threads that spin would stall a machine with few cores
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    parser = argparse.ArgumentParser(prog="training.train", description="Train a gaze regressor and write its bundle.")
    parser.add_argument("--config", type=Path, required=True, help="the run's settings, a TOML file (docs/config.md)")
    parser.add_argument(
        "--portraits", type=Path, help="a folder of faces whose eyes are re-rendered (default: procedural eyes)"
    )
    parser.add_argument("--resume", action="store_true", help="continue from the last checkpoint in run.out")
    parser.add_argument(
        "overrides", nargs="*", metavar="section.key=value", help="replaces a setting, such as train.epochs=3"
    )
    add_log_level(parser)
    options = parser.parse_intermixed_args(arguments)

    def work() -> None:
        config = load_config(options.config, options.overrides)
        with init_distributed() as context:
            command = command_line(arguments, context.launcher)
            train(config, options.portraits, resume=options.resume, command=command, context=context)

    return exit_status(work, "Stopped; the same command with --resume continues.")


if __name__ == "__main__":
    sys.exit(main())
