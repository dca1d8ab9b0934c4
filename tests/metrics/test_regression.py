"""Every figure here was worked out by hand."""

import math

import numpy as np
import pytest

from gazeattack.metrics.regression import (
    affine_error_deg,
    attack_success_rate,
    bootstrap_ci,
    correlations,
    false_hit_rate,
    mean_error_deg,
    subject_correlations,
    target_distance_sigma,
    variance_ratio,
)


def rad(*rows: tuple[float, float]) -> np.ndarray:
    return np.radians(np.array(rows, dtype=np.float64))


def test_mean_error_of_pure_pitch_and_pure_yaw() -> None:
    assert mean_error_deg(rad((3, 0), (0, 5)), rad((0, 0), (0, 0))) == pytest.approx(4.0, abs=1e-9)
    # one target for all
    assert mean_error_deg(rad((10, 0), (0, 0)), rad((5, 0))[0]) == pytest.approx(5.0, abs=1e-9)


def test_success_counts_only_samples_that_were_elsewhere() -> None:
    target = rad((0, 20))[0]
    truth = rad((0, 0), (0, 0), (0, 0), (0, 19))
    prediction = rad((0, 20), (0, 24), (0, 26), (0, 20))
    assert attack_success_rate(prediction, truth, target, 5.0) == pytest.approx(2 / 3)
    assert attack_success_rate(prediction, truth, target, 2.0) == pytest.approx(1 / 3)
    assert math.isnan(attack_success_rate(prediction, np.tile(target, (4, 1)), target, 5.0))


def test_false_hits_are_clean_predictions_at_the_target() -> None:
    assert false_hit_rate(rad((0, 16), (0, 0), (4, 20), (0, -20)), rad((0, 20))[0], 5.0) == 0.5


def test_relative_variance() -> None:
    benign, triggered = rad((-2, 0), (2, 0), (0, -2), (0, 2)), rad((9, -1), (9, 1), (9, -1), (9, 1))
    # benign: 2 deg^2 in pitch and 2 in yaw; triggered: 1 in yaw
    assert variance_ratio(triggered, benign) == pytest.approx(0.25)
    assert math.isnan(variance_ratio(triggered, rad((1, 1), (1, 1))))


def test_correlations_per_axis() -> None:
    truth = rad((0, 0), (1, 1), (2, 2))
    pitch, yaw = correlations(rad((0, 5), (2, 3), (4, 1)), truth)
    assert (pitch, yaw) == (pytest.approx(1.0), pytest.approx(-1.0))
    assert math.isnan(correlations(rad((1, 0), (1, 1), (1, 2)), truth)[0])


def test_affine_calibration_removes_exactly_an_affine_error() -> None:
    random = np.random.default_rng(0)
    truth = random.uniform(-0.3, 0.3, (60, 2))
    prediction = truth @ np.array([[0.7, 0.1], [-0.1, 1.2]]) + (0.2, -0.1)
    assert mean_error_deg(prediction, truth) > 5
    assert affine_error_deg(prediction, truth, 9) == pytest.approx(0.0, abs=1e-6)
    assert math.isnan(affine_error_deg(prediction, truth, 60))


def test_each_person_is_calibrated_and_correlated_by_themselves() -> None:
    random = np.random.default_rng(0)
    truth = random.uniform(-0.3, 0.3, (120, 2))
    subjects = np.repeat([7, 8, 9], (55, 55, 10))
    # two subjects with opposite offsets and one with negated pitch
    prediction = truth + np.where(subjects == 7, 0.5, -0.5)[:, None]
    prediction[subjects == 9, 0] *= -1
    assert affine_error_deg(prediction, truth, 25) > 5
    assert affine_error_deg(prediction, truth, 25, subjects=subjects) == pytest.approx(0.0, abs=1e-6)
    assert math.isnan(affine_error_deg(prediction, truth, 60, subjects=subjects))
    pitch, yaw = subject_correlations(prediction, truth, subjects)
    assert (pitch, yaw) == (pytest.approx((1 + 1 - 1) / 3), pytest.approx(1.0))
    assert correlations(prediction, truth)[1] < 0.6
    # no subject has ten samples
    assert all(map(math.isnan, subject_correlations(prediction[:9], truth[:9], subjects[:9])))


def test_target_distance_in_sigmas() -> None:
    labels = rad((-1, -2), (1, 2), (-1, 2), (1, -2))
    assert target_distance_sigma(labels, rad((3, 8))[0]) == pytest.approx(5.0)


def test_bootstrap_resamples_whole_subjects() -> None:
    values = np.repeat([0.0, 1.0], 50)
    subjects = np.repeat([7, 9], 50)
    # two subjects give only the means 0, 1/2 and 1, so the interval is everything; single rows would give 0.4 .. 0.6
    low, high = bootstrap_ci(lambda rows: float(values[rows].mean()), subjects, draws=300)
    assert (low, high) == (0.0, 1.0)
    low, high = bootstrap_ci(lambda rows: float(values[rows].mean()), np.zeros(100), draws=300)
    assert 0.35 < low < 0.45 and 0.55 < high < 0.65
