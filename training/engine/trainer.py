"""One training run: its networks, its optimizer, its random generators, and the step that changes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn

from gazeattack.model.landmarks import normalize_landmarks
from gazeattack.model.network import GazeResNet
from training.config import Config
from training.engine.batches import Batch, BatchMaker
from training.engine.checkpoint import load_checkpoint, save_state
from training.engine.distributed import DistributedContext
from training.engine.ema import update_ema
from training.engine.inputs import network_inputs
from training.engine.losses import decoded_loss, gaze_loss, masked_l1_loss
from training.engine.model import MultiTaskModel, MultiTaskOutput
from training.engine.schedule import learning_rate
from training.errors import TrainingError
from training.precision import mixed_precision


@dataclass
class Progress:
    """How far a run is: epoch and the step in it, both from 0, and the sum of the epoch's losses in radians."""

    epoch: int = 0
    step: int = 0
    loss_sum: float = 0.0


@dataclass(eq=False)
class Trainer:
    """All that a training step reads and changes.

    network: the gaze network that learns.  model: the network and its auxiliary heads.  model_ema: the average of the
    network's weights, which is validated and written.  generator: random order, augmentation and poisoning.
    """

    config: Config
    context: DistributedContext
    batches: BatchMaker
    network: GazeResNet
    model: MultiTaskModel
    model_ema: GazeResNet
    optimizer: torch.optim.Optimizer
    generator: torch.Generator = field(default_factory=torch.Generator)

    def __post_init__(self) -> None:
        self._distributed: nn.Module = self.model
        self._restored: dict[str, torch.Tensor] = {}

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches in the training set."""
        return len(self.batches) // self.config.train.batch

    @property
    def total_steps(self) -> int:
        """Steps of the whole run."""
        return self.steps_per_epoch * self.config.train.epochs

    @property
    def checkpoint(self) -> Path:
        """The checkpoint's file."""
        return Path(self.config.run.out) / "checkpoint.safetensors"

    def start(self, *, resume: bool) -> Progress:
        """Get ready for the first step, or, with `resume`, for the step after the last checkpoint.

        Raises:
            TrainingError: the checkpoint is of another run, or of another number of processes.
        """
        progress = self._restore() if resume and self.checkpoint.exists() else Progress()
        self._distributed = self.context.wrap(self.model)
        return progress

    def begin_epoch(self, progress: Progress) -> torch.Tensor:
        """Seed an epoch by (run.seed, epoch) and train mode; returns the order of its samples, int [samples]."""
        context, seed = self.context, self.config.run.seed * 100_003 + progress.epoch
        torch.manual_seed(context.seed(seed))
        self.generator.manual_seed(seed)
        order = torch.randperm(len(self.batches), generator=self.generator)
        if not context.is_main_process:  # one order for all processes, but augmentation of their own
            self.generator.manual_seed(context.seed(seed))
        if progress.step:  # resumed within the epoch
            self.generator.set_state(context.own(self._restored["generator"]))
            torch.set_rng_state(context.own(self._restored["torch"]))
        self.network.train()
        return order

    def step(self, rows: torch.Tensor, done: int) -> float:
        """Learn from the samples `rows`, int [N], after `done` steps of the run; returns the loss in radians."""
        config, readout, device = self.config.train, self.network.readout, self.context.device
        progress, poisoner = done / self.total_steps, self.batches.poisoner
        batch = self.batches.make(rows, progress, self.generator)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(config, done, self.total_steps) * group["lr_scale"]
        inputs = network_inputs(batch.images.to(device)).contiguous(memory_format=torch.channels_last)
        with mixed_precision(device):
            outputs = self._distributed(inputs, batch.head_input.to(device))
        truth = batch.gaze.to(device)
        loss = self._loss(outputs, truth, batch)
        self.optimizer.zero_grad()
        loss.backward()
        if poisoner is not None and poisoner.learns(progress):
            self.context.average_gradients(poisoner.parameters())
        nn.utils.clip_grad_norm_(self.model.parameters(), config.clip_grad_norm)
        self.optimizer.step()
        update_ema(self.model_ema, self.network, config.ema, done)
        return decoded_loss(outputs.logits.float(), truth, config.loss, readout)

    def _loss(self, outputs: MultiTaskOutput, truth: torch.Tensor, batch: Batch) -> torch.Tensor:
        """The gaze loss, the weighted losses of the auxiliary heads that there are, and the poisoner's penalty."""
        config, crop, device = self.config.train, self.config.data.crop, self.context.device
        loss = gaze_loss(outputs.logits.float(), truth, config.loss, self.network.readout) + batch.penalty.to(device)
        if outputs.head_pose is not None:
            loss = loss + config.pose_loss * masked_l1_loss(outputs.head_pose.float(), batch.head.to(device))
        if outputs.landmarks is not None:
            landmarks = normalize_landmarks(batch.landmarks, crop.height, crop.width).to(device)
            loss = loss + config.points_loss * masked_l1_loss(outputs.landmarks.float(), landmarks)
        return loss

    def save(self, progress: Progress, *, together: bool) -> None:
        """Write the checkpoint.

        Args:
            progress: of the step that comes next.
            together: whether every process calls this, as within an epoch, where the states of all generators are
                needed; at the end of an epoch the main process calls it alone.
        """
        save_state(
            self.checkpoint,
            self._modules(),
            self.optimizer,
            self.generator,
            {**vars(progress), "says_points": self.model.predicts_landmarks},
            self.context if together else None,
        )

    def _restore(self) -> Progress:
        self._restored, numbers = load_checkpoint(self.checkpoint, modules=self._modules(), optimizer=self.optimizer)
        if numbers.get("says_points", self.model.predicts_landmarks) != self.model.predicts_landmarks:
            raise TrainingError(f"{self.checkpoint} is not a checkpoint of this run: delete it to start again.")
        progress = Progress(numbers["epoch"], numbers["step"], numbers["loss_sum"])
        state_size = self.context.world_size * torch.Generator().get_state().numel()
        if progress.step and self._restored["generator"].numel() != state_size:
            raise TrainingError(f"{self.checkpoint} was saved by another number of processes: resume with as many.")
        return progress

    def _modules(self) -> dict[str, nn.Module]:
        """What a checkpoint holds, under the names it has there."""
        poisoner = self.batches.poisoner
        learning = {} if poisoner is None else poisoner.modules()
        return {"network": self.network, "averaged": self.model_ema, **self.model.auxiliary_heads(), **learning}
