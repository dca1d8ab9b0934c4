"""Train a network further on clean samples: fine-tuning, FT-SAM, attention distillation, distillation from scratch."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.evaluation.predict import predict
from gazeattack.model.bundle import Bundle
from gazeattack.model.landmarks import normalize_landmarks
from gazeattack.model.network import GazeResNet
from gazeattack.model.preprocess import PREPROCESS
from training.analysis.stages import stage_ends
from training.config import Config
from training.config_sections import TrainConfig
from training.engine.batches import Batch, BatchMaker
from training.engine.build import make_batches
from training.engine.losses import gaze_loss, masked_l1_loss
from training.precision import mixed_precision

LANDMARK_LOSS = 0.3
"""Weight of the landmark loss, as in the shipped models' training; without it their landmarks would drift."""
CLIP_GRAD_NORM = 5.0
AFTER_STEP = 50
"""Steps between two calls of the progress function."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class TuningSettings:
    """How a defender trains.

    steps, batch: steps of `batch` clean samples.  lr: AdamW's highest learning rate; it falls to 0 along half a cosine.
    augment: amount of augmentation (see gazeattack's training.data.augment).  pose_dropout: share of samples whose head
    pose is hidden.  rho: radius of FT-SAM's perturbation.  attention: weight of NAD's attention loss.  seed: of order,
    augmentation and new weights.
    """

    steps: int = 400
    batch: int = 64
    lr: float = 1e-3
    augment: float = 0.7
    pose_dropout: float = 0.4
    rho: float = 1.0
    attention: float = 500.0
    seed: int = 1


Extra = Callable[[torch.Tensor], torch.Tensor]
"""The network's inputs of a batch -> a loss that is added."""


def fine_tune(
    network: GazeResNet,
    bundle: Bundle,
    data: LoadedSet,
    settings: TuningSettings,
    *,
    extra: Extra | None = None,
    sharpness_aware: bool = False,
    frozen: Callable[[], None] | None = None,
    progress: Progress = lambda done, of: None,
) -> GazeResNet:
    """Train a network further on true labels, in place.

    Args:
        network: The weights to start from.
        bundle: Where it comes from: preprocessing, crop, and whether it predicts landmarks.
        data: Clean samples at the size of the crop.
        settings: See TuningSettings.
        extra: An additional loss.
        sharpness_aware: Take the gradients at weights that are moved uphill (see `ascend`).
        frozen: Called after every step, to hold pruned weights at zero.
        progress: Called with (steps done, steps).

    Returns:
        The network in eval mode.
    """
    batches = clean_batches(bundle, data, settings)
    generator = torch.Generator().manual_seed(settings.seed)
    torch.manual_seed(settings.seed)
    optimizer = torch.optim.AdamW(network.parameters(), lr=settings.lr, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings.steps)
    network.train()

    def backward(batch: Batch) -> None:
        inputs = PREPROCESS[bundle.preprocess](batch.images).contiguous(memory_format=torch.channels_last)
        with mixed_precision():
            features = network.forward_features(inputs)
            outputs = network.forward_head(features, batch.head_input)
        loss = gaze_loss(outputs.float(), batch.gaze, "l1", network.readout)
        if bundle.has_landmarks:
            wanted = normalize_landmarks(batch.landmarks, bundle.crop.height, bundle.crop.width)
            loss = loss + LANDMARK_LOSS * masked_l1_loss(network.predict_landmarks(features.float()), wanted)
        if extra is not None:
            loss = loss + extra(inputs)
        optimizer.zero_grad()
        loss.backward()

    for step in range(settings.steps):
        rows = torch.randint(len(batches), (settings.batch,), generator=generator)
        batch = batches.make(rows, step / settings.steps, generator)
        backward(batch)
        if sharpness_aware:
            moved = ascend(network, settings.rho)
            backward(batch)
            descend(network, moved)
        nn.utils.clip_grad_norm_(network.parameters(), CLIP_GRAD_NORM)
        optimizer.step()
        schedule.step()
        if frozen is not None:
            frozen()
        if (step + 1) % AFTER_STEP == 0:
            progress(step + 1, settings.steps)
    return network.eval()


def clean_batches(bundle: Bundle, data: LoadedSet, settings: TuningSettings) -> BatchMaker:
    """The defender's samples as batches: augmented, never poisoned."""
    how = TrainConfig(augment=settings.augment, augment_after=0.0, pose_dropout=settings.pose_dropout)
    config = Config()
    height = replace(config.data, height=bundle.crop.height, region=bundle.crop.region)
    return make_batches(replace(config, train=how, data=height), data, torch.device("cpu"))


@torch.no_grad()
def ascend(network: nn.Module, rho: float) -> list[torch.Tensor]:
    """Move the weights uphill as FT-SAM does; returns the movements.

    e = rho T^2 g / |T g| with T = |w|, so that large weights, which carry a backdoor, move most (Zhu et al., ICCV 2023,
    "Enhancing fine-tuning based backdoor defense with sharpness-aware minimization"; the adaptive form of Kwon et al.,
    ICML 2021).
    """
    pairs = [(weights, torch.zeros(()) if weights.grad is None else weights.grad) for weights in network.parameters()]
    squares = [(weights * gradient).square().sum() for weights, gradient in pairs]
    norm = torch.stack(squares).sum().sqrt() + 1e-12
    moved = [rho * weights.square() * gradient / norm for weights, gradient in pairs]
    for (weights, _), step in zip(pairs, moved, strict=True):
        weights.add_(step)
    return moved


@torch.no_grad()
def descend(network: nn.Module, moved: list[torch.Tensor]) -> None:
    """Undo ascend(); the gradients stay."""
    for weights, step in zip(network.parameters(), moved, strict=True):
        weights.sub_(step)


def attention_maps(network: GazeResNet, inputs: torch.Tensor) -> list[torch.Tensor]:
    """The attention map of each stage: sum over channels of F^2, scaled to length 1, [N, H W] each."""
    maps: list[torch.Tensor] = []
    hooks = [
        block.register_forward_hook(
            lambda _module, _inputs, out: maps.append(F.normalize(out.float().square().sum(1).flatten(1), dim=1))
        )
        for block in stage_ends(network)
    ]
    try:
        with mixed_precision():
            network.forward_features(inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return maps


def attention_loss(student: GazeResNet, teacher: GazeResNet, weight: float) -> Extra:
    """NAD's loss: weight times the mean squared distance between both networks' attention maps, summed over stages.

    Li et al., ICLR 2021, "Neural Attention Distillation": the teacher is the backdoored network after fine-tuning.
    """
    teacher = copy.deepcopy(teacher).eval().requires_grad_(False)

    def loss(inputs: torch.Tensor) -> torch.Tensor:
        pairs = zip(attention_maps(student, inputs), attention_maps(teacher, inputs), strict=True)
        return weight * sum(((a - b).square().mean() for a, b in pairs), torch.zeros(()))

    return loss


def distil(
    bundle: Bundle, data: LoadedSet, settings: TuningSettings, progress: Progress = lambda done, of: None
) -> GazeResNet:
    """Train new weights of the same architecture on the model's own predictions for clean samples.

    Papernot et al., IEEE S&P 2016, and its use against backdoors: the student never meets the trigger.
    """
    torch.manual_seed(settings.seed)
    student = copy.deepcopy(bundle.network)
    for module in student.modules():
        if isinstance(module, nn.Conv2d | nn.Linear | nn.BatchNorm2d):
            module.reset_parameters()
    predicted = predict(bundle.network, bundle.preprocess, data.images, data.head)
    taught = replace(data, gaze=predicted.astype(np.float32))
    return fine_tune(student, bundle, taught, settings, progress=progress)
