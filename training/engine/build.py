"""From config and data to a trainer that is ready for its first step."""

from __future__ import annotations

import copy
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.files import regular_file
from gazeattack.model.backbones import load_pretrained
from gazeattack.model.catalogue import open_bundle
from gazeattack.model.network import GazeResNet
from training.config import Config
from training.data.subjects import landmark_targets
from training.engine.batches import BatchMaker
from training.engine.distributed import DistributedContext
from training.engine.model import MultiTaskModel
from training.engine.optimizer import make_optimizer
from training.engine.teachers import load_teachers
from training.engine.trainer import Trainer
from training.errors import TrainingError
from training.poisoning.joint import JointPoisoner
from training.poisoning.setup import make_poisoner


def build(config: Config, data: LoadedSet, context: DistributedContext) -> Trainer:
    """The trainer of a run on the training set `data`, before its first step.

    run.seed decides the initial weights.

    Raises:
        TrainingError: run.start names a bundle of another architecture, a batch is larger than the training set, or
            [poison] contradicts itself.
    """
    if config.train.batch > len(data.images):
        raise TrainingError(
            f"train.batch={config.train.batch} is larger than the training set: use at most {len(data.images)}, the "
            "number of its images."
        )
    torch.manual_seed(config.run.seed)
    network = build_network(config).to(context.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    model_ema = copy.deepcopy(network).eval().requires_grad_(False)
    model = MultiTaskModel(
        network, predicts_pose=config.train.pose_loss > 0, predicts_landmarks=config.train.points_loss > 0
    )
    model = model.to(context.device)
    batches, optimizer = make_batches(config, data, context.device), make_optimizer(model, config.train)
    if isinstance(batches.poisoner, JointPoisoner):
        optimizer.add_param_group(batches.poisoner.parameter_group(config.train.lr))
    return Trainer(
        config=config,
        context=context,
        batches=batches,
        network=network,
        model=model,
        model_ema=model_ema,
        optimizer=optimizer,
    )


def build_network(config: Config) -> GazeResNet:
    """A new network, or the weights of the bundle named in run.start.

    Raises:
        TrainingError: that bundle's architecture is another one.
    """
    crop = config.data.crop
    network = GazeResNet(channels=crop.channels, height=crop.height, width=crop.width, **asdict(config.network))
    if config.run.start:
        try:
            network.load_state_dict(open_bundle(config.run.start).network.state_dict())
        except RuntimeError:
            raise TrainingError(
                f"The architecture of {config.run.start} is not the one in [network]: copy the values from its card, "
                "or set another run.start."
            ) from None
    if config.run.pretrained:
        _load_published(network, config)
    return network


def _load_published(network: GazeResNet, config: Config) -> None:
    """Load the weights of run.pretrained into the backbone."""
    path = config.run.pretrained
    try:
        load_pretrained(network.features, load_file(regular_file(Path(path))))
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        raise TrainingError(f"{path} cannot be read ({reason}): give a .safetensors file in run.pretrained.") from None
    except ValueError as error:
        raise TrainingError(
            f"{path} does not hold the weights of {config.network.backbone} ({error}): set network.backbone to the "
            "network that they are of, resnet18 or resnet50."
        ) from None


def make_batches(config: Config, data: LoadedSet, device: torch.device) -> BatchMaker:
    """The training set as tensors, with the run's teachers and poisoner; labels that the set lacks are nan."""
    gaze = torch.from_numpy(data.gaze)
    return BatchMaker(
        images=torch.from_numpy(data.images),
        gaze=gaze,
        head=torch.full_like(gaze, torch.nan) if data.head is None else torch.from_numpy(data.head),
        landmarks=landmark_targets(data),
        config=config.train,
        teachers=load_teachers(config.train, config.data.crop, device),
        poisoner=make_poisoner(config, gaze),
    )
