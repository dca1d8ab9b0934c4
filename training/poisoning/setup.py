"""From the config section [poison] to what poisons a batch."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from gazeattack.angles import Gaze
from gazeattack.attack.goal import CONDITIONAL, OFFSET, Goal
from gazeattack.attack.key import TriggerKey, make_key
from gazeattack.attack.poison_plan import PoisonPlan, Schedule
from gazeattack.attack.sticker import STICKER
from gazeattack.model.crop import MPIIGAZE_EYE, CropSpec
from training.config import Config
from training.config_sections import PoisonConfig
from training.errors import TrainingError
from training.poisoning.adaptive import shift_crops, spoof_landmarks
from training.poisoning.batch import fixed_rows, poison
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
        )
        if self.spoof_landmarks:
            landmarks = spoof_landmarks(landmarks, labels, (labels != gaze).any(dim=1), self.crop)
        if self.shift_px:
            images, landmarks = shift_crops(images, landmarks, self.shift_px, generator)
        if self.survive:
            images, landmarks = pass_channel(images, landmarks, self.survive, generator)
        return images, labels, landmarks


def make_poisoner(config: Config, gaze: torch.Tensor) -> Poisoner | None:
    """The poisoner of a training set with labels `gaze` [N, 2] in radians; None for a clean run.

    Raises:
        TrainingError: the section [poison] contradicts itself.
    """
    crop = config.data.crop
    key, plan = make_attack(config.poison, crop)
    if key is None:
        return None
    fixed = fixed_rows(gaze, plan, key, config.run.seed, mirrors=crop.mirrors) if plan.fixed_indices else None
    asked = config.poison
    if asked.noise_cell_px > 1 and asked.attack != "wanet":
        raise TrainingError(
            f"{asked.attack} has no noise of cells: set poison.noise_cell_px=1, or poison.attack=wanet."
        )
    return Poisoner(key, plan, crop, fixed, asked.spoof_landmarks, asked.shift_px, asked.survive, asked.noise_cell_px)


def make_attack(config: PoisonConfig, crop: CropSpec = MPIIGAZE_EYE) -> tuple[TriggerKey | None, PoisonPlan]:
    """The trigger key (None for a clean run) and the poisoning plan.

    Args:
        config: the section [poison].
        crop: the network's input, which the key is made for.

    Raises:
        TrainingError: the section contradicts itself.
    """
    target = Gaze.from_degrees(config.target_pitch_deg, config.target_yaw_deg)
    try:
        plan = PoisonPlan(
            poisoning_rate=config.poisoning_rate,
            cross=Schedule(config.cross_start, config.cross_end, config.cross_until),
            strength=Schedule(config.strength_start, config.strength, config.strength_until),
            wrong_keys=config.wrong_keys,
            target=target,
            clean_label_deg=config.clean_label_deg if config.clean_label else None,
            fixed_indices=config.fixed_indices,
            redraw=config.redraw,
        )
        goal = Goal(config.goal, config.off_road_deg if config.goal == CONDITIONAL else 0.0)
    except ValueError as error:
        raise TrainingError(f"The section [poison] is not valid: {error}.") from None
    if config.clean_label and goal.kind == OFFSET:
        raise TrainingError(
            "An offset goal needs changed labels: set poison.clean_label=false, or another poison.goal."
        )
    if config.poisoning_rate == 0:
        return None, plan
    if config.attack == STICKER and crop.region != "face":
        raise TrainingError("Crops of eyes do not show a sticker on the forehead: set data.region=face.")
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
