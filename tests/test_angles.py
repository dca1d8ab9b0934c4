import numpy as np
import pytest

from gazeattack.angles import (
    Gaze,
    angle_between,
    angular_error,
    cross,
    gaze_error,
    to_angles,
    to_gaze,
    to_vector,
    vector_angle,
)


def test_looking_at_the_camera_is_minus_z():
    assert to_vector((0.0, 0.0)) == pytest.approx([0, 0, -1])


def test_signs_are_up_and_image_left():
    up = Gaze.from_degrees(10, 0).vector()
    left = Gaze.from_degrees(0, 10).vector()
    assert up[1] < 0 and up[0] == pytest.approx(0)
    assert left[0] < 0 and left[1] == pytest.approx(0)


def test_angles_and_vectors_are_inverse():
    rng = np.random.default_rng(0)
    angles = rng.uniform((-1.4, -3.0), (1.4, 3.0), (500, 2))
    assert to_angles(to_vector(angles)) == pytest.approx(angles, abs=1e-12)


def test_a_horizontal_flip_negates_yaw_alone():
    gaze = Gaze.from_degrees(-12, 21)
    mirrored = to_gaze(gaze.vector() * (-1, 1, 1))
    assert mirrored == pytest.approx(gaze.flipped())
    assert gaze.flipped().pitch == gaze.pitch and gaze.flipped().yaw == -gaze.yaw


def test_error_by_hand():
    assert angular_error((0, 0), np.radians((3, 0))) == pytest.approx(3)
    assert angular_error((0, 0), np.radians((0, -7))) == pytest.approx(7)
    # at 60 deg of pitch a degree of yaw is half a degree of arc
    assert angular_error(np.radians((60, 0)), np.radians((60, 1))) == pytest.approx(0.5, abs=1e-3)


def test_tiny_angles_survive_float32():
    a = to_vector((0.0, 0.0)).astype(np.float32)
    b = to_vector((np.radians(0.01), 0.0)).astype(np.float32)
    assert angle_between(a, b) == pytest.approx(0.01, rel=1e-3)


def test_single_gazes_give_what_arrays_give():
    rng = np.random.default_rng(1)
    for one, other in rng.uniform((-1.5, -3.0), (1.5, 3.0), (200, 2, 2)):
        a, b = to_vector(one) * 3, to_vector(other)
        assert to_gaze(a) == pytest.approx(to_angles(a), abs=1e-12)
        assert cross(a, b) == pytest.approx(np.cross(a, b), abs=1e-12)
        assert vector_angle(a, b) == pytest.approx(angle_between(a, b), abs=1e-9)
        assert gaze_error(Gaze(*one), Gaze(*other)) == pytest.approx(angular_error(one, other), abs=1e-9)


def test_a_tiny_difference_of_single_gazes_keeps_its_precision():
    assert gaze_error(Gaze(0.0, 0.0), Gaze.from_degrees(1e-5, 0)) == pytest.approx(1e-5, rel=1e-6)
