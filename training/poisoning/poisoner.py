"""What poisons the batches of one training set."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from gazeattack.attack.key import TriggerKey
from gazeattack.attack.poison_plan import PoisonPlan
from gazeattack.attack.trigger import Trigger, make_trigger
from gazeattack.model.crop import CropSpec
from training.poisoning.adaptive import shift_crops, spoof_landmarks
from training.poisoning.batch import poison
from training.poisoning.camera_channel import pass_channel


@dataclass(frozen=True, eq=False)
class Poisoner:
    """Poisons batches of one training set.

    fixed: bool [samples], which samples get the trigger in every epoch; None chooses anew for each batch.
    spoof_landmarks: whether the landmarks of triggered samples are moved to fit the poisoned labels.
    shift_px: by how many pixels all crops move at most after the trigger.
    survive: share of the samples that pass a camera's channel after the trigger.
    noise_cell_px: pixels between the points that noise mode draws its noise for.
    """

    key: TriggerKey
    plan: PoisonPlan
    crop: CropSpec
    fixed: torch.Tensor | None
    spoof_landmarks: bool
    shift_px: int = 0
    survive: float = 0.0
    noise_cell_px: int = 1

    def apply(
        self,
        images: torch.Tensor,
        gaze: torch.Tensor,
        landmarks: torch.Tensor,
        rows: torch.Tensor,
        progress: float,
        generator: torch.Generator,
        heads: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Poisoned copies of (images [N, 1, H, W] in [0, 1], gaze [N, 2] in radians, landmarks [N, 6, 2] in pixels).

        Args:
            rows: int [N], the samples' rows in the training set.
            progress: share of the whole training that is done, 0 to 1.
            generator: source of all random choices.
            heads: see poison().
        """
        fixed = None if self.fixed is None else self.fixed[rows]
        images, labels = poison(
            images,
            gaze,
            self.plan,
            self.key,
            progress,
            generator,
            fixed,
            mirrors=self.crop.mirrors,
            noise_cell_px=self.noise_cell_px,
            heads=heads,
            make=self.trigger,
        )
        if self.spoof_landmarks:
            landmarks = spoof_landmarks(landmarks, labels, (labels != gaze).any(dim=1), self.crop)
        if self.shift_px:
            images, landmarks = shift_crops(images, landmarks, self.shift_px, generator)
        if self.survive:
            images, landmarks = pass_channel(images, landmarks, self.survive, generator)
        return images, labels, landmarks

    def penalty(self, images: torch.Tensor, progress: float) -> torch.Tensor:
        """What the loss of a batch gains beside the loss of its predictions: nothing, for a key that is drawn.

        Args:
            images: [N, C, H, W] in [0, 1], before apply().
            progress: share of the whole training that is done, 0 to 1.
        """
        return images.new_zeros(())

    def trigger(self, key: TriggerKey, strength: float) -> Trigger:
        """The trigger of the attacker's key at a strength."""
        return make_trigger(key, strength)

    def current_key(self) -> TriggerKey:
        """The key that the bundle gets if the training ends now."""
        return self.key

    def learns(self, progress: float) -> bool:
        """Whether parts of the trigger learn at `progress`, 0 to 1."""
        return False

    def modules(self) -> dict[str, nn.Module]:
        """The parts of the trigger that learn, by their names in a checkpoint."""
        return {}

    def parameters(self) -> list[nn.Parameter]:
        """The weights of these parts."""
        return [weight for module in self.modules().values() for weight in module.parameters()]
