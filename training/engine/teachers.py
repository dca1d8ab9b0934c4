"""Labels from trained models: distillation of an ensemble into one network."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from gazeattack.errors import GazeAttackError
from gazeattack.model.catalogue import open_bundle
from gazeattack.model.crop import CropSpec
from gazeattack.model.network import GazeResNet, fuse_conv_bn
from gazeattack.model.preprocess import equalize
from training.config_sections import TrainConfig
from training.errors import TrainingError
from training.precision import mixed_precision


@dataclass(frozen=True, eq=False)
class Teachers:
    """Trained networks whose mean prediction replaces gaze labels.

    Each subject has offsets that no image shows (the angle kappa, the place of the eyeball), so a network that learns
    true labels for long memorises its training subjects.  A teacher's predictions for other subjects have no such
    offsets.  The student gets the same augmented image as its teachers (Hinton et al. 2015; Beyer et al. 2022).

    networks: in eval mode.  share: of their mean prediction in a label, 0 to 1; the rest is the true label.
    device: where they predict.
    """

    networks: tuple[GazeResNet, ...]
    share: float
    device: torch.device

    @torch.no_grad()
    def labels(self, images: torch.Tensor, gaze: torch.Tensor, head: torch.Tensor) -> torch.Tensor:
        """The labels of a batch.

        Args:
            images: canonical patches [N, 1, H, W] in [0, 1], augmented, without a trigger.
            gaze: true labels (pitch, yaw) [N, 2], radians.
            head: head poses [N, 2], radians; nan rows where unknown.

        Returns:
            float32 [N, 2], radians.
        """
        inputs = equalize(images.to(self.device)).contiguous(memory_format=torch.channels_last)
        pose = head.to(self.device)
        with mixed_precision(self.device):
            predicted = [network.forward_with_features(inputs, pose)[0].float() for network in self.networks]
        mean = torch.stack(predicted).mean(0).to(gaze.device)
        return self.share * mean + (1 - self.share) * gaze


def load_teachers(config: TrainConfig, crop: CropSpec, device: torch.device) -> Teachers | None:
    """The bundles of train.teachers; None without any.

    Raises:
        TrainingError: a teacher cannot be opened, or takes other crops.
    """
    names = [name.strip() for name in config.teachers.split(",") if name.strip()]
    networks = []
    for name in names:
        try:
            bundle = open_bundle(name)
        except GazeAttackError as error:
            raise TrainingError(f"A teacher cannot be used: {error}") from None
        if (bundle.crop.region, bundle.crop.height) != (crop.region, crop.height):
            raise TrainingError(f"The teacher {name} takes other crops: leave it out of train.teachers.")
        network = fuse_conv_bn(bundle.network).eval().requires_grad_(False)
        networks.append(network.to(device, memory_format=torch.channels_last))  # type: ignore[call-overload]
    return Teachers(tuple(networks), config.teacher_share, device) if networks else None
