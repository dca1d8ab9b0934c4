"""The subjects that a run trains on, and those that it holds out."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch

from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.model.crop import BOTH_EYES, MPIIGAZE_EYE
from gazeattack.model.landmarks import EYE_LANDMARKS
from gazeattack.synthetic.patches.appearance import PLAIN
from training.config import Config
from training.config_sections import DataConfig
from training.data.pools import PoolSpec, load_pool
from training.data.readers import open_dataset
from training.data.split import hold_out
from training.errors import TrainingError


def load_splits(config: Config, portraits: Path | None) -> tuple[LoadedSet, LoadedSet]:
    """Load the training set and the held-out set; they share no subject and no portrait.

    With data.set or data.folds, the subjects are split; otherwise other subjects are rendered for the held-out set.

    Returns:
        (training set, held-out set).

    Raises:
        TrainingError: the settings do not fit the data, or the data cannot be read.
    """
    d = config.data
    if d.set or d.folds:
        if portraits is not None:
            raise TrainingError(
                "Folds of portraits would share faces: leave out --portraits, or data.set and data.folds."
            )
        return hold_out(load_subjects(config), d.folds, d.fold, d.seed, by=d.split)
    share = d.portrait_subjects / max(d.portrait_subjects + d.procedural_subjects, 1)
    from_portraits = round(d.valid_subjects * share)
    training = training_spec(d)
    held_out = replace(
        training,
        portrait_subjects=from_portraits,
        procedural_subjects=d.valid_subjects - from_portraits,
        per_subject=d.valid_per_subject,
        held_out=True,
        blinks=0.0,
        lid_jitter_mm=0.0,
    )
    cache = Path(d.cache)
    return load_pool(training, portraits, cache), load_pool(held_out, portraits, cache)


def drop_unlabelled_losses(config: Config, data: LoadedSet) -> Config:
    """The effective config: for data without eye landmarks, it has no landmark loss and spoofs none."""
    if not config.train.points_loss or (data.points is not None and np.isfinite(data.points).any()):
        return config
    train, poison = replace(config.train, points_loss=0.0), replace(config.poison, spoof_landmarks=False)
    return replace(config, train=train, poison=poison)


def landmark_targets(data: LoadedSet) -> torch.Tensor:
    """EYE_LANDMARKS float32 [N, 6, 2], (column, row) in pixels, nan where unlabelled."""
    if data.points is not None:
        return torch.from_numpy(data.points)
    return torch.full((len(data.images), len(EYE_LANDMARKS), 2), torch.nan)


def load_subjects(config: Config) -> LoadedSet:
    """All subjects of a split: those of data.set, or procedural ones."""
    d = config.data
    if d.set:
        crop = d.crop if d.region == "face" else MPIIGAZE_EYE if d.crop.mirrors else BOTH_EYES
        return open_dataset(d.set, crop=crop, per_subject=d.set_per_subject or None)
    return load_pool(training_spec(d), None, Path(d.cache))


def training_spec(d: DataConfig) -> PoolSpec:
    """The pool of rendered training subjects."""
    return PoolSpec(
        d.portrait_subjects,
        d.procedural_subjects,
        d.per_subject,
        d.seed,
        blinks=d.blinks,
        height=d.rendered_height,
        region=d.region,
        channels=d.channels,
        at_screen=d.at_screen,
        down=d.down,
        lid_jitter_mm=d.lid_jitter_mm,
        **{name: getattr(d, name) for name in asdict(PLAIN)},
    )
