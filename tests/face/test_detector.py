"""The face detector's anchors and suppression, and the regions of the face networks."""

import math

import cv2
import numpy as np
import pytest

from gazeattack.face.detector import anchors, merge
from gazeattack.face.region import MARGIN, Region, around_landmarks, whole
from gazeattack.face.smoothing import LandmarkFilter


def test_anchors_lie_at_the_middles_of_the_cells():
    places = anchors()
    assert places.shape == (896, 2)
    assert places[:4] == pytest.approx(np.array([[0.5, 0.5], [0.5, 0.5], [1.5, 0.5], [1.5, 0.5]]) / 16)
    assert places[512:518] == pytest.approx(np.full((6, 2), 0.5 / 8))
    assert places[-1] == pytest.approx([7.5 / 8, 7.5 / 8])


def test_boxes_of_one_face_are_averaged_by_their_scores():
    middles = np.array([[0.5, 0.5], [0.52, 0.5], [0.1, 0.1]])
    sizes, points = np.full((3, 2), 0.2), np.repeat(middles[:, None], 6, axis=1)
    first, second = merge(middles, sizes, points, np.array([0.9, 0.6, 0.55]))
    assert first[2] == pytest.approx([(0.5 * 0.9 + 0.52 * 0.6) / 1.5, 0.5])
    assert first[:2] == pytest.approx(np.array([[-0.1, -0.1], [0.1, 0.1]]) + first[2])
    assert second[2] == pytest.approx([0.1, 0.1])
    assert merge(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros((0, 6, 2)), np.zeros(0)) == []


def test_the_region_around_a_face_is_a_level_square():
    face = np.zeros((478, 3))
    face[:, :2] = (100, 50)
    face[0, :2], face[1, :2] = (60, 20), (180, 100)
    face[33, :2], face[263, :2] = (80, 60), (120, 100)
    region = around_landmarks(face)
    assert (region.x, region.y) == (120, 60)
    assert region.width == region.height == MARGIN * 120
    assert region.angle == pytest.approx(math.radians(45))


def test_a_region_crops_what_its_matrix_says():
    image = np.random.default_rng(3).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    image = cv2.GaussianBlur(image, (0, 0), 3)
    region = Region(40, 30, 20, 20, math.radians(90))
    crop = region.crop(image, 20)
    for u, v in ((0, 0), (19, 0), (5, 12)):
        x, y = region.matrix @ (u / 20, v / 20, 1)
        assert np.abs(crop[v, u].astype(int) - image[round(y), round(x)]).max() <= 1
    assert whole(640, 480) == Region(320, 240, 640, 640)


def test_a_face_at_rest_is_smoothed_and_a_moving_one_followed():
    rng, face = np.random.default_rng(5), np.random.default_rng(6).uniform(0, 200, (478, 3))
    still, smoother = [], LandmarkFilter()
    for n in range(60):
        still.append(smoother.step(face + rng.normal(0, 0.3, face.shape), n / 30))
    assert np.std(still[20:], axis=0).mean() < 0.1
    for n in range(60, 90):
        moved = smoother.step(face + np.array([5 * (n - 60), 0, 0]), n / 30)
    # five pixels a frame: it lags by less than a frame
    assert np.abs(moved - face - np.array([145, 0, 0])).max() < 5
    smoother.reset()
    assert (smoother.step(face, 9.0) == face).all()
