"""Irises that are moved in the frame: to where the check computes the target, by a warp that does not fold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gazeattack.angles import Gaze, gaze_error
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.iris_gaze import IRIS_CENTRES, SIDES, estimate_gaze_from_irises
from gazeattack.face.pose import HeadPose, estimate_pose
from gazeattack.face.rigid_model import EYE_CORNERS, LANDMARKS, POINTS
from training.analysis.iris_price import move_columns
from training.analysis.moved_iris import (
    IRIS_RIMS,
    LEAST_JACOBIAN,
    IrisMove,
    move_irises,
    plan_moves,
    sources,
    wanted_iris,
)

CAMERA = Intrinsics.guess(640, 480)
TURN = np.radians(8.0)
HEAD = np.array([[np.cos(TURN), 0, np.sin(TURN)], [0, 1, 0], [-np.sin(TURN), 0, np.cos(TURN)]])
TARGET = Gaze.from_degrees(10, 30)
MOVE = IrisMove("left", np.array([60.0, 50.0]), np.array([6.0, -2.0]), 8.0, 14.0, 36.0, 0.8)


def face() -> tuple[np.ndarray, HeadPose]:
    """Landmarks of a turned head with irises, and the pose that is estimated from them."""
    points = POINTS @ HEAD.T + (20.0, -30.0, 550.0)
    found = np.zeros((478, 3))
    found[LANDMARKS, :2] = CAMERA.focal * points[:, :2] / points[:, 2:] + (CAMERA.cx, CAMERA.cy)
    for side, iris in IRIS_CENTRES.items():
        middle = found[list(EYE_CORNERS[side]), :2].mean(axis=0)
        found[iris, :2] = middle + np.array([1.5, -0.5])
        found[list(IRIS_RIMS[side]), :2] = found[iris, :2] + np.array([[7, 0], [0, -7], [-7, 0], [0, 7]])
    pose = estimate_pose(found, CAMERA)
    assert pose is not None
    return found, pose


def moved(landmarks: np.ndarray, moves: list[IrisMove]) -> np.ndarray:
    """The landmarks where the irises have moved."""
    found = landmarks.copy()
    for move in moves:
        found[IRIS_CENTRES[move.side], :2] = move.place
    return found


def test_the_whole_way_brings_the_checks_gaze_to_the_target() -> None:
    landmarks, pose = face()
    before = estimate_gaze_from_irises(landmarks, pose, CAMERA)
    assert before is not None and gaze_error(before, TARGET) > 20
    errors = []
    for share in (0.0, 0.5, 1.0):
        gaze = estimate_gaze_from_irises(
            moved(landmarks, plan_moves(landmarks, pose, CAMERA, TARGET, share)), pose, CAMERA
        )
        assert gaze is not None
        errors.append(gaze_error(gaze, TARGET))
    assert errors[0] == pytest.approx(gaze_error(before, TARGET)) and errors[2] < 1e-6
    assert 0.4 * errors[0] < errors[1] < 0.6 * errors[0]


def test_each_eye_reaches_the_target_alone() -> None:
    landmarks, pose = face()
    for closed, side in (((True, False), "left"), ((False, True), "right")):
        (move,) = plan_moves(landmarks, pose, CAMERA, TARGET, 1.0, closed)
        assert move.side == side and move.place == pytest.approx(wanted_iris(side, landmarks, pose, CAMERA, TARGET))
        gaze = estimate_gaze_from_irises(moved(landmarks, [move]), pose, CAMERA, closed)
        assert gaze is not None and gaze_error(gaze, TARGET) < 1e-6


def test_a_move_is_measured_in_pixels_eyes_and_millimetres() -> None:
    landmarks, pose = face()
    moves = plan_moves(landmarks, pose, CAMERA, TARGET, 1.0)
    assert [move.side for move in moves] == list(SIDES) and all(move.radius == pytest.approx(7) for move in moves)
    for move in moves:
        corners = landmarks[list(EYE_CORNERS[move.side]), :2]
        assert move.eye == pytest.approx(np.linalg.norm(corners[0] - corners[1]))
        # the generic head's eyes are 28.9 mm wide, here a little shortened by the turn
        assert 27 < move.eye * move.mm < 30
    price = move_columns([moves, []])
    assert price["largest_px"] >= price["shift_px"] == pytest.approx(np.mean([move.length for move in moves]))
    assert move_columns([[]]) == {}


@pytest.mark.parametrize("share", [0.25, 1.0, 3.0])
def test_the_warp_does_not_fold(share: float) -> None:
    landmarks, pose = face()
    for move in plan_moves(landmarks, pose, CAMERA, TARGET, share):
        step = 0.05
        xs = np.arange(-60, 60, step) / np.sqrt(2)
        # the steepest way: along the shift and across it, through the new centre
        for way in (move.shift / move.length, np.array([-move.shift[1], move.shift[0]]) / move.length, np.ones(2)):
            points = move.place + xs[:, None] * way
            along = np.array([(step, 0.0), (0.0, step)])
            rows = [(sources(move, points + one) - sources(move, points - one)) / (2 * step) for one in along]
            jacobian = rows[0][:, 0] * rows[1][:, 1] - rows[0][:, 1] * rows[1][:, 0]
            assert jacobian.min() > LEAST_JACOBIAN - 0.02
        if share == 3.0:  # the usual fade would be too short
            folded = sources(
                replace(move, fade=move.length), points := move.place + xs[:, None] * move.shift / move.length
            )
            assert (np.diff((folded - points[0]) @ move.shift) < 0).any()


def test_the_iris_keeps_its_shape_and_the_rest_stays() -> None:
    inside = MOVE.place + np.array([[0, 0], [5, 5], [-7, 0]])
    assert sources(MOVE, inside) == pytest.approx(inside - MOVE.shift)
    beyond = MOVE.place + np.array([[MOVE.radius + MOVE.fade, 0], [40, 30]])
    assert (sources(MOVE, beyond) == beyond).all()
    image = np.zeros((100, 120, 3), np.uint8)
    y, x = np.round(MOVE.place - MOVE.shift).astype(int)[::-1]
    image[y, x] = 255
    changed = move_irises(image, [MOVE])
    assert tuple(np.argwhere(changed[..., 0])[0]) == (50, 60)
    assert changed is not image and image.sum() == 3 * 255


def test_nothing_moves_outside_the_frame_or_by_nothing() -> None:
    image = np.zeros((40, 40, 3), np.uint8)
    assert move_irises(image, [replace(MOVE, shift=np.zeros(2))]) is image
    assert move_irises(image, [replace(MOVE, place=np.array([-90.0, 20.0]))]) is image
    assert move_irises(image, [replace(MOVE, place=np.array([2.0, 38.0]))]).shape == image.shape
