"""The synthetic subject: exact geometry, determinism, and a face that MediaPipe finds and follows."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from gazeattack.anatomy import INTEROCULAR, IRIS_PLANE, KAPPA_HORIZONTAL
from gazeattack.angles import Gaze, angle_between, to_gaze
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.landmarks import Landmarker
from gazeattack.face.pose import estimate_pose
from gazeattack.synthetic.head.eyes import (
    EYEBALLS,
    SIDES,
    EyeLook,
    draw_iris,
    iris_centre,
    optical_axis,
    paint_eye,
    project,
)
from gazeattack.synthetic.head.head import Head, pose_of, rotation_of
from gazeattack.synthetic.head.identity import Identity
from gazeattack.synthetic.motion import SubjectState, Wander
from gazeattack.synthetic.subject import SyntheticSource

AHEAD = Gaze(0.0, 0.0)
CAMERA = Intrinsics.guess(640, 480)


@pytest.fixture(scope="module")
def landmarker(landmarker_model: Path) -> Iterator[Landmarker]:
    with Landmarker(landmarker_model, video=True) as it:
        yield it


@pytest.fixture(scope="module")
def head() -> Head:
    return Head(Identity(), (640, 480))


def test_optical_axis_lies_at_the_temple_side():
    for gaze in (AHEAD, Gaze.from_degrees(-15, 20)):
        right, left = optical_axis(gaze, "right"), optical_axis(gaze, "left")
        for axis in (right, left):
            assert np.linalg.norm(axis) == pytest.approx(1)
            assert angle_between(axis, gaze.vector()) == pytest.approx(KAPPA_HORIZONTAL * np.cos(gaze.pitch), abs=0.01)
        # the right eye is at the image's left, where its temple is too: +yaw
        assert to_gaze(right).yaw - gaze.yaw == pytest.approx(np.radians(KAPPA_HORIZONTAL))
        assert to_gaze(left).yaw - gaze.yaw == pytest.approx(-np.radians(KAPPA_HORIZONTAL))


def test_eyeballs_are_an_interocular_apart():
    assert EYEBALLS["left"][0] - EYEBALLS["right"][0] == pytest.approx(INTEROCULAR)


def test_head_pose_follows_the_state():
    facing = Gaze.from_degrees(-6, 12)
    pose = pose_of(SubjectState(gaze=AHEAD, head=facing, roll=0.1))
    assert pose.facing == pytest.approx(facing)
    assert np.linalg.det(pose.rotation) == pytest.approx(1)
    assert rotation_of(AHEAD, 0.1)[1, 0] > 0  # clockwise in the image


def test_same_seed_same_bytes():
    with SyntheticSource(seed=4) as a, SyntheticSource(seed=4) as b, SyntheticSource(seed=5) as other:
        for _ in range(3):
            x, y, z = a.read(), b.read(), other.read()
            assert x.image.tobytes() == y.image.tobytes()
            assert (x.index, x.t, x.truth) == (y.index, y.t, y.truth)
            assert x.image.tobytes() != z.image.tobytes()
        assert x.image.shape == (480, 640, 3) and x.image.dtype == np.uint8 and x.image.flags.c_contiguous
        assert x.index == 2 and x.t == pytest.approx(2 / 30)


def test_other_frame_sizes():
    with SyntheticSource(size=(320, 240)) as source:
        small = source.read().image
    with SyntheticSource() as source:
        large = source.read().image
    assert small.shape == (240, 320, 3)
    same = cv2.resize(large, (320, 240), interpolation=cv2.INTER_AREA)
    assert np.abs(same.astype(int) - small).mean() < 4


@pytest.mark.parametrize("gaze", [(0, 0), (0, 20), (8, -20), (-12, 8), (-18, -25)])
def test_the_pupil_is_painted_where_the_axis_says(gaze):
    camera = CAMERA
    eyeball = np.array([-35.0, 20.0, 450.0])
    axis = Gaze.from_degrees(*gaze).vector()
    # lids far apart, no reflections: nothing but the eyeball
    wide = np.stack([np.linspace(-14, 14, 9), np.zeros(9)], -1) * camera.focal / 450 + project(eyeball, camera)
    look = EyeLook(
        iris=draw_iris(np.full(3, 0.6), np.random.default_rng(0)),
        sclera=np.full(3, 0.7), lash=np.zeros(3), flesh=np.full(3, 0.7), glint=0.0,
    )  # fmt: skip
    frame, rise = np.full((480, 640, 3), 180, np.uint8), np.array([0.0, 16.0])
    paint_eye(frame, eyeball, axis, wide - rise, wide + rise, look, camera, 1.0, lashes=0.0)
    dark = np.clip(90.0 - frame[..., 1], 0, None)
    y, x = np.mgrid[:480, :640]
    near = np.hypot(x - project(eyeball, camera)[0], y - project(eyeball, camera)[1]) < 14
    weight = dark * near
    centroid = np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum()
    assert weight.sum() > 0
    assert np.linalg.norm(centroid - project(iris_centre(eyeball, axis), camera)) < 0.3


@pytest.mark.parametrize("gaze", [(0, 0), (0, 14), (4, -14), (-12, 8), (-8, -16)])
def test_the_irises_of_the_whole_head_are_where_the_truth_says(gaze):
    truth = Gaze.from_degrees(*gaze)
    state = SubjectState(gaze=truth, head=Gaze.from_degrees(gaze[0] / 2, gaze[1] / 2), roll=0.03)
    # two people who differ in the colour of their irises alone: the irises are what differs
    brown, pale = (Head(Identity(iris=c), (640, 480)) for c in ((0.2, 0.1, 0.1), (0.8, 0.8, 0.9)))
    difference = np.abs(brown.render(state).astype(float) - pale.render(state)).sum(-1)
    y, x = np.mgrid[:480, :640]
    for side in SIDES:
        eyeball = pose_of(state).to_camera(EYEBALLS[side])
        centre = iris_centre(eyeball, optical_axis(truth, side))
        assert np.linalg.norm(centre - eyeball) == pytest.approx(IRIS_PLANE)
        expected = project(centre, brown.camera)
        weight = difference * (np.abs(x - project(eyeball, brown.camera)[0]) < 25)
        centroid = np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum()
        # the upper lid hides some of the iris's top
        assert abs(centroid[0] - expected[0]) < 1.0
        assert -0.5 < centroid[1] - expected[1] < 2.5


def test_blink_closes(head):
    open_, shut = (head.render(SubjectState(AHEAD, AHEAD, openness=o)) for o in (1.0, 0.0))
    x, y = project(pose_of(SubjectState(AHEAD, AHEAD)).to_camera(EYEBALLS["right"]), head.camera).round().astype(int)
    eye = np.s_[y - 3 : y + 3, x - 12 : x + 12]
    # white, iris and pupil are gone; skin is even
    assert open_[eye].mean(-1).std() > 2.5 * shut[eye].mean(-1).std()
    assert (open_ != shut).any(-1).sum() < 5000  # and nothing but the eyes has changed


def test_look_at_moves_the_truth_and_the_picture():
    target = Gaze.from_degrees(-5, 18)
    with SyntheticSource() as source:
        before = source.read()
        source.look_at(target)
        frames = [source.read() for _ in range(30)]
        source.look_at(None)
        later = [source.read() for _ in range(150)]
    assert before.truth != pytest.approx(target, abs=0.05)
    assert frames[-1].truth == pytest.approx(target, abs=1e-3)
    assert (frames[-1].image != before.image).any()
    assert later[-1].truth == pytest.approx(Wander(0)(later[-1].t).gaze, abs=0.02)


def test_mediapipe_finds_and_follows_the_face(landmarker):
    found, truths, irises, corners, errors = 0, [], [], [], []
    with SyntheticSource(fps=2.0) as source:  # 60 frames over 30 s
        for _ in range(60):
            frame = source.read()
            faces = landmarker.detect(frame.image, frame.t)
            state = Wander(0)(frame.t)
            if len(faces) != 1:
                continue
            found += 1
            if state.openness < 0.9:
                continue
            face = faces[0][:, :2]
            ends = [(face[a] + face[b]) / 2 for a, b in ((33, 133), (362, 263))]
            truths.append(frame.truth.degrees)
            irises.append((face[468] - ends[0] + face[473] - ends[1]) / 2)
            corners.append(np.linalg.norm(ends[1] - ends[0]))
            pose = pose_of(state)
            expected = [
                project(iris_centre(pose.to_camera(EYEBALLS[s]), optical_axis(frame.truth, s)), CAMERA) for s in SIDES
            ]
            errors.append(np.linalg.norm(face[[468, 473]] - expected, axis=1).mean())
    assert found >= 57
    truth, iris = np.array(truths), np.array(irises)
    assert np.corrcoef(-truth[:, 1], iris[:, 0])[0, 1] > 0.9
    assert np.corrcoef(-truth[:, 0], iris[:, 1])[0, 1] > 0.8
    assert np.median(errors) < 1.5  # pixels between MediaPipe's iris and ours


def test_landmarks_are_steady_on_a_still_face(head, landmarker):
    state = SubjectState(AHEAD, AHEAD)
    picture = head.render(state)
    faces = [landmarker.detect(picture, 100 + k / 30)[0] for k in range(8)]
    assert np.std(faces[3:], axis=0)[:, :2].max() < 0.5


@pytest.mark.parametrize("seed", [1, 3, 5, 7])
def test_other_people_are_found_too(seed, landmarker):
    with SyntheticSource(seed=seed, fps=0.7) as source:
        for k in range(5):
            frame = source.read()
            faces = landmarker.detect(frame.image, 200 + 10 * seed + k)
            assert len(faces) == 1
            pose = estimate_pose(faces[0], CAMERA)
            assert angle_between(pose.facing.vector(), Wander(seed)(frame.t).head.vector()) < 15
