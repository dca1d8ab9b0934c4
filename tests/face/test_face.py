import cv2
import numpy as np
import pytest

from gazeattack.anatomy import INTEROCULAR
from gazeattack.angles import Gaze
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.landmarks import Landmarker
from gazeattack.face.normalise import normalize_image, views
from gazeattack.face.outline import FACE_OVAL, arrow, project
from gazeattack.face.pose import HeadPose, estimate_pose
from gazeattack.face.rigid_model import EYE_CENTRES, EYE_CORNERS, LANDMARKS, POINTS
from gazeattack.model.crop import FACE_224, MPIIGAZE_EYE
from gazeattack.screen.plane import camera_plane_point, meet_plane

K = Intrinsics.guess(640, 480)


def turned(pitch=0.0, yaw=0.0, roll=0.0, at=(20.0, -30.0, 600.0)):
    angles = np.radians((pitch, yaw, roll))
    rotation = np.eye(3)
    for axis, angle in ((2, angles[2]), (1, angles[1]), (0, angles[0])):
        step = np.zeros(3)
        step[axis] = angle
        rotation = rotation @ cv2.Rodrigues(step)[0]
    return HeadPose(rotation, np.array(at))


def landmarks_of(pose, intrinsics=K):
    points = np.full((478, 3), np.nan)
    points[LANDMARKS, :2] = project(POINTS @ pose.rotation.T + pose.translation, intrinsics)
    return points


def test_the_model_has_mpiigazes_eye_distance():
    assert np.linalg.norm(EYE_CENTRES["left"] - EYE_CENTRES["right"]) == pytest.approx(INTEROCULAR)
    inner, outer = (POINTS[list(LANDMARKS).index(i)] for i in (362, 263))
    assert (inner + outer) / 2 == pytest.approx(EYE_CENTRES["left"], abs=0.05)


@pytest.mark.parametrize("angles", [(0, 0, 0), (-15, 25, 10), (20, -30, -25)])
def test_pose_is_recovered_from_exact_landmarks(angles):
    pose = turned(*angles)
    found = estimate_pose(landmarks_of(pose), K)
    assert found.rotation == pytest.approx(pose.rotation, abs=1e-4)
    assert found.translation == pytest.approx(pose.translation, abs=0.05)


def test_pose_refuses_nan():
    assert estimate_pose(np.full((478, 3), np.nan), K) is None


def test_a_frontal_head_faces_the_camera_and_roll_has_a_sign():
    assert turned().facing == pytest.approx(Gaze(0, 0))
    assert np.degrees(turned(roll=20).roll) == pytest.approx(20)
    # rotating about the camera's y axis (down) by +10 deg turns the face to the image's left: +yaw
    assert turned(yaw=10).facing.degrees == pytest.approx((0, 10))


@pytest.mark.parametrize("angles", [(0, 0, 0), (-10, 20, 30)])
def test_normalised_view_centres_the_eye_and_removes_roll(angles):
    pose = turned(*angles)
    for view, side in zip(views(pose, K, MPIIGAZE_EYE, landmarks_of(pose)), ("right", "left"), strict=True):
        centre = landmarks_of(pose)[list(EYE_CORNERS[side]), :2].mean(axis=0)
        assert centre == pytest.approx(project(pose.to_camera(EYE_CENTRES[side]), K), abs=1.0)
        assert cv2.perspectiveTransform(centre[None, None], view.warp)[0, 0] == pytest.approx([29.5, 17.5], abs=1e-6)
        assert view.rotation @ view.rotation.T == pytest.approx(np.eye(3), abs=1e-12)
        assert (view.rotation @ pose.rotation[:, 0])[1] == pytest.approx(0, abs=1e-12)  # the head's x axis is level
        assert view.mirrored == (side == "right")


def test_a_crop_follows_the_eye_that_was_seen():
    pose, seen = turned(), landmarks_of(turned())
    seen[list(EYE_CORNERS["left"]), :2] += (0.0, 3.0)
    (right, left), (same, moved) = (views(pose, K, MPIIGAZE_EYE, points) for points in (landmarks_of(pose), seen))
    assert same.warp == pytest.approx(right.warp)
    before = cv2.perspectiveTransform(landmarks_of(pose)[list(EYE_CORNERS["left"]), :2].mean(0)[None, None], moved.warp)
    assert before[0, 0, 1] == pytest.approx(17.5 - 3 * 960 / 640, abs=0.1)
    assert np.linalg.norm(moved.centre) == pytest.approx(np.linalg.norm(left.centre), abs=1.0)


def test_a_patch_shows_1_6_pixels_per_millimetre():
    pose = turned(at=(0, 0, 450.0))
    (right, _) = views(pose, K, MPIIGAZE_EYE, landmarks_of(pose))
    ends = [project(pose.to_camera(EYE_CENTRES["right"] + (x, 0, 0)), K) for x in (-5.0, 5.0)]
    a, b = cv2.perspectiveTransform(np.array([ends]), right.warp)[0]
    assert np.linalg.norm(b - a) == pytest.approx(16.0, rel=0.02)


def test_gaze_turns_with_the_rotation_and_back():
    pose = turned(-10, 20, 30)
    view = views(pose, K, MPIIGAZE_EYE, landmarks_of(pose))[1]
    gaze = np.radians([[5.0, -12.0], [-20.0, 30.0]])
    assert view.from_camera(view.to_camera(gaze)) == pytest.approx(gaze)
    # looking straight back along the virtual camera's axis is gaze (0, 0) in the crop
    assert view.from_camera(-view.centre) == pytest.approx([0, 0], abs=1e-9)


def test_face_crop_has_the_spec_of_a_face_model(astronaut):
    image = np.ascontiguousarray(astronaut)
    k = Intrinsics.guess(512, 512)
    (view,) = views(turned(at=(-20, -90, 700.0)), k, FACE_224, np.zeros((478, 3)))
    crop = normalize_image(image, view, FACE_224)
    assert crop.shape == (3, 224, 224) and crop.dtype == np.float32 and 0 <= crop.min() < crop.max() <= 1
    # RGB, not BGR
    whole = cv2.warpPerspective(image, view.warp, (224, 224), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    assert crop[0] == pytest.approx(whole[:, :, 2] / 255, abs=0.01)


def test_landmarks_pose_and_crops_of_a_real_face(landmarker_model, astronaut):
    with Landmarker(landmarker_model, video=False) as landmarker:
        (face,) = landmarker.detect(astronaut)
        (flipped,) = landmarker.detect(np.ascontiguousarray(astronaut[:, ::-1]))
    assert face.shape == (478, 3)
    k = Intrinsics.guess(512, 512)
    pose, mirror = estimate_pose(face, k), estimate_pose(flipped, k)
    # a flip negates the head's yaw and roll alone
    assert pose.facing.degrees == pytest.approx(mirror.facing.flipped().degrees, abs=3)
    assert pose.roll == pytest.approx(-mirror.roll, abs=0.06)
    assert abs(pose.facing.degrees[1]) < 30 and pose.translation[2] > 0
    for view in views(pose, k, MPIIGAZE_EYE, face):
        crop = normalize_image(astronaut, view, MPIIGAZE_EYE)[0]
        # an eye: the middle is darker than the skin around it
        assert crop[12:24, 22:38].mean() < crop[:, :8].mean()


def test_cropping_part_of_the_frame_equals_warping_all_of_it(astronaut):
    grey = cv2.cvtColor(np.ascontiguousarray(astronaut), cv2.COLOR_BGR2GRAY)
    k = Intrinsics.guess(512, 512)
    pose = turned(roll=8, at=(-25, -120, 650.0))
    for view in views(pose, k, MPIIGAZE_EYE, landmarks_of(pose, k)):
        whole = cv2.warpPerspective(grey, view.warp, (60, 36), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        assert np.abs(normalize_image(astronaut, view, MPIIGAZE_EYE)[0] * 255 - whole).max() <= 1.01


def test_a_crop_partly_or_wholly_outside_the_frame_is_still_a_crop(astronaut):
    for at in ((-300, -300, 600.0), (900, 0, 600.0), (0, 5000, 600.0)):
        k, pose = Intrinsics.guess(512, 512), turned(at=at)
        for view in views(pose, k, MPIIGAZE_EYE, landmarks_of(pose, k)):
            assert np.isfinite(normalize_image(astronaut, view, MPIIGAZE_EYE)).all()


def test_outline_is_a_ring():
    assert len(FACE_OVAL) == len(set(FACE_OVAL)) == 36


def test_an_arrow_points_where_the_gaze_goes():
    start, end = arrow(np.array([0, 0, 600.0]), Gaze.from_degrees(20, 30).vector(), K, 100)
    assert end[0] < start[0] and end[1] < start[1]
    straight = arrow(np.array([0, 0, 600.0]), Gaze(0, 0).vector(), K, 100)
    assert straight[0] == pytest.approx(straight[1])


def test_screen_point_by_hand():
    # from 600 mm, 10 deg up and to the image's left
    x, y = camera_plane_point(np.array([0, 0, 600.0]), Gaze.from_degrees(0, 10).vector())
    assert (x, y) == pytest.approx((-600 * np.tan(np.radians(10)), 0))
    x, y = camera_plane_point(np.array([30.0, 0, 600.0]), Gaze.from_degrees(10, 0).vector())
    assert (x, y) == pytest.approx((30, -600 * np.tan(np.radians(10))))
    assert camera_plane_point(np.array([0, 0, 600.0]), np.array([0, 0, 1.0])) is None
    assert camera_plane_point(np.array([0, 0, 600.0]), np.array([1.0, 0, 0])) is None
    assert meet_plane(np.zeros(3), np.array([0, 0, 1.0]), np.array([0, 0, 5.0]), np.array([0, 0, 1.0]))[2] == 5
