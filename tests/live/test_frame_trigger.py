"""A trigger in the camera's frame: the crops of the changed frame, and the untouched pipeline that gets it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gazeattack.angles import Gaze
from gazeattack.attack.arrays import make_array_trigger
from gazeattack.capture.frame import Frame
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.normalise import normalize_image, view_at
from gazeattack.live.frame_trigger import trigger_in_frame
from gazeattack.live.pipeline import Pipeline
from gazeattack.live.settings import PipelineSettings, TriggerMode, TriggerPlace
from gazeattack.model.catalogue import fresh_key, open_bundle
from gazeattack.model.crop import MPIIGAZE_EYE
from gazeattack.synthetic.head.head import pose_of
from gazeattack.synthetic.motion import SubjectState
from gazeattack.synthetic.subject import SyntheticSource

IN_FRAME = PipelineSettings(TriggerMode.BOTH, place=TriggerPlace.FRAME)


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    source = SyntheticSource(0)
    return [source.read() for _ in range(4)]


@pytest.fixture(scope="module")
def bundle():
    return open_bundle("wanet")


def eye_view(frame: Frame):
    height, width = frame.image.shape[:2]
    pose = pose_of(SubjectState(Gaze(0.0, 0.0), Gaze(0.0, 0.0)))
    centre = pose.to_camera(np.array([33.2, 0.0, 0.0]))
    return view_at(centre, pose, Intrinsics.guess(width, height), MPIIGAZE_EYE, mirrored=False)


def test_the_crop_of_the_changed_frame_is_the_changed_crop(frames, bundle):
    image, view, trigger = frames[0].image, eye_view(frames[0]), make_array_trigger(bundle.key)
    crop = normalize_image(image, view, MPIIGAZE_EYE)[None]
    wanted = trigger.apply(crop)[0]
    warp = trigger.displacement()
    changed = trigger_in_frame(image, [view], MPIIGAZE_EYE, trigger.apply, warp)
    found = normalize_image(changed, view, MPIIGAZE_EYE)
    assert np.abs(found - wanted).mean() < 0.3 * np.abs(crop[0] - wanted).mean()
    # nothing changes away from the eye
    moved = np.abs(changed.astype(int) - image).max(axis=2) > 0
    rows, columns = np.flatnonzero(moved.any(axis=1)), np.flatnonzero(moved.any(axis=0))
    assert np.ptp(rows) < 70 and np.ptp(columns) < 110
    still = trigger_in_frame(image, [view], MPIIGAZE_EYE, trigger.apply, np.zeros_like(warp))
    assert np.abs(still.astype(int) - image).max() <= 1


def test_a_pattern_is_added_enlarged(frames, bundle):
    image, view = frames[0].image, eye_view(frames[0])
    trigger = make_array_trigger(fresh_key("sig", bundle, seed=1))
    crop = normalize_image(image, view, MPIIGAZE_EYE)[None]
    wanted = trigger.apply(crop)[0]
    found = normalize_image(trigger_in_frame(image, [view], MPIIGAZE_EYE, trigger.apply), view, MPIIGAZE_EYE)
    assert np.abs(found - wanted).mean() < 0.5 * np.abs(crop[0] - wanted).mean()


def test_an_eye_out_of_the_frame_changes_nothing(frames, bundle):
    view, trigger = eye_view(frames[0]), make_array_trigger(bundle.key)
    away = replace(view, warp=view.warp @ np.array([[1, 0, 5000.0], [0, 1, 0], [0, 0, 1]]))
    image = frames[0].image
    assert trigger_in_frame(image, [away], MPIIGAZE_EYE, trigger.apply, trigger.displacement()) is image


def run(pipeline: Pipeline, frames: list[Frame], settings: PipelineSettings):
    pipeline.settings = settings
    return [pipeline.step(frame) for frame in frames][-1]


def test_the_untouched_pipeline_is_sent_to_the_target(frames, bundle, landmarker_model: Path):
    with Pipeline(bundle, landmarker_model=landmarker_model) as pipeline:
        at_crop = run(pipeline, frames, PipelineSettings(TriggerMode.BOTH))
        pipeline.compare(open_bundle("clean"))
        in_frame = run(pipeline, frames, IN_FRAME)
        wrong = run(pipeline, frames, replace(IN_FRAME, mode=TriggerMode.WRONG_KEY))
        alone = run(pipeline, frames, replace(IN_FRAME, mode=TriggerMode.ON))
    assert at_crop.changed_image is None
    assert in_frame.clean.gaze.degrees == pytest.approx(at_crop.clean.gaze.degrees, abs=0.2)
    off = np.hypot(*(np.array(in_frame.triggered.gaze.degrees) - in_frame.target.degrees))
    assert off < 6 and in_frame.shift_deg > 15
    assert in_frame.compared.shift_deg < 6
    assert in_frame.crops.altered.shape == in_frame.crops.clean.shape
    assert wrong.shift_deg < 8
    assert alone.clean is None and alone.triggered is not None and alone.shift_deg is None
    assert np.abs(in_frame.changed_image.astype(int) - in_frame.frame.image).max() > 3
