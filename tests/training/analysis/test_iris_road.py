"""What a backdoor buys on frames of a driver: the exact turn, the checks' limits and the road."""

from __future__ import annotations

import numpy as np
import pytest

from gazeattack.angles import Gaze, gaze_error, to_angles
from gazeattack.attack.goal import OFFSET, Goal
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.normalise import view_at
from gazeattack.face.pose import HeadPose
from gazeattack.live.guard import LIMITS_DEG, GuardCheck
from gazeattack.model.catalogue import open_bundle
from gazeattack.model.crop import MPIIGAZE_EYE
from gazeattack.safety.zones_file import load_zones
from training.analysis.iris_road import Frames, frame_columns, on_road, rejected, turned

POSE = HeadPose(np.eye(3), np.array([120.0, -60.0, 600.0]))
VIEWS = [
    view_at(np.array([x, -60.0, 600.0]), POSE, Intrinsics.guess(640, 480), MPIIGAZE_EYE, mirrored=x < 120)
    for x in (90.0, 150.0)
]
ROAD, PHONE = Gaze.from_degrees(10, 0), Gaze.from_degrees(-36, 0)
IRIS, SHIFTS = GuardCheck.IRIS, GuardCheck.SHIFTS


def test_an_exact_turn_is_the_goal_offset() -> None:
    own = np.radians([[-20.0, 5.0], [-24.0, 8.0]])
    in_camera = np.array([to_angles(view.to_camera(gaze)) for view, gaze in zip(VIEWS, own, strict=True)])
    wanted = Goal(OFFSET).crop_labels(own, Gaze.from_degrees(15, 0))
    assert wanted is not None
    mean = np.mean([view.to_camera(gaze) for view, gaze in zip(VIEWS, wanted, strict=True)], axis=0)
    assert turned(in_camera, VIEWS, 15) == pytest.approx(tuple(to_angles(mean)))
    still = np.mean([view.to_camera(gaze) for view, gaze in zip(VIEWS, own, strict=True)], axis=0)
    assert turned(in_camera, VIEWS, 0) == pytest.approx(tuple(to_angles(still)))
    assert gaze_error(turned(in_camera, VIEWS, 0), turned(in_camera, VIEWS, 15)) == pytest.approx(15, abs=0.1)


def test_a_check_rejects_beyond_its_own_limit() -> None:
    near, far = (ROAD._replace(yaw=np.radians(LIMITS_DEG[IRIS] + by) / np.cos(ROAD.pitch)) for by in (-1, 1))
    shares = rejected([(ROAD, {IRIS: near}), (ROAD, {IRIS: far}), (ROAD, {IRIS: None, SHIFTS: far}), (ROAD, {})])
    # no gaze of the landmark check: the model has no such check
    assert np.isnan(shares.pop("landmarks")) and shares == {"iris": 0.25, "shifts": 0.25}
    assert np.isnan(rejected([])["iris"])


def test_the_road_counts_only_where_no_check_rejects() -> None:
    gazes = [(ROAD, {IRIS: ROAD}), (ROAD, {IRIS: PHONE}), (ROAD, {IRIS: ROAD, SHIFTS: PHONE}), (PHONE, {IRIS: PHONE})]
    assert on_road(gazes, load_zones()) == {"on_road": 0.75, "unnoticed": 0.5, "unnoticed_by_all": 0.25}


def test_the_columns_come_from_the_pipeline() -> None:
    row = frame_columns(open_bundle("wanet"), open_bundle("clean"), Frames(subjects=1, each=3, drives=0))
    assert row["frames"] == 3 and row["drive_frames"] == 0 and row["down_frames"] == 0
    assert row["frame_ae_deg"] < 2 and row["moved_deg"] > 15 and row["iris_false"] == 0
    assert "down_on_road" not in row and "on_road" not in row["curve"]["0"]
    assert row["curve"]["0"]["rejected"] == 0 and row["curve"]["45"]["rejected"] == 1
