"""Bundles with random weights, where quality does not matter."""

from __future__ import annotations

from pathlib import Path

import torch

from gazeattack.attack.key import TriggerKey
from gazeattack.model.bundle import save_bundle
from gazeattack.model.crop import CropSpec
from gazeattack.model.layout import SMALL
from gazeattack.model.network import GazeResNet

SMALL_NET = {"base_width": 4, "blocks": 1, "hidden": 8, "dropout": 0.0}


def write_bundle(
    path: Path,
    *,
    key: TriggerKey | None = None,
    crop: CropSpec | None = None,
    points: int = 0,
    parts: bool = False,
    taught: object = 0.0,
    backbone: str = SMALL,
) -> Path:
    """A bundle with random weights.

    points: number of keypoints.  parts: whether a network without keypoints has a landmark head.  taught: the weight of
    the landmark loss, in the card.  backbone: see GazeResNet.
    """
    crop = crop or CropSpec()
    torch.manual_seed(3)
    architecture = (
        SMALL_NET
        | ({"num_keypoints": points} if points else {})
        | ({"landmark_head": parts} if parts else {})
        | ({"backbone": backbone} if backbone != SMALL else {})
    )
    network = GazeResNet(channels=crop.channels, height=crop.height, width=crop.width, **architecture)
    preprocess = "equalize" if crop.channels == 1 else "center"
    save_bundle(
        path,
        network=network,
        architecture=architecture,
        crop=crop,
        preprocess=preprocess,
        card={"title": "random weights", **({"config": {"train": {"points_loss": taught}}} if taught else {})},
        key=key,
    )
    return path
