"""The landmarks of MediaPipe's networks in OpenVINO are those of MediaPipe Tasks."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from gazeattack.angles import angle_between
from gazeattack.errors import LandmarkerError
from gazeattack.face.landmarks import Landmarker
from gazeattack.face.mesh import MeshLandmarker, distinct
from gazeattack.face.networks import load_networks
from gazeattack.face.outline import FACE_OVAL
from gazeattack.face.region import Region
from gazeattack.face.tracker import FaceTracker
from gazeattack.live.pipeline import Pipeline
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.model.catalogue import open_bundle
from gazeattack.synthetic.subject import SyntheticSource
from tests.helpers.landmarks import distance, unsteadiness

ALIKE = 0.005  # of the face's width


@pytest.fixture(scope="module")
def networks(landmarker_model):
    return load_networks(landmarker_model)


def placed(image, *, turn=0.0, scale=1.0, squeeze=1.0, at=(320, 240)):
    """The picture around its middle on a grey 640x480 frame: turned (degrees), made smaller, squeezed sideways."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, scale)
    matrix[:, 2] -= (width / 2, height / 2)
    matrix[0] *= squeeze
    matrix[:, 2] += at
    return cv2.warpAffine(image, matrix, (640, 480), borderValue=(110, 110, 110))


@pytest.fixture(scope="module")
def portrait(astronaut):
    return np.ascontiguousarray(astronaut[:280, 80:360])


CASES = {
    "as it is": {},
    **{f"turned {degrees}": {"turn": degrees} for degrees in (-80, -40, -15, 20, 45)},
    **{f"scale {scale}": {"scale": scale} for scale in (0.75, 1.6, 2.4)},
    "squeezed": {"squeeze": 0.75},
    "partly out of view": {"at": (60, 200)},
}


@pytest.mark.parametrize("case", CASES)
def test_a_picture_has_mediapipes_landmarks(landmarker_model, networks, portrait, case):
    frame = placed(portrait, **CASES[case])
    with Landmarker(landmarker_model, video=False, max_faces=1) as reference:
        wanted = reference.detect(frame)
    found = MeshLandmarker(networks, video=False, max_faces=1).detect(frame)
    assert len(found) == len(wanted)
    for face, like in zip(found, wanted, strict=True):
        assert distance(face, like) <= ALIKE


def test_depth_is_mediapipes_in_a_square_frame(landmarker_model, networks, portrait):
    # in other frames MediaPipe's depth of a tilted face depends on its tilt
    frame = np.ascontiguousarray(placed(portrait, turn=40)[:, 80:560])
    with Landmarker(landmarker_model, video=False, max_faces=1) as reference:
        (wanted,) = reference.detect(frame)
    (found,) = MeshLandmarker(networks, video=False, max_faces=1).detect(frame)
    assert np.median(np.abs(found[:, 2] - wanted[:, 2])) <= ALIKE * np.ptp(wanted[:, 0])


def test_most_of_these_pictures_show_a_face(networks, portrait):
    landmarker = MeshLandmarker(networks, video=False, max_faces=1)
    assert sum(bool(landmarker.detect(placed(portrait, **case))) for case in CASES.values()) >= len(CASES) - 1


@pytest.mark.parametrize("seed", [0, 4])
def test_a_video_has_mediapipes_landmarks_as_steady_and_its_gaze(landmarker_model, seed):
    bundle, settings = open_bundle("wanet"), PipelineSettings(TriggerMode.BOTH)
    engines = ("mediapipe", "openvino")
    pipelines = {
        e: Pipeline(bundle, landmarker_model=landmarker_model, settings=settings, landmarks=e) for e in engines
    }
    results = {engine: [] for engine in engines}
    with SyntheticSource(seed) as source:
        for _ in range(45):
            frame = source.read()
            for engine, pipeline in pipelines.items():
                results[engine].append(pipeline.step(frame))
    for pipeline in pipelines.values():
        pipeline.close()
    pairs = list(zip(results["mediapipe"], results["openvino"], strict=True))
    assert [one.face.count for one, _ in pairs] == [other.face.count for _, other in pairs]
    assert np.median([distance(a.face.landmarks, b.face.landmarks) for a, b in pairs]) <= ALIKE
    # there is no gaze in a blink, and one engine may tell a blink a frame earlier
    open_eyed = [(a, b) for a, b in pairs if not (a.both_closed or b.both_closed)]
    assert len(open_eyed) >= 36
    for branch in ("clean", "triggered"):
        gaps = [float(angle_between(getattr(a, branch).vector, getattr(b, branch).vector)) for a, b in open_eyed]
        assert np.median(gaps) <= 0.5
    steady = {e: unsteadiness([result.face.landmarks for result in rows]) for e, rows in results.items()}
    assert steady["openvino"] <= 1.05 * steady["mediapipe"]


def test_several_faces_are_those_of_mediapipe(landmarker_model, networks, portrait):
    frame = np.full((480, 640, 3), 110, np.uint8)
    frame[20:300, 10:290], frame[60:270, 400:610] = portrait, cv2.resize(portrait, (210, 210))
    with Landmarker(landmarker_model) as reference:
        own = MeshLandmarker(networks)
        for t in (0.0, 0.033, 0.066):
            wanted, found = reference.detect(frame, t), own.detect(frame, t)
            assert len(found) == len(wanted) == 2
            assert all(distance(a, b) <= ALIKE for a, b in zip(found, wanted, strict=True))


def test_a_face_that_leaves_and_comes_back(networks, portrait):
    landmarker, nothing = MeshLandmarker(networks, max_faces=1), np.full((480, 640, 3), 110, np.uint8)
    pictures = [placed(portrait), nothing, nothing, placed(portrait, at=(200, 300))]
    assert [len(landmarker.detect(picture, n / 30)) for n, picture in enumerate(pictures)] == [1, 0, 0, 1]


def test_a_moving_face_is_followed_without_the_detector(networks, portrait, monkeypatch):
    landmarker = MeshLandmarker(networks, max_faces=1)
    assert landmarker.detect(placed(portrait), 0.0)
    monkeypatch.setattr(landmarker._detector, "detect", lambda image: pytest.fail("the detector ran"))
    for n in range(1, 10):
        (face,) = landmarker.detect(placed(portrait, turn=3 * n, at=(320 + 8 * n, 240)), n / 30)
    with_detector = MeshLandmarker(networks, video=False, max_faces=1)
    (fresh,) = with_detector.detect(placed(portrait, turn=27, at=(392, 240)))
    # smoothing lags a little behind
    assert distance(face, fresh) <= 0.03


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 640, 3), (480, 3, 3)])
def test_a_frame_of_any_size_is_searched(networks, shape):
    assert MeshLandmarker(networks).detect(np.zeros(shape, np.uint8)) == []


def test_regions_of_one_face_are_one_region():
    first, moved, other = Region(100, 100, 80, 80), Region(105, 100, 80, 80), Region(300, 100, 80, 80)
    assert distinct([first, other, moved]) == [other, moved]
    assert Region(5, 5, 0, 0).overlap(Region(5, 5, 0, 0)) == 0


def test_a_damaged_file_is_refused(tmp_path):
    (tmp_path / "x.task").write_bytes(b"nothing")
    for engine in ("openvino", "mediapipe"):
        with pytest.raises(LandmarkerError, match="delete it"):
            FaceTracker(tmp_path / "x.task", engine=engine)


def test_the_face_oval_is_mediapipes():
    import mediapipe as mp

    oval = mp.tasks.vision.FaceLandmarksConnections.FACE_LANDMARKS_FACE_OVAL
    assert tuple(edge.start for edge in oval) == FACE_OVAL
