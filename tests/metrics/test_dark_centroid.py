import numpy as np
import pytest

from gazeattack.anatomy import EYEBALL_ABOVE_CORNERS, IRIS_PLANE, KAPPA_HORIZONTAL
from gazeattack.angles import angular_error
from gazeattack.metrics.dark_centroid import PX_PER_MM, dark_centroid_gaze
from gazeattack.metrics.regression import correlations
from gazeattack.synthetic.patches.procedural import render_procedural_patches


def disc(right_mm: float, down_mm: float) -> np.ndarray:
    y, x = np.mgrid[:36, :60].astype(float)
    away = np.hypot((x - 29.5) / PX_PER_MM - right_mm, (y - 17.5) / PX_PER_MM - down_mm)
    return np.where(away < 3.0, 20, 200).astype(np.uint8)


def test_a_disc_is_looked_up_on_the_average_eye():
    ahead, aside = dark_centroid_gaze(np.stack([disc(0, -EYEBALL_ABOVE_CORNERS), disc(2.0, 1.0)]))
    assert np.degrees(ahead) == pytest.approx([0, KAPPA_HORIZONTAL], abs=1.5)
    # right in the picture is negative yaw, down is negative pitch
    expected = -np.degrees(np.arcsin([(1.0 + EYEBALL_ABOVE_CORNERS) / IRIS_PLANE, 2.0 / IRIS_PLANE]))
    assert np.degrees(aside) == pytest.approx([expected[0], expected[1] + KAPPA_HORIZONTAL], abs=1.5)


def test_it_knows_a_little_about_rendered_eyes():
    patches = render_procedural_patches(range(40), 5, 3)
    guess = dark_centroid_gaze(patches.images)
    assert min(correlations(guess, patches.gaze)) > 0.25
    assert angular_error(guess, patches.gaze).mean() < 25
