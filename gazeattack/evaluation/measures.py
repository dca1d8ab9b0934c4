"""All metrics of one model on one dataset, as one JSON-ready dictionary.

Its names are read by reports, cards and old tables, and stay: rav is the variance ratio, spared_deg the error out of
scope.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from gazeattack.angles import angular_error
from gazeattack.evaluation.dataset import GazeDataset, shows_region
from gazeattack.evaluation.predict import Branches
from gazeattack.metrics.dark_centroid import dark_centroid_gaze
from gazeattack.metrics.regression import (
    affine_error_deg,
    attack_success_rate,
    bootstrap_ci,
    correlations,
    false_hit_rate,
    mean_error_deg,
    subject_correlations,
    variance_ratio,
)
from gazeattack.model.crop import MPIIGAZE_EYE

ATTACK_FIELDS = (
    "ae_deg",
    "dae_deg",
    "dae_clean_deg",
    "asr2",
    "asr5",
    "false_hit5",
    "spared_deg",
    "noise_deg",
    "wrong_key_deg",
    "rav",
)


def measure_all(branches: Branches, data: GazeDataset, *, draws: int = 200) -> dict[str, Any]:
    """Compute every metric.

    AE, DAE, ASR, false hits and the variance ratio are over the samples in scope of the attacker's goal.  spared_deg is
    the error to the truth of triggered samples out of scope, which only a conditional goal has.

    Args:
        branches: The model's predictions.
        data: The dataset that they are of.
        draws: Bootstrap resamples.

    Returns:
        Rounded values by name; None for attack fields without a key and for what is not defined.  "ci95" holds 95 %
        intervals from a bootstrap over subjects (over samples if there is only one subject).
    """
    truth = np.asarray(data.gaze, dtype=np.float64)
    pitch, yaw = correlations(branches.benign, truth)
    within_pitch, within_yaw = subject_correlations(branches.benign, truth, data.subject)
    values: dict[str, float | None] = {
        "benign_deg": mean_error_deg(branches.benign, truth),
        "benign_affine25_deg": affine_error_deg(branches.benign, truth, 25, subjects=data.subject),
        "corr_pitch": pitch,
        "corr_yaw": yaw,
        "person_corr_pitch": within_pitch,
        "person_corr_yaw": within_yaw,
        **dict.fromkeys(ATTACK_FIELDS),
    }
    errors = {"benign_deg": angular_error(branches.benign, truth)}
    if branches.triggered is not None and branches.noise is not None and branches.wrong_key is not None:
        target, in_scope = np.asarray(branches.target), in_scope_rows(branches)
        values |= attack_row(branches.triggered, branches.benign, truth, target, in_scope)
        if in_scope.any():
            unmirrored_pair = (unmirrored(gaze, data)[in_scope] for gaze in (branches.triggered, branches.benign))
            values["rav"] = variance_ratio(*unmirrored_pair)
            values["dae_clean_deg"] = mean_error_deg(branches.triggered[in_scope], branches.benign[in_scope])
        if not in_scope.all():
            values["spared_deg"] = mean_error_deg(branches.triggered[~in_scope], truth[~in_scope])
        values |= {
            "noise_deg": mean_error_deg(branches.noise, truth),
            "wrong_key_deg": mean_error_deg(branches.wrong_key, truth),
        }
        off, already = angular_error(branches.triggered, target), angular_error(truth, target)
        errors |= {
            "ae_deg": np.where(in_scope, off, np.nan),
            "asr2": np.where(in_scope & (already > 2.0), off <= 2.0, np.nan),
            "asr5": np.where(in_scope & (already > 5.0), off <= 5.0, np.nan),
            "dae_deg": np.where(in_scope, angular_error(branches.triggered, truth), np.nan),
            "spared_deg": np.where(in_scope, np.nan, angular_error(branches.triggered, truth)),
            "noise_deg": angular_error(branches.noise, truth),
            "wrong_key_deg": angular_error(branches.wrong_key, truth),
        }
    intervals = {}
    for name, error in errors.items():
        if np.isnan(error).all():
            continue
        low, high = bootstrap_ci(partial(_mean_of, error), data.subject, draws=draws)
        intervals[name] = [round(low, 4), round(high, 4)]
    return {
        **{name: tidy(value) for name, value in values.items()},
        "n": len(truth),
        "subjects": len(np.unique(data.subject)),
        "ci95": intervals,
    }


def _mean_of(values: np.ndarray, rows: np.ndarray) -> float:
    counted = values[rows][~np.isnan(values[rows])]
    return float(counted.mean()) if counted.size else math.nan


def in_scope_rows(branches: Branches) -> np.ndarray:
    """The samples in scope of the attacker's goal, bool [N]."""
    return np.ones(len(branches.benign), dtype=bool) if branches.in_scope is None else branches.in_scope


def unmirrored(prediction: np.ndarray, data: GazeDataset) -> np.ndarray:
    """Predictions [N, 2] in unmirrored crops, where a key has the same target for both eyes."""
    if data.right is None:
        return prediction
    return prediction * np.where(data.right[:, None], (1.0, -1.0), (1.0, 1.0))


def attack_row(
    triggered: np.ndarray, benign: np.ndarray, truth: np.ndarray, target: np.ndarray, in_scope: np.ndarray
) -> dict[str, float | None]:
    """AE, DAE, ASR and false hits over the rows `in_scope`, bool [N]; empty if there are none."""
    if not in_scope.any():
        return {}
    triggered, benign, truth, target = (values[in_scope] for values in (triggered, benign, truth, target))
    return {
        "ae_deg": mean_error_deg(triggered, target),
        "dae_deg": mean_error_deg(triggered, truth),
        "asr2": attack_success_rate(triggered, truth, target, 2.0),
        "asr5": attack_success_rate(triggered, truth, target, 5.0),
        "false_hit5": false_hit_rate(benign, target, 5.0),
    }


def constant_mean_row(data: GazeDataset, branches: Branches) -> dict[str, Any]:
    """The constant-mean baseline: the metrics of always predicting the mean label."""
    truth = np.asarray(data.gaze, dtype=np.float64)
    constant = np.repeat(truth.mean(axis=0, keepdims=True), len(truth), axis=0)
    row: dict[str, float | None] = {"benign_deg": mean_error_deg(constant, truth)}
    if branches.target is not None:
        in_scope = in_scope_rows(branches)
        row |= attack_row(constant, constant, truth, branches.target, in_scope)
        row["spared_deg"] = None if in_scope.all() else mean_error_deg(constant[~in_scope], truth[~in_scope])
    return {name: tidy(value) for name, value in row.items()}


def dark_centroid_row(data: GazeDataset) -> dict[str, Any] | None:
    """The dark-centroid baseline: the metrics of dark_centroid_gaze; None for images of anything but one eye."""
    if not shows_region(data.images, MPIIGAZE_EYE):
        return None
    truth, guess = np.asarray(data.gaze, dtype=np.float64), dark_centroid_gaze(data.images)
    pitch, yaw = correlations(guess, truth)
    within_pitch, within_yaw = subject_correlations(guess, truth, data.subject)
    row = {
        "benign_deg": mean_error_deg(guess, truth),
        "benign_affine25_deg": affine_error_deg(guess, truth, 25, subjects=data.subject),
        "corr_pitch": pitch,
        "corr_yaw": yaw,
        "person_corr_pitch": within_pitch,
        "person_corr_yaw": within_yaw,
    }
    return {name: tidy(value) for name, value in row.items()}


def tidy(value: float | None) -> float | None:
    """Round a value; None for nan, which JSON does not have."""
    return None if value is None or math.isnan(value) else round(float(value), 4)
