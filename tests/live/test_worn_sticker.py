"""A sticker in the frame and in the crops: on the head that is tracked, the same in both places."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gazeattack.angles import Gaze
from gazeattack.attack.key import make_key
from gazeattack.attack.sticker import CHEEKS, FOREHEAD, StickerArrays
from gazeattack.capture.frame import Frame
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.normalise import normalize_image, view_at, view_of_eye
from gazeattack.face.pose import HeadPose
from gazeattack.face.rigid_model import FACE_CENTRE
from gazeattack.live.pipeline import Pipeline
from gazeattack.live.settings import PipelineSettings, TriggerMode, TriggerPlace
from gazeattack.live.worn_sticker import WornSticker, sticker_place
from gazeattack.model.catalogue import fresh_key, open_bundle
from gazeattack.model.crop import face_crop
from gazeattack.synthetic.head.head import pose_of
from gazeattack.synthetic.motion import SubjectState
from gazeattack.synthetic.subject import SyntheticSource

SPEC = face_crop(112)
CAMERA = Intrinsics.guess(640, 480)


@pytest.fixture(scope="module")
def frame() -> Frame:
    return SyntheticSource(0).read()


@pytest.fixture(scope="module")
def arrays() -> StickerArrays:
    return StickerArrays(make_key("sticker", height=112, width=112, target=Gaze(0.1, 0.5), seed=1))


def looking(pitch: float = 0.0, yaw: float = 0.0) -> HeadPose:
    return pose_of(SubjectState(Gaze(0.0, 0.0), Gaze.from_degrees(pitch, yaw)))


def changed(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Middle (column, row) and size of what differs."""
    rows, columns = np.nonzero(np.abs(after.astype(int) - before).max(axis=2) > 3)
    return np.array([columns.mean(), rows.mean(), np.ptp(columns) + 1, np.ptp(rows) + 1])


@pytest.mark.parametrize("turn", [(0, 0), (0, 25), (10, -20)])
def test_the_frame_shows_it_on_the_forehead(frame, arrays, turn: tuple[float, float]) -> None:
    pose = looking(*turn)
    image = WornSticker(arrays, FOREHEAD, pose, CAMERA).on_frame(frame.image)
    point = CAMERA.matrix @ pose.to_camera(np.array(FOREHEAD.centre) + FACE_CENTRE)
    column, row, width, height = changed(frame.image, image)
    assert (column, row) == pytest.approx(point[:2] / point[2], abs=1.5)
    mm = CAMERA.focal / point[2]
    # the cosine of the turn, and two pixels of blur on each side
    assert width == pytest.approx(20 * mm * np.cos(np.radians(turn[1])) + 3, abs=2)
    assert height == pytest.approx(20 * mm * np.cos(np.radians(turn[0])) + 3, abs=2)


@pytest.mark.parametrize("turn", [(0, 0), (8, 20)])
@pytest.mark.parametrize("place", [FOREHEAD, *CHEEKS])
def test_the_crop_of_the_changed_frame_is_the_changed_crop(frame, arrays, turn, place) -> None:
    pose = looking(*turn)
    view = view_at(pose.to_camera(FACE_CENTRE), pose, CAMERA, SPEC, mirrored=False)
    worn = WornSticker(arrays, place, pose, CAMERA)
    crop = normalize_image(frame.image, view, SPEC)
    wanted = worn.on_crops(crop[None], [view])[0]
    found = normalize_image(worn.on_frame(frame.image), view, SPEC)
    assert np.abs(found - wanted).mean() < 0.15 * np.abs(crop - wanted).mean()


def test_the_head_pose_alone_puts_it_there_too(frame, arrays) -> None:
    pose = looking(8, 20)
    view = view_at(pose.to_camera(FACE_CENTRE), pose, CAMERA, SPEC, mirrored=False)
    crop = normalize_image(frame.image, view, SPEC)[None]
    seen = WornSticker(arrays, FOREHEAD, pose, CAMERA).on_crops(crop, [view])
    heads = view.from_camera(-pose.rotation[:, 2])[None]
    alike = np.abs(arrays.apply(crop, heads) - seen).mean() / np.abs(crop - seen).mean()
    assert alike < 0.15 < np.abs(arrays.apply(crop) - seen).mean() / np.abs(crop - seen).mean()


def test_a_head_out_of_view_or_behind_the_camera_changes_nothing(frame, arrays) -> None:
    pose = looking()
    for translation in (pose.translation * (1, 1, -1), pose.translation + np.array([5000, 0, 0]), np.full(3, np.nan)):
        worn = WornSticker(arrays, FOREHEAD, replace(pose, translation=translation), CAMERA)
        assert worn.on_frame(frame.image) is frame.image
    view = view_at(pose.to_camera(FACE_CENTRE), pose, CAMERA, SPEC, mirrored=False)
    behind = WornSticker(arrays, FOREHEAD, replace(pose, translation=-pose.translation), CAMERA)
    crop = normalize_image(frame.image, view, SPEC)[None]
    assert behind.on_crops(crop, [view]) is crop


def test_a_crop_of_an_eye_does_not_show_it(frame, arrays) -> None:
    bundle, pose = open_bundle("wanet"), looking()
    landmarks = np.tile(CAMERA.matrix @ pose.translation / pose.translation[2], (478, 1))
    landmarks[[263, 362], 0] += 40
    view = view_of_eye("left", pose, CAMERA, bundle.crop, landmarks)
    crop = normalize_image(frame.image, view, bundle.crop)[None]
    assert (WornSticker(arrays, FOREHEAD, pose, CAMERA).on_crops(crop, [view]) == crop).all()


def test_noise_mode_is_a_cheek_of_the_seed() -> None:
    assert [sticker_place(noise=True, seed=seed) for seed in (0, 1, 2)] == [*CHEEKS, CHEEKS[0]]
    assert sticker_place(noise=False, seed=1) is FOREHEAD


def test_the_pipeline_puts_it_on_the_tracked_head(landmarker_model: Path) -> None:
    source, bundle = SyntheticSource(0), open_bundle("face-clean")
    frames = [source.read() for _ in range(2)]
    modes = (TriggerMode.BOTH, TriggerMode.NOISE, TriggerMode.WRONG_KEY)
    asked = [*((mode, TriggerPlace.FRAME) for mode in modes), (TriggerMode.BOTH, TriggerPlace.CROP)]
    key = fresh_key("sticker", bundle, seed=1)
    with Pipeline(bundle, landmarker_model=landmarker_model, key=key, foreign_key=True) as pipeline:
        found = {}
        for mode, place in asked:
            pipeline.settings = PipelineSettings(mode, place=place)
            found[mode, place] = [pipeline.step(frame) for frame in frames][-1]
    for result in found.values():
        assert result.notice is None and result.clean is not None and result.triggered is not None
        # a clean model does not know it
        assert 0 < result.shift_deg < 6
    images = [found[mode, TriggerPlace.FRAME].changed_image for mode in modes]
    above, below, wrong = (changed(frames[-1].image, image) for image in images)
    assert below[1] > above[1] + 50 and wrong == pytest.approx(above, abs=2)
    assert np.abs(images[0].astype(int) - images[2]).max() > 50
    crops = found[TriggerMode.BOTH, TriggerPlace.CROP].crops
    assert np.abs(crops.residual).max() > 0.1
