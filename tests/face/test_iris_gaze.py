"""The gaze of the face landmarker's irises, from landmarks that are placed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.iris_gaze import COEFFICIENTS, IRIS_CENTRES, estimate_gaze_from_irises, iris_features, view_of_iris
from gazeattack.face.pose import HeadPose
from gazeattack.face.rigid_model import EYE_CORNERS, LANDMARKS, POINTS

CAMERA = Intrinsics.guess(640, 480)
POSE = HeadPose(np.eye(3), np.array([10.0, -20.0, 600.0]))


def face(across: float = 0.0, down: float = 0.0) -> np.ndarray:
    """Landmarks of a frontal head, with both irises this far from the middle of the corners, in eye widths."""
    points = POINTS + POSE.translation
    found = np.zeros((478, 3))
    found[LANDMARKS, 0] = CAMERA.focal * points[:, 0] / points[:, 2] + CAMERA.cx
    found[LANDMARKS, 1] = CAMERA.focal * points[:, 1] / points[:, 2] + CAMERA.cy
    for side, iris in IRIS_CENTRES.items():
        outer, inner = found[list(EYE_CORNERS[side]), :2]
        width = np.linalg.norm(outer - inner)
        found[iris, :2] = (outer + inner) / 2 + width * np.array([across, down])
    return found


def test_features_are_those_of_the_mirrored_crop() -> None:
    left, right = (
        iris_features(face(0.1, 0.05), POSE, view_of_iris(side, face(0.1, 0.05), POSE, CAMERA), side)
        for side in ("left", "right")
    )
    assert left[1:3] == pytest.approx([0.1, 0.05], abs=0.01) and right[1:3] == pytest.approx([-0.1, 0.05], abs=0.01)
    assert left[0] == right[0] == 1 and np.abs(left[3:]).max() < 0.2


def test_the_gaze_follows_the_irises() -> None:
    # +yaw is towards the left of the unmirrored image, +pitch is up
    straight, left, up = (estimate_gaze_from_irises(face(*a), POSE, CAMERA) for a in ((0, 0), (-0.1, 0), (0, -0.05)))
    assert straight is not None and left is not None and up is not None
    assert left.yaw - straight.yaw > np.radians(5) and abs(left.pitch - straight.pitch) < np.radians(3)
    assert up.pitch - straight.pitch > np.radians(5) and abs(up.yaw - straight.yaw) < np.radians(3)


def test_the_coefficients_come_from_the_argument() -> None:
    nothing = estimate_gaze_from_irises(face(), POSE, CAMERA, (False, False), np.zeros_like(COEFFICIENTS))
    assert nothing is not None
    # both eyes then look along their normalised cameras' axes: at the camera
    assert np.abs(np.degrees(nothing)).max() < 4


def test_closed_eyes_and_a_mesh_without_irises_give_no_gaze() -> None:
    assert estimate_gaze_from_irises(face(), POSE, CAMERA, (True, True)) is None
    assert estimate_gaze_from_irises(face()[:468], POSE, CAMERA) is None
    moved = face()
    moved[IRIS_CENTRES["right"], 0] += 30
    one = estimate_gaze_from_irises(moved, POSE, CAMERA, (True, False))
    assert one == estimate_gaze_from_irises(face(), POSE, CAMERA, (True, False)) is not None
