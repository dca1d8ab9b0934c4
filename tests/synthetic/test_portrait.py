"""Animated portraits: the true gaze is painted exactly, and pictures that cannot be used are refused."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from gazeattack.angles import Gaze
from gazeattack.errors import SourceError
from gazeattack.face.landmarks import Landmarker
from gazeattack.synthetic.head.eyes import SIDES, iris_centre, optical_axis, project
from gazeattack.synthetic.head.portrait import Portrait, framed
from gazeattack.synthetic.motion import SubjectState
from gazeattack.synthetic.subject import SyntheticSource

AHEAD = Gaze(0.0, 0.0)


@pytest.fixture(scope="module")
def landmarker(landmarker_model: Path) -> Iterator[Landmarker]:
    with Landmarker(landmarker_model, video=False) as it:
        yield it


@pytest.fixture(scope="module")
def astronaut(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("portraits") / "astronaut.png"
    cv2.imwrite(str(path), data.astronaut()[..., ::-1])
    return path


@pytest.fixture(scope="module")
def portrait(astronaut, landmarker) -> Portrait:
    return Portrait.open(astronaut, (640, 480))


def test_irises_are_found_where_the_truth_puts_them(portrait, landmarker):
    offsets, wanted = [], []
    for pitch in (-14, -7, 0, 7):
        for yaw in (-20, -10, 0, 10, 20):
            gaze = Gaze.from_degrees(pitch, yaw)
            state = SubjectState(gaze, Gaze.from_degrees(pitch / 3, yaw / 2))
            faces = landmarker.detect(portrait.render(state))
            assert len(faces) == 1
            balls = portrait.eyeballs_of(state)
            for side, point in zip(SIDES, (468, 473), strict=True):
                start = project(balls[side], portrait.camera)
                offsets.append(faces[0][point, :2] - start)
                wanted.append(project(iris_centre(balls[side], optical_axis(gaze, side)), portrait.camera) - start)
    offsets, wanted = np.array(offsets), np.array(wanted)
    assert np.corrcoef(offsets[:, 0], wanted[:, 0])[0, 1] > 0.9
    assert np.corrcoef(offsets[:, 1], wanted[:, 1])[0, 1] > 0.8
    assert np.median(np.linalg.norm(offsets - wanted, axis=1)) < 1.5


def test_head_moves_a_little_and_as_it_says(portrait, landmarker):
    still = landmarker.detect(portrait.render(SubjectState(AHEAD, AHEAD)))[0]
    state = SubjectState(AHEAD, Gaze.from_degrees(0, 12), translation=(10.0, 0.0, 0.0))
    moved = landmarker.detect(portrait.render(state))[0]
    facing = portrait.pose_of(state).facing.yaw - portrait.facing.yaw
    assert np.radians(3) < facing < np.radians(8)
    nose, eyes = (moved - still)[4, 0], (moved - still)[[33, 263], 0].mean()
    assert nose < eyes - 1  # +yaw takes the nose further to the image's left than the eyes


def test_blink_covers_the_eye(portrait):
    open_, shut = (portrait.render(SubjectState(AHEAD, AHEAD, openness=o)) for o in (1.0, 0.0))
    ball = portrait.eyeballs_of(SubjectState(AHEAD, AHEAD))["right"]
    x, y = project(ball, portrait.camera).round().astype(int)
    eye = np.s_[y - 2 : y + 2, x - 9 : x + 9]
    assert open_[eye].mean(-1).std() > 2 * shut[eye].mean(-1).std()


def test_the_source_is_deterministic_and_knows_the_truth(astronaut, landmarker):
    with SyntheticSource(portrait=astronaut) as a, SyntheticSource(portrait=astronaut) as b:
        for _ in range(2):
            x, y = a.read(), b.read()
            assert x.image.tobytes() == y.image.tobytes() and x.truth == y.truth
        target = Gaze.from_degrees(-3, 15)
        a.look_at(target)
        for _ in range(20):
            frame = a.read()
    assert frame.truth == pytest.approx(target, abs=1e-3)
    assert "astronaut.png" in a.name


@pytest.mark.parametrize("shape", [(300, 200), (200, 900), (1600, 1200)])
def test_framing_keeps_the_face_in_the_frame(shape):
    image = np.full((*shape, 3), 90, np.uint8)
    high, wide = shape
    points = np.zeros((478, 3))
    points[:, 0] = np.linspace(0.4, 0.55, 478) * wide
    points[:, 1] = np.linspace(0.2, 0.2 + 60 / high, 478) * high
    picture, moved = framed(image, points, (640, 480))
    assert picture.shape == (480, 640, 3)
    assert (moved[:, :2] >= 0).all() and (moved[:, :2] <= (639, 479)).all()
    scale = np.ptp(moved[:, 1]) / 60
    assert scale >= min(640 / wide, 480 / high) - 1e-9  # never smaller than a plain fit


def test_pictures_without_one_face_are_refused(tmp_path, landmarker):
    empty, text, blank, two = (tmp_path / n for n in ("empty.jpg", "text.jpg", "blank.png", "two.png"))
    empty.write_bytes(b"")
    text.write_text("not a picture")
    cv2.imwrite(str(blank), np.full((300, 300, 3), 128, np.uint8))
    face = data.astronaut()[:300, 60:360, ::-1]
    cv2.imwrite(str(two), np.hstack([face, face]))
    for path, words in (
        (empty, "cannot be read"),
        (text, "cannot be read"),
        (tmp_path / "missing.jpg", "cannot be read"),
        (blank, "No face"),
        (two, "2 faces"),
    ):
        with pytest.raises(SourceError, match=words) as caught:
            SyntheticSource(portrait=path)
        assert "\n" not in str(caught.value)
