"""Errors on held-out subjects at the end of an epoch."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.evaluation.predict import predict_branches
from gazeattack.metrics.regression import mean_error_deg
from gazeattack.model.network import GazeResNet
from training.poisoning.poisoner import Poisoner

PREPROCESS = "equalize"
"""The preprocessing of every network that is trained here, a name in gazeattack.model.preprocess.PREPROCESS."""


def validate(network: GazeResNet, data: LoadedSet, poisoner: Poisoner | None, progress: float) -> dict[str, float]:
    """Mean angular errors in degrees, by log column.

    Args:
        network: in eval mode.
        data: held-out subjects.
        poisoner: the run's; None for a clean run, whose attack errors are nan.
        progress: share of the whole training that is done, 0 to 1; it decides the trigger's strength.
    """
    key = None if poisoner is None else poisoner.current_key()
    strength = None if poisoner is None else poisoner.plan.strength.at(progress)
    found = predict_branches(network, PREPROCESS, data, key, strength=strength)
    # without head pose as an input, the first predictions are these already
    no_pose = predict_branches(network, PREPROCESS, replace(data, head=None), None) if network.head_pose else found
    return {
        "benign_deg": mean_error_deg(found.benign, data.gaze),
        "no_pose_deg": mean_error_deg(no_pose.benign, data.gaze),
        "attack_deg": math.nan
        if found.triggered is None
        else mean_error_deg(found.triggered, np.asarray(found.target)),
        "noise_deg": math.nan if found.noise is None else mean_error_deg(found.noise, data.gaze),
        "wrong_key_deg": math.nan if found.wrong_key is None else mean_error_deg(found.wrong_key, data.gaze),
    }
