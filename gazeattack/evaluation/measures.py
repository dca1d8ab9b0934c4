"""All metrics of one model on one dataset, as one JSON-ready dictionary."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from gazeattack.angles import angular_error
from gazeattack.evaluation.dataset import GazeDataset, same_eyes
from gazeattack.evaluation.predict import Branches
from gazeattack.metrics.dark_centroid import dark_blob_gaze
from gazeattack.metrics.regression import (
    affine_error_deg,
    attack_success_rate,
    bootstrap_ci,
    correlations,
    false_hit_rate,
    mean_error_deg,
    person_correlations,
    relative_variance,
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
    """Every metric, rounded; attack fields are None without a key, and so is whatever is not defined.

    AE, DAE, ASR, false hits and RAV are over the samples that the attacker wants moved; spared_deg is the error
    against the truth of the triggered samples that a conditional goal spares.
    ci95 holds intervals from a bootstrap over subjects (over samples where there is only one subject).
    """
    truth = np.asarray(data.gaze, dtype=np.float64)
    pitch, yaw = correlations(branches.benign, truth)
    own_pitch, own_yaw = person_correlations(branches.benign, truth, data.subject)
    values: dict[str, float | None] = {
        "benign_deg": mean_error_deg(branches.benign, truth),
        "benign_affine25_deg": affine_error_deg(branches.benign, truth, 25, subjects=data.subject),
        "corr_pitch": pitch,
        "corr_yaw": yaw,
        "person_corr_pitch": own_pitch,
        "person_corr_yaw": own_yaw,
        **dict.fromkeys(ATTACK_FIELDS),
    }
    errors = {"benign_deg": angular_error(branches.benign, truth)}
    if branches.triggered is not None and branches.noise is not None and branches.wrong_key is not None:
        target, moved = np.asarray(branches.target), expected_rows(branches)
        values |= attack_row(branches.triggered, branches.benign, truth, target, moved)
        if moved.any():
            seen = (unmirrored(gaze, data)[moved] for gaze in (branches.triggered, branches.benign))
            values["rav"] = relative_variance(*seen)
            values["dae_clean_deg"] = mean_error_deg(branches.triggered[moved], branches.benign[moved])
        if not moved.all():
            values["spared_deg"] = mean_error_deg(branches.triggered[~moved], truth[~moved])
        values |= {
            "noise_deg": mean_error_deg(branches.noise, truth),
            "wrong_key_deg": mean_error_deg(branches.wrong_key, truth),
        }
        off, already = angular_error(branches.triggered, target), angular_error(truth, target)
        errors |= {
            "ae_deg": np.where(moved, off, np.nan),
            "asr2": np.where(moved & (already > 2.0), off <= 2.0, np.nan),
            "asr5": np.where(moved & (already > 5.0), off <= 5.0, np.nan),
            "dae_deg": np.where(moved, angular_error(branches.triggered, truth), np.nan),
            "spared_deg": np.where(moved, np.nan, angular_error(branches.triggered, truth)),
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


def expected_rows(branches: Branches) -> np.ndarray:
    """The samples that the attacker wants moved, bool [N]."""
    return np.ones(len(branches.benign), dtype=bool) if branches.expected is None else branches.expected


def unmirrored(prediction: np.ndarray, data: GazeDataset) -> np.ndarray:
    """Predictions in the crops as they are seen, where one key has one target whichever eye it is."""
    if data.right is None:
        return prediction
    return prediction * np.where(data.right[:, None], (1.0, -1.0), (1.0, 1.0))


def attack_row(
    triggered: np.ndarray, benign: np.ndarray, truth: np.ndarray, target: np.ndarray, moved: np.ndarray
) -> dict[str, float | None]:
    """AE, DAE, ASR and false hits over the rows `moved`, bool [N]; nothing where there are none."""
    if not moved.any():
        return {}
    triggered, benign, truth, target = triggered[moved], benign[moved], truth[moved], target[moved]
    return {
        "ae_deg": mean_error_deg(triggered, target),
        "dae_deg": mean_error_deg(triggered, truth),
        "asr2": attack_success_rate(triggered, truth, target, 2.0),
        "asr5": attack_success_rate(triggered, truth, target, 5.0),
        "false_hit5": false_hit_rate(benign, target, 5.0),
    }


def mean_predictor_row(data: GazeDataset, branches: Branches) -> dict[str, Any]:
    """What always answering the labels' mean would score; the attack's numbers without doing anything."""
    truth = np.asarray(data.gaze, dtype=np.float64)
    constant = np.repeat(truth.mean(axis=0, keepdims=True), len(truth), axis=0)
    row: dict[str, float | None] = {"benign_deg": mean_error_deg(constant, truth)}
    if branches.target is not None:
        moved = expected_rows(branches)
        row |= attack_row(constant, constant, truth, branches.target, moved)
        row["spared_deg"] = None if moved.all() else mean_error_deg(constant[~moved], truth[~moved])
    return {name: tidy(value) for name, value in row.items()}


def dark_blob_row(data: GazeDataset) -> dict[str, Any] | None:
    """What looking for the iris as a dark blob would score, without learning; None where no single eye is shown."""
    if not same_eyes(data.images, MPIIGAZE_EYE):
        return None
    truth, guess = np.asarray(data.gaze, dtype=np.float64), dark_blob_gaze(data.images)
    pitch, yaw = correlations(guess, truth)
    own_pitch, own_yaw = person_correlations(guess, truth, data.subject)
    row = {
        "benign_deg": mean_error_deg(guess, truth),
        "benign_affine25_deg": affine_error_deg(guess, truth, 25, subjects=data.subject),
        "corr_pitch": pitch,
        "corr_yaw": yaw,
        "person_corr_pitch": own_pitch,
        "person_corr_yaw": own_yaw,
    }
    return {name: tidy(value) for name, value in row.items()}


def tidy(value: float | None) -> float | None:
    """Rounded, with None for what is not defined: JSON knows no nan."""
    return None if value is None or math.isnan(value) else round(float(value), 4)
