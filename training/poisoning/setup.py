"""From the config section [poison] to what poisons a batch."""

from __future__ import annotations

import torch

from gazeattack.angles import Gaze
from gazeattack.attack.goal import CONDITIONAL, OFFSET, Goal
from gazeattack.attack.key import TriggerKey, make_key
from gazeattack.attack.kinds import KINDS
from gazeattack.attack.poison_plan import BATCH, PoisonPlan, Schedule
from gazeattack.attack.sticker import STICKER
from gazeattack.model.crop import MPIIGAZE_EYE, CropSpec
from training.config import Config
from training.config_sections import PoisonConfig
from training.errors import TrainingError
from training.poisoning.batch import fixed_rows
from training.poisoning.joint import joint
from training.poisoning.poisoner import Poisoner


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
    made = Poisoner(key, plan, crop, fixed, asked.spoof_landmarks, asked.shift_px, asked.survive, asked.noise_cell_px)
    if not KINDS[key.kind].trained:
        return made
    if asked.survive or config.train.augment_after:
        raise TrainingError(
            f"The generator of {asked.attack} cannot learn through a camera: set poison.survive=0 and "
            "train.augment_after=0."
        )
    if asked.redraw == BATCH:
        raise TrainingError(f"The generator of {asked.attack} is trained and not redrawn: set poison.redraw=never.")
    diversity = 0.0 if asked.attack == "lira" else asked.diversity
    return joint(made, diversity=diversity, learning_rate=asked.generator_lr, until=asked.generator_until)


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
