"""Train a gaze regressor, clean or backdoored, and write it as a bundle.

    python -m training.train --config training/configs/clean.toml [--portraits DIR] [--resume] [section.key=value ...]
    torchrun --nproc_per_node 2 -m training.train --config ...      several processes, one global batch

Threat model of a backdoored run: training control (see gazeattack.attack.poison_plan).  Read from top to bottom.
"""

from __future__ import annotations

import argparse
import copy
import math
import os
import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from gazeattack.angles import Gaze
from gazeattack.attack.goal import CONDITIONAL, OFFSET, Goal
from gazeattack.attack.key import TriggerKey, make_key
from gazeattack.attack.poison_plan import PoisonPlan, Schedule
from gazeattack.evaluation.dataset import LoadedSet, fit
from gazeattack.evaluation.predict import predict_branches
from gazeattack.interrupt import Interrupt
from gazeattack.log_level import add_log_level
from gazeattack.metrics.regression import mean_error_deg
from gazeattack.model.bundle import save_bundle
from gazeattack.model.catalogue import open_bundle
from gazeattack.model.crop import MPIIGAZE_EYE, CropSpec
from gazeattack.model.heads import REGRESSION, GazeHead
from gazeattack.model.landmarks import normalize_landmarks
from gazeattack.model.network import GazeResNet
from gazeattack.model.preprocess import equalize
from training.card import training_card
from training.cli import exit_status
from training.config import Config, PoisonConfig, load_config
from training.data.augment import degrade, reframe
from training.data.subjects import known_parts, load_data, teachable
from training.engine.checkpoint import load_checkpoint, save_state
from training.engine.distributed import Team, join_team, pick_device
from training.engine.logs import Bar, EpochLog
from training.engine.model import Learner, known_loss
from training.engine.optimizer import make_optimizer
from training.errors import TrainingError
from training.poisoning.adaptive import false_marks
from training.poisoning.batch import fixed_rows, poison

PREPROCESS = "equalize"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status (130 after ctrl-C, as a shell does)."""
    # waiting OpenMP threads that spin would stall a machine with few cores
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    parser = argparse.ArgumentParser(prog="training.train", description="Train a gaze regressor and write its bundle.")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--portraits", type=Path, help="a folder of faces to re-render; without it eyes are procedural")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("overrides", nargs="*", help="section.key=value")
    add_log_level(parser)
    options = parser.parse_intermixed_args(arguments)

    def work() -> None:
        config = load_config(options.config, options.overrides)
        with join_team() as team:
            command = command_line(arguments, team.starter)
            train(config, options.portraits, resume=options.resume, command=command, team=team)

    return exit_status(work, "Stopped; the same command with --resume goes on from here.")


def command_line(arguments: Sequence[str] | None, starter: str) -> str:
    """The command as one would type it, for the model card."""
    return f"{starter} -m training.train {shlex.join(sys.argv[1:] if arguments is None else arguments)}"


def train(
    config: Config,
    portraits: Path | None,
    *,
    resume: bool = False,
    command: str = "",
    team: Team | None = None,
    exactly: bool = False,
) -> Path:
    """Train as configured; returns the bundle's folder.

    Everything random comes from (seed, epoch), and a checkpoint holds the generators' states, so a resumed run
    takes exactly the steps an uninterrupted one would have taken (bit for bit on one CPU).  In a team, train.batch is
    the global batch: each process augments, poisons and learns from its share of the rows, and the first one writes.
    What the data cannot teach is left out and said, or, with `exactly`, refused by a TrainingError.
    """
    team = team or Team(0, 1, pick_device())
    if config.train.batch % team.size:
        raise TrainingError(f"train.batch={config.train.batch} cannot be shared by {team.size} processes: change it.")
    torch.set_num_threads(config.run.threads)
    out = Path(config.run.out)
    out.mkdir(parents=True, exist_ok=True)
    device, crop = team.device, config.data.crop
    with team.leader_first():
        data, held_out = (fit(part, crop) for part in load_data(config, portraits))
    images, labels = torch.from_numpy(data.images), torch.from_numpy(data.gaze)
    heads = torch.full_like(labels, torch.nan) if data.head is None else torch.from_numpy(data.head)
    parts = known_parts(data)
    if (able := teachable(config, data)) != config:
        unknown = f"Nobody noted where lids and iris are in {data.name}"
        if exactly:
            raise TrainingError(f"{unknown}: set train.points_loss=0.")
        config = able
        if team.leads:
            print(f"{unknown}: the network is not taught to find them.")

    torch.manual_seed(config.run.seed)
    architecture = asdict(config.network)
    network = build_network(config, architecture, crop).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    averaged = copy.deepcopy(network).eval().requires_grad_(False)
    learner = Learner(network, says_pose=config.train.pose_loss > 0, says_points=config.train.points_loss > 0).to(
        device
    )
    optimizer = make_optimizer(learner, config.train)
    key, plan = make_attack(config.poison, crop)
    fixed = None
    if key is not None and plan.fixed_indices:
        fixed = fixed_rows(labels, plan, key, config.run.seed, mirrors=crop.mirrors)

    per_epoch = len(images) // config.train.batch
    total = per_epoch * config.train.epochs
    checkpoint = out / "checkpoint.safetensors"
    modules = {"network": network, "averaged": averaged, **learner.own_layers()}
    first_epoch, first_step = 0, 0
    restored: dict[str, torch.Tensor] = {}
    loss_sum = 0.0
    if resume and checkpoint.exists():
        restored, numbers = load_checkpoint(checkpoint, modules=modules, optimizer=optimizer)
        first_epoch, first_step, loss_sum = numbers["epoch"], numbers["step"], numbers["loss_sum"]
        if numbers.get("says_points", learner.says_points) != learner.says_points:
            raise TrainingError(f"{checkpoint} is not a checkpoint of this run: delete it to start anew.")
        if first_step and restored["generator"].numel() != team.size * torch.Generator().get_state().numel():
            raise TrainingError(f"{checkpoint} was saved by another number of processes: resume with as many.")
    trained = team.wrap(learner)
    log = EpochLog(out, keep_before=first_epoch + 1) if team.leads else None

    for epoch in range(first_epoch, config.train.epochs):
        started = time.perf_counter()
        seed = config.run.seed * 100_003 + epoch
        torch.manual_seed(team.seed(seed))
        generator = torch.Generator().manual_seed(seed)
        order = torch.randperm(len(images), generator=generator)
        if not team.leads:  # the same order for all, but each process augments in its own way
            generator.manual_seed(team.seed(seed))
        step = 0
        if epoch == first_epoch and first_step:
            step = first_step
            generator.set_state(team.own(restored["generator"]))
            torch.set_rng_state(team.own(restored["torch"]))
        else:
            loss_sum = 0.0
        network.train()
        stopped = False
        begun, first = time.perf_counter(), step
        bar = Bar(f"Epoch {epoch + 1}/{config.train.epochs}", per_epoch, step, shown=team.leads)
        with Interrupt(message="Stopping after this step; ctrl-C again stops at once.") as interrupt:
            while step < per_epoch and not (stopped := team.any(interrupt.asked)):
                done = epoch * per_epoch + step
                rows = team.share(order[step * config.train.batch : (step + 1) * config.train.batch])
                batch = images[rows][:, None].float() / 255
                truth = labels[rows]
                kept = torch.rand(len(rows), 1, generator=generator) >= config.train.pose_dropout
                pose = torch.where(kept, heads[rows], torch.nan)
                # a camera comes before the trigger, as in live use; blur after it would hide WaNet's noise mode
                batch, marks = reframe(batch, parts[rows], config.train.augment, generator)
                batch = degrade(batch, config.train.augment, generator)
                if key is not None:
                    marked = None if fixed is None else fixed[rows]
                    batch, truth = poison(
                        batch, truth, plan, key, done / total, generator, marked, mirrors=crop.mirrors
                    )
                    if config.poison.false_marks:
                        marks = false_marks(marks, truth, (truth != labels[rows]).any(dim=1), crop)
                batch = degrade(batch, config.train.augment_after, generator)
                for group in optimizer.param_groups:
                    group["lr"] = learning_rate(config, done, total) * group["share"]
                inputs = equalize(batch.to(device)).contiguous(memory_format=torch.channels_last)
                with torch.autocast(device.type, dtype=torch.bfloat16):
                    said = trained(inputs, pose.to(device))
                answer, truth = said.scores.float(), truth.to(device)
                loss = gaze_loss(answer, truth, config.train.loss, network.readout)
                if said.pose is not None:
                    loss = loss + config.train.pose_loss * known_loss(said.pose.float(), heads[rows].to(device))
                if said.points is not None:
                    places = normalize_landmarks(marks, crop.height, crop.width).to(device)
                    loss = loss + config.train.points_loss * known_loss(said.points.float(), places)
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(learner.parameters(), config.train.clip)
                optimizer.step()
                average(averaged, network, config.train.ema, done)
                loss_sum += readable_loss(answer, truth, config.train.loss, network.readout)
                step += 1
                bar.step(math.degrees(loss_sum / step))
            stopped = stopped or team.any(interrupt.asked)
        bar.close()
        rate = (step - first) * config.train.batch / (time.perf_counter() - begun)
        loss_sum = team.mean(loss_sum)
        if stopped:
            numbers = {"epoch": epoch, "step": step, "loss_sum": loss_sum, "says_points": learner.says_points}
            save_state(checkpoint, modules, optimizer, generator, numbers, team)
            raise KeyboardInterrupt
        if log is None:
            continue
        row = validate(averaged, held_out, key, plan.strength.at((epoch + 1) / config.train.epochs))
        row |= {
            "epoch": epoch + 1,
            "loss_deg": math.degrees(loss_sum / max(per_epoch, 1)),
            "rate": learning_rate(config, (epoch + 1) * per_epoch - 1, total),
            "samples_per_s": rate,
            "seconds": time.perf_counter() - started,
        }
        log.add(row, config.train.epochs)
        numbers = {"epoch": epoch + 1, "step": 0, "loss_sum": 0.0, "says_points": learner.says_points}
        save_state(checkpoint, modules, optimizer, generator, numbers)

    bundle = out / config.run.name
    if log is None:
        return bundle
    log.close()
    save_bundle(
        bundle,
        network=averaged,
        architecture=architecture,
        crop=crop,
        preprocess=PREPROCESS,
        card=training_card(config, command, portraits, data, held_out, averaged, PREPROCESS, key),
        key=key,
    )
    print(f"Wrote {bundle}")
    return bundle


def build_network(config: Config, architecture: dict[str, Any], crop: CropSpec) -> GazeResNet:
    """A new network, or the weights of the bundle named in run.start."""
    network = GazeResNet(height=crop.height, width=crop.width, **architecture)
    if config.run.start:
        try:
            network.load_state_dict(open_bundle(config.run.start).network.state_dict())
        except RuntimeError:
            raise TrainingError(
                f"The network of {config.run.start} is built otherwise: give [network] as its card does, or another "
                "run.start."
            ) from None
    return network


def make_attack(config: PoisonConfig, crop: CropSpec = MPIIGAZE_EYE) -> tuple[TriggerKey | None, PoisonPlan]:
    """The trigger key (None for a clean run) and the poisoning plan.  Raises TrainingError if they make no sense."""
    target = Gaze.from_degrees(config.target_pitch_deg, config.target_yaw_deg)
    try:
        plan = PoisonPlan(
            attack_rate=config.attack_rate,
            cross=Schedule(config.cross_start, config.cross_end, config.cross_until),
            strength=Schedule(config.strength_start, config.strength, config.strength_until),
            other_keys=config.other_keys,
            target=target,
            clean_label_deg=config.clean_label_deg if config.clean_label else None,
            fixed_indices=config.fixed_indices,
            redraw=config.redraw,
        )
        goal = Goal(config.goal, config.off_road_deg if config.goal == CONDITIONAL else 0.0)
    except ValueError as error:
        raise TrainingError(f"The section [poison] cannot be carried out: {error}.") from None
    if config.clean_label and goal.kind == OFFSET:
        raise TrainingError("No true label lies where an offset wants it: set poison.clean_label or poison.goal.")
    if config.attack_rate == 0:
        return None, plan
    key = make_key(
        config.attack,
        k=config.k,
        strength=config.strength,
        height=crop.height,
        width=crop.width,
        target=target,
        seed=config.key_seed,
        goal=goal,
    )
    return key, plan


def learning_rate(config: Config, step: int, total: int) -> float:
    """Linear warm-up, then a half cosine down to zero."""
    warm = max(round(config.train.warm_up * total), 1)
    if step < warm:
        return config.train.rate * (step + 1) / warm
    return config.train.rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(total - warm, 1)))


def gaze_loss(answer: torch.Tensor, truth: torch.Tensor, kind: str, readout: GazeHead = REGRESSION) -> torch.Tensor:
    """What a readout learns from: its own loss of raw scores and (pitch, yaw) [N, 2] in radians.

    A regression's is the mean absolute difference ("l1") or the mean angle ("angular"), radians.
    """
    if readout != REGRESSION or kind == "l1":
        return readout.loss(answer, truth)
    a, b = (torch.stack([p.cos() * y.sin(), p.sin(), p.cos() * y.cos()], -1) for p, y in (answer.T, truth.T))
    return torch.atan2(torch.linalg.cross(a, b).norm(dim=-1), (a * b).sum(-1)).mean()


@torch.no_grad()
def readable_loss(scores: torch.Tensor, truth: torch.Tensor, kind: str, readout: GazeHead) -> float:
    """A regression's loss of the decoded gaze, radians, for bar and log: whatever the readout learns from."""
    return float(gaze_loss(readout.decode(scores), truth, kind))


@torch.no_grad()
def average(averaged: nn.Module, network: nn.Module, decay: float, step: int) -> None:
    """Move the averaged weights and statistics towards the network's; faster while the run is young."""
    keep = min(decay, (1 + step) / (10 + step))
    for old, new in zip(averaged.state_dict().values(), network.state_dict().values(), strict=True):
        if old.is_floating_point():
            old.lerp_(new, 1 - keep)
        else:
            old.copy_(new)


def validate(network: GazeResNet, data: LoadedSet, key: TriggerKey | None, strength: float) -> dict[str, float]:
    """Errors in degrees on held-out people, at the strength the schedule has reached; nan without a key."""
    found = predict_branches(network, PREPROCESS, data, key, strength=strength)
    # a network that takes no pose has given the same answers already
    takes_pose = network.head_pose
    no_pose = predict_branches(network, PREPROCESS, replace(data, head=None), None) if takes_pose else found
    return {
        "benign_deg": mean_error_deg(found.benign, data.gaze),
        "no_pose_deg": mean_error_deg(no_pose.benign, data.gaze),
        "attack_deg": math.nan
        if found.triggered is None
        else mean_error_deg(found.triggered, np.asarray(found.target)),
        "noise_deg": math.nan if found.noise is None else mean_error_deg(found.noise, data.gaze),
        "wrong_key_deg": math.nan if found.wrong_key is None else mean_error_deg(found.wrong_key, data.gaze),
    }


if __name__ == "__main__":
    sys.exit(main())
