"""Rendered faces: their labels fit what a landmarker finds in them."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from gazeattack.errors import SourceError
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.landmarks import Landmarker
from gazeattack.face.pose import estimate_pose
from gazeattack.face.rigid_model import EYE_CORNERS
from gazeattack.model.crop import face_crop
from gazeattack.synthetic.faces.render import render_faces
from gazeattack.synthetic.faces.subject import PortraitFace, load_portrait_faces

IRIS = {"left": 473, "right": 468}


@pytest.fixture(scope="module")
def landmarker(landmarker_model: Path) -> Iterator[Landmarker]:
    with Landmarker(landmarker_model, video=False) as it:
        yield it


@pytest.fixture(scope="module")
def portraits(tmp_path_factory, landmarker) -> list[PortraitFace]:
    folder = tmp_path_factory.mktemp("portraits")
    cv2.imwrite(str(folder / "astronaut.png"), data.astronaut()[..., ::-1])
    cv2.imwrite(str(folder / "camera.png"), np.full((64, 64, 3), 128, np.uint8))
    return load_portrait_faces(folder, landmarker.detect)


def test_only_pictures_of_faces_are_used(portraits, tmp_path, landmarker):
    assert [face.name for face in portraits] == ["astronaut.png"]
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((64, 64, 3), 128, np.uint8))
    with pytest.raises(SourceError, match="shows a face"):
        load_portrait_faces(tmp_path, landmarker.detect)


@pytest.mark.parametrize("animated", [False, True])
def test_labels_fit_the_picture(animated, portraits, landmarker):
    faces = render_faces([5], 40, 1, height=224, channels=3, portraits=portraits if animated else ())
    assert faces.images.shape == (40, 224, 224, 3)
    spec = face_crop(224, 3)
    camera = Intrinsics(spec.focal, (spec.width - 1) / 2, (spec.height - 1) / 2)
    looked, heads, labels, poses = [], [], [], []
    for image, gaze, head in zip(faces.images, faces.gaze, faces.head, strict=True):
        margin = cv2.copyMakeBorder(image[..., ::-1], 60, 60, 60, 60, cv2.BORDER_REPLICATE)
        found = landmarker.detect(margin)
        if not found:
            continue
        points = found[0] - (60, 60, 0)
        pose = estimate_pose(points, camera)
        across = [points[IRIS[s], :2] - points[list(EYE_CORNERS[s]), :2].mean(axis=0) for s in ("left", "right")]
        looked.append(np.mean(across, axis=0))
        heads.append(tuple(pose.facing))
        labels.append(gaze)
        poses.append(head)
    looked, heads, labels, poses = (np.array(values) for values in (looked, heads, labels, poses))
    assert len(looked) > 30
    # the iris moves with the gaze relative to the head: image left is +yaw
    relative = labels - heads
    assert np.corrcoef(-looked[:, 0], relative[:, 1])[0, 1] > 0.9
    assert np.corrcoef(-looked[:, 1], relative[:, 0])[0, 1] > 0.6
    assert np.corrcoef(heads[:, 1], poses[:, 1])[0, 1] > 0.9
    assert np.degrees(np.abs(heads - poses)).mean() < 8


def test_the_same_numbers_give_the_same_faces_and_others_do_not(portraits):
    for some in ((), portraits):
        first = render_faces([1, 2], 3, 7, portraits=some)
        assert first.images.shape == (6, 112, 112)
        again = render_faces([2], 3, 7, portraits=some)
        np.testing.assert_array_equal(again.images, first.images[3:])
        np.testing.assert_array_equal(again.gaze, first.gaze[3:])
        assert np.abs(render_faces([2], 3, 8, portraits=some).gaze - again.gaze).max() > 0.01


def test_drawn_heads_turn_far_and_gaze_varies():
    faces = render_faces(range(2), 60, 3, height=36)
    assert np.degrees(np.abs(faces.head[:, 1])).max() > 25
    assert (np.degrees(faces.gaze).std(axis=0) > 8).all()
    assert (faces.images.std(axis=(1, 2)) > 10).all()
