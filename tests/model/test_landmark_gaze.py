"""The gaze that located parts show by themselves, and how far an answer is from it."""

from __future__ import annotations

import numpy as np
import pytest

from gazeattack.anatomy import IRIS_PLANE, KAPPA_HORIZONTAL
from gazeattack.angles import angular_error
from gazeattack.model.crop import MPIIGAZE_EYE, eye_crop
from gazeattack.model.landmark_gaze import EYEBALL, IRIS, estimate_gaze_from_landmarks
from gazeattack.model.landmarks import EYE_LANDMARKS
from gazeattack.synthetic.patches.procedural import render_procedural_patches

REACH = 1.6 * IRIS_PLANE  # pixels from the eyeball's centre to the iris, from the side


def eye(right: float, down: float, scale: float = 1.0) -> np.ndarray:
    """Points of an eye whose iris is so many pixels to the right of and below its eyeball's centre."""
    points = np.zeros((1, len(EYE_LANDMARKS), 2))
    points[0, EYEBALL] = 30, 18
    points[0, IRIS] = 30 + right, 18 + down
    return points * scale


def degrees(points: np.ndarray, mirrored: bool = False) -> np.ndarray:
    return np.degrees(estimate_gaze_from_landmarks(points, MPIIGAZE_EYE, [mirrored]))[0]


def test_conventions() -> None:
    # an eye whose pupil is straight ahead looks to the nose: to the image's left, which is +yaw, for a left eye
    assert np.allclose(degrees(eye(0, 0)), [0, KAPPA_HORIZONTAL])
    assert np.allclose(degrees(eye(0, 0), mirrored=True), [0, -KAPPA_HORIZONTAL])
    assert np.allclose(degrees(eye(0, -REACH / 2)), [30, KAPPA_HORIZONTAL])  # up is +pitch
    assert np.allclose(degrees(eye(-REACH / 2, 0)), [0, 30 + KAPPA_HORIZONTAL])


def test_mirroring_negates_yaw_alone() -> None:
    points = eye(4, 3)
    flipped = points.copy()
    flipped[..., 0] = 59 - flipped[..., 0]
    assert np.allclose(degrees(points), degrees(flipped, mirrored=True) * [1, -1])


def test_a_finer_crop_shows_the_same_gaze() -> None:
    fine = estimate_gaze_from_landmarks(eye(5, 3, scale=2.0), eye_crop(72), [False])
    assert np.allclose(fine, estimate_gaze_from_landmarks(eye(5, 3), MPIIGAZE_EYE, [False]))


def test_an_iris_out_of_reach_is_the_farthest_look_and_the_unknown_stays_unknown() -> None:
    assert np.isfinite(degrees(eye(500, -500))).all() and degrees(eye(0, -500))[0] == pytest.approx(76, abs=0.5)
    assert np.isnan(degrees(eye(np.nan, 0))).all()


def test_it_is_near_the_truth_of_rendered_people() -> None:
    patches = render_procedural_patches(range(20), 8, 1)
    assert patches.points is not None
    error = angular_error(
        estimate_gaze_from_landmarks(patches.points, MPIIGAZE_EYE, [False] * len(patches.gaze)), patches.gaze
    )
    # what is left are people whose eyes are no average ones
    mean = np.tile(patches.gaze.mean(axis=0), (len(patches.gaze), 1))
    assert error.mean() < 4 < 0.5 * angular_error(mean, patches.gaze).mean()
