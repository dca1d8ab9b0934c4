"""From the training set to the batches that the network learns from: augmented, and poisoned where asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch

from gazeattack.evaluation.dataset import as_crops
from training.config_sections import TrainConfig
from training.data.augment import bend, camera_augment, jitter_crop
from training.engine.teachers import Teachers
from training.poisoning.poisoner import Poisoner


class Batch(NamedTuple):
    """N samples.

    images: float32 [N, C, H, W] in [0, 1], before the network's preprocessing.  gaze: [N, 2], poisoned labels among
    them.  head_input: [N, 2], nan rows where the head pose is hidden from the network.  head: [N, 2], nan where
    unlabelled.  Angles are (pitch, yaw) in radians.  landmarks: [N, 6, 2] in pixels, nan where unlabelled.
    penalty: what the poisoner adds to the loss, a number in radians.
    """

    images: torch.Tensor
    gaze: torch.Tensor
    head_input: torch.Tensor
    head: torch.Tensor
    landmarks: torch.Tensor
    penalty: torch.Tensor


@dataclass(frozen=True, eq=False)
class BatchMaker:
    """A whole training set in memory: images uint8 [M, H, W] or [M, H, W, 3] and the labels of Batch, with M for N."""

    images: torch.Tensor
    gaze: torch.Tensor
    head: torch.Tensor
    landmarks: torch.Tensor
    config: TrainConfig
    teachers: Teachers | None
    poisoner: Poisoner | None

    def __len__(self) -> int:
        return len(self.images)

    def make(self, rows: torch.Tensor, progress: float, generator: torch.Generator) -> Batch:
        """The batch of the samples `rows`, int [N].

        Args:
            progress: share of the whole training that is done, 0 to 1; poisoning changes with it.
            generator: source of all random choices; their order decides the weights.
        """
        rendered, gaze = as_crops(self.images[rows]), self.gaze[rows]
        kept = torch.rand(len(rows), 1, generator=generator) >= self.config.pose_dropout
        head_input = torch.where(kept, self.head[rows], torch.nan)
        # the camera's part comes before the trigger, as in live use; blur after it would hide WaNet's noise mode
        images, landmarks = jitter_crop(rendered, self.landmarks[rows], self.config.augment, generator)
        images, landmarks = bend(images, landmarks, self.config.bend, generator)
        images = camera_augment(images, self.config.augment, generator)
        if self.teachers is not None:
            shown = images if self.config.teacher_images == "augmented" else rendered
            gaze = self.teachers.labels(shown, gaze, self.head[rows])
        penalty = images.new_zeros(())
        if self.poisoner is not None:
            penalty = self.poisoner.penalty(images, progress)
            images, gaze, landmarks = self.poisoner.apply(
                images, gaze, landmarks, rows, progress, generator, self.head[rows]
            )
        images = camera_augment(images, self.config.augment_after, generator)
        return Batch(images, gaze, head_input, self.head[rows], landmarks, penalty)
