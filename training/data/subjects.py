"""The people whom a run trains on, and those it holds out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.model.crop import BOTH_EYES, MPIIGAZE_EYE
from gazeattack.model.landmarks import EYE_LANDMARKS
from training.config import Config, DataConfig
from training.data.pools import PoolSpec, load_pool
from training.data.readers import open_dataset
from training.data.split import hold_out
from training.errors import TrainingError


def load_splits(config: Config, portraits: Path | None) -> tuple[LoadedSet, LoadedSet]:
    """(training set, held-out set): no person, and no portrait, is in both.

    With data.set or data.folds, the people are split by subject; else others are rendered to be held out.
    """
    d = config.data
    if d.set or d.folds:
        if portraits is not None:
            raise TrainingError(
                "Folds of portraits would share faces: leave --portraits out, or data.set and data.folds."
            )
        return hold_out(load_subjects(config), d.folds, d.fold, d.seed)
    share = d.portrait_subjects / max(d.portrait_subjects + d.procedural_subjects, 1)
    from_portraits = round(d.valid_subjects * share)
    training = rendered(d)
    held_out = replace(
        training,
        portrait_subjects=from_portraits,
        procedural_subjects=d.valid_subjects - from_portraits,
        per_subject=d.valid_per_subject,
        held_out=True,
        blinks=0.0,
        unsteady=0.0,
    )
    cache = Path(d.cache)
    return load_pool(training, portraits, cache), load_pool(held_out, portraits, cache)


def teachable(config: Config, data: LoadedSet) -> Config:
    """The config without what these people cannot teach: where an eye's parts are, if nobody noted it."""
    if not config.train.points_loss or (data.points is not None and np.isfinite(data.points).any()):
        return config
    untaught, honest = replace(config.train, points_loss=0.0), replace(config.poison, false_marks=False)
    return replace(config, train=untaught, poison=honest)


def known_parts(data: LoadedSet) -> torch.Tensor:
    """Where the eyes' parts show, [N, 6, 2], nan where unknown."""
    if data.points is not None:
        return torch.from_numpy(data.points)
    return torch.full((len(data.images), len(EYE_LANDMARKS), 2), torch.nan)


def load_subjects(config: Config) -> LoadedSet:
    """Everybody who is split by subject: data.set's eyes, or procedural ones."""
    d = config.data
    if d.set:
        usual = MPIIGAZE_EYE if d.crop.mirrors else BOTH_EYES
        return open_dataset(d.set, crop=usual, per_subject=d.set_per_subject or None)
    return load_pool(rendered(d), None, Path(d.cache))


def rendered(d: DataConfig) -> PoolSpec:
    """The people who are rendered to be trained on."""
    people = d.portrait_subjects, d.procedural_subjects, d.per_subject
    return PoolSpec(
        *people,
        d.seed,
        blinks=d.blinks,
        height=d.rendered_height,
        region=d.region,
        at_screen=d.at_screen,
        down=d.down,
        unsteady=d.unsteady,
    )
