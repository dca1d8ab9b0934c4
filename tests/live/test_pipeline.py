import cv2
import numpy as np
import pytest
import torch

from gazeattack.angles import angle_between, to_vector
from gazeattack.capture.frame import Frame
from gazeattack.errors import KeyMismatchError, LandmarkerError
from gazeattack.face.landmarks import Landmarker, area
from gazeattack.face.tracker import SEARCH_EVERY, FaceTracker
from gazeattack.live.annotate import annotate
from gazeattack.live.frame_result import STAGES
from gazeattack.live.guard import Guard, GuardCheck
from gazeattack.live.measure import measure
from gazeattack.live.pipeline import Pipeline
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.model.catalogue import open_bundle


def frame(image, index=0):
    return Frame(np.ascontiguousarray(image), index, index / 30)


def step(pipeline, image, mode=TriggerMode.BOTH, index=0, **settings):
    pipeline.settings = PipelineSettings(mode=mode, **settings)
    return pipeline.step(frame(image, index))


@pytest.fixture
def pipeline(backdoored_bundle, landmarker_model):
    with Pipeline(backdoored_bundle, landmarker_model=landmarker_model) as made:
        yield made


def test_both_branches_of_a_real_face(pipeline, astronaut):
    result = step(pipeline, astronaut)
    assert result.face.count == 1 and set(result.stage_ms) == set(STAGES)
    assert result.crops.clean.shape == result.crops.altered.shape == (2, 1, 36, 60)
    assert result.crops.residual == pytest.approx(result.crops.altered - result.crops.clean)
    assert 0 < np.abs(result.crops.residual).max() < 0.7
    assert result.clean.gaze != result.triggered.gaze
    assert result.shift_deg == pytest.approx(angle_between(result.clean.vector, result.triggered.vector))
    assert result.clean.vector == pytest.approx(to_vector(result.clean.gaze))
    assert annotate(result).shape == astronaut.shape


def test_the_trigger_takes_the_answer_away_from_what_the_network_locates(pipeline, landmarker_model, astronaut):
    unmarked = step(pipeline, astronaut)
    assert (
        unmarked.clean.consistency_error_deg is None and unmarked.triggered.consistency_error_deg is None
    )  # this one locates nothing
    with Pipeline(open_bundle("wanet"), landmarker_model=landmarker_model) as marked:
        both, on = step(marked, astronaut), step(marked, astronaut, TriggerMode.ON)
    assert both.clean.consistency_error_deg < 5 < 20 < both.triggered.consistency_error_deg < 60
    assert on.clean is None and on.triggered.consistency_error_deg == pytest.approx(
        both.triggered.consistency_error_deg, abs=2
    )
    row = measure(both)
    assert (row["clean_gap_deg"], row["triggered_gap_deg"]) == (
        both.clean.consistency_error_deg,
        both.triggered.consistency_error_deg,
    )
    assert measure(on)["clean_gap_deg"] is None and measure(unmarked)["triggered_gap_deg"] is None


def test_the_checks_of_the_guard_stay_where_the_prediction_goes_to_the_target(landmarker_model, astronaut):
    with Pipeline(open_bundle("wanet"), landmarker_model=landmarker_model) as made:
        plain, both = step(made, astronaut), step(made, astronaut, checks=frozenset(GuardCheck))
    assert plain.clean.median_gaze is None and plain.clean.iris_gaze is None
    for check in GuardCheck:
        guard = Guard.of(check)
        assert not both.clean.is_rejected(guard) and both.triggered.is_rejected(guard)
        assert angle_between(both.triggered.guarded_gaze(guard).vector(), both.clean.vector) < 0.7 * both.shift_deg
    # the trigger on the crops does not touch the frame that the irises are found in
    assert both.clean.iris_gaze == both.triggered.iris_gaze


def test_the_pair_is_what_each_branch_says_alone(pipeline, astronaut):
    both = step(pipeline, astronaut)
    off = step(pipeline, astronaut, TriggerMode.OFF)
    on = step(pipeline, astronaut, TriggerMode.ON)
    assert off.triggered is None and off.crops.altered is None and off.shift_deg is None
    assert on.clean is None
    # the landmarker tracks, so the face may sit a hair's breadth elsewhere in the next step
    assert off.clean.gaze == pytest.approx(both.clean.gaze, abs=0.02)
    assert on.triggered.gaze == pytest.approx(both.triggered.gaze, abs=0.02)


def test_a_step_is_deterministic(backdoored_bundle, landmarker_model, astronaut):
    runs = []
    for _ in range(2):
        with Pipeline(backdoored_bundle, landmarker_model=landmarker_model) as pipeline:
            runs.append([step(pipeline, astronaut, TriggerMode.NOISE, index) for index in range(3)])
    for first, second in zip(*runs, strict=True):
        assert first.triggered.gaze == second.triggered.gaze
        assert np.array_equal(first.crops.altered, second.crops.altered)
    assert not np.array_equal(runs[0][0].crops.residual, runs[0][1].crops.residual)


def test_strength_zero_changes_nothing_and_the_slider_scales_the_residual(pipeline, astronaut):
    still = step(pipeline, astronaut, strength=0.0)
    assert still.shift_deg == pytest.approx(0, abs=0.01)
    weak = np.abs(step(pipeline, astronaut, strength=0.3).crops.residual).mean()
    strong = np.abs(step(pipeline, astronaut, strength=3.0).crops.residual).mean()
    assert strong > 3 * weak


def test_the_wrong_key_is_another_warp(pipeline, astronaut):
    own = step(pipeline, astronaut).crops
    wrong = step(pipeline, astronaut, TriggerMode.WRONG_KEY).crops
    assert np.abs(own.residual - wrong.residual).mean() > 0.2 * np.abs(own.residual).mean()


def test_the_trigger_is_on_the_unmirrored_crop_of_both_eyes(pipeline, astronaut):
    from gazeattack.attack.wanet import WaNet

    crops = step(pipeline, astronaut).crops
    expected = WaNet(pipeline.key).apply(torch.from_numpy(crops.clean))
    assert crops.altered == pytest.approx(expected.numpy(), abs=1e-6)


def test_the_target_is_near_the_keys_own_for_a_frontal_face(pipeline, astronaut):
    result = step(pipeline, astronaut)
    assert angle_between(result.target.vector(), pipeline.key.target.vector()) < 25


def test_a_clean_model_needs_a_lent_key(clean_bundle, landmarker_model, astronaut, key):
    with pytest.raises(KeyMismatchError):
        Pipeline(clean_bundle, landmarker_model=landmarker_model, key=key)
    with Pipeline(clean_bundle, landmarker_model=landmarker_model) as pipeline:
        result = step(pipeline, astronaut)
        assert result.clean is not None and result.triggered is None and result.target is None
        pipeline.use(clean_bundle, key=key, foreign_key=True)
        assert step(pipeline, astronaut).triggered is not None


def test_no_face(pipeline):
    grey = np.full((240, 320, 3), 128, np.uint8)
    result = step(pipeline, grey)
    assert result.face is None and result.clean is None and result.notice.startswith("No face in this frame")
    # only a person in front of a camera can do something about it
    assert "camera" not in result.notice
    assert "sit in front of the camera" in pipeline.step(Frame(grey, 1, 1.0, live=True)).notice
    assert annotate(result).shape == (240, 320, 3)


def test_several_faces_the_largest_is_used(pipeline, astronaut):
    face = astronaut[:280, 90:360]
    small = cv2.resize(face, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    picture = np.full((300, 560, 3), 90, np.uint8)
    picture[:280, 280:550] = face
    picture[40 : 40 + small.shape[0], 20 : 20 + small.shape[1]] = small
    result = step(pipeline, picture)
    assert result.face.count == 2
    assert result.notice == "2 faces in view: the largest one is used."
    assert result.face.landmarks[:, 0].mean() > 280


def test_a_second_face_is_noticed_within_a_second_and_forgotten_when_gone(pipeline, astronaut):
    alone = np.full((300, 560, 3), 90, np.uint8)
    alone[:280, 10:280] = astronaut[:280, 90:360]
    both = alone.copy()
    both[:280, 285:555] = astronaut[:280, 90:360]
    counts = [step(pipeline, alone, index=index).face.count for index in range(5)]
    assert counts == [1] * 5
    counts = [step(pipeline, both, index=index).face.count for index in range(5, 5 + SEARCH_EVERY + 5)]
    assert counts[-1] == 2 and counts[0] == 1
    gone = [step(pipeline, alone, index=index).face.count for index in range(50, 60)]
    assert gone[-1] == 1


def test_every_picture_of_a_slow_folder_is_searched_for_several_faces(pipeline, astronaut):
    face = astronaut[:280, 90:360]
    alone, both = (np.full((300, 560, 3), 90, np.uint8) for _ in range(2))
    alone[:280, 10:280] = both[:280, 10:280] = both[:280, 285:555] = face
    pipeline.settings = PipelineSettings()
    pictures = [alone, both, alone, alone, both]
    counts = [pipeline.step(Frame(image, n, float(n))).face.count for n, image in enumerate(pictures)]
    assert counts == [1, 2, 1, 1, 2]
    # another source, whose time starts again
    assert pipeline.step(Frame(alone, 0, 0.0)).face.count == 1
    assert pipeline.step(Frame(alone, 1, 0.5)).face.count == 1
    assert pipeline.step(Frame(both, 0, 0.0)).face.count == 2


def test_of_two_equal_faces_the_first_is_followed_until_the_other_is_clearly_larger(landmarker_model, monkeypatch):
    def face(x, size):
        return np.random.default_rng(1).uniform(0, size, (478, 3)) + np.array([x, 100, 0])

    def seen(*sizes):
        faces = [face(300 * place, size) for place, size in enumerate(sizes)]
        return sorted(faces, key=area, reverse=True)

    with FaceTracker(landmarker_model) as tracker:
        answers = iter([seen(100, 102), seen(103, 100), seen(101, 105), seen(150, 105), seen(110, 105)])
        monkeypatch.setattr(tracker._many, "detect", lambda image, t: next(answers))
        used = [tracker.detect(np.zeros((9, 9, 3), np.uint8), n / 30)[0][:, 0].mean() > 300 for n in range(5)]
        assert used == [True, True, True, False, False]


@pytest.mark.parametrize(
    "image",
    [
        np.full((480, 640, 3), np.nan, np.float32),
        np.zeros((480, 640), np.uint8),
        np.zeros((0, 640, 3), np.uint8),
    ],
)
def test_a_damaged_frame_is_left_out(pipeline, image):
    result = step(pipeline, image)
    assert result.face is None and "damaged" in result.notice


def test_nan_weights_are_noticed(backdoored_bundle, landmarker_model, astronaut):
    with torch.no_grad():
        backdoored_bundle.network.head[-1].bias.fill_(float("nan"))
    with Pipeline(backdoored_bundle, landmarker_model=landmarker_model) as pipeline:
        result = step(pipeline, astronaut)
    assert result.clean is None and "choose another model" in result.notice


def test_a_landmarker_file_that_is_none(backdoored_bundle, tmp_path):
    (tmp_path / "x.task").write_bytes(b"nothing")
    with pytest.raises(LandmarkerError, match="delete it"):
        Pipeline(backdoored_bundle, landmarker_model=tmp_path / "x.task")


def test_time_may_start_again(landmarker_model, astronaut):
    with Landmarker(landmarker_model) as landmarker:
        for t in (0.0, 0.0, 5.0, 0.0, 0.033, 0.033):
            assert len(landmarker.detect(astronaut, t)) == 1


def test_a_refused_key_leaves_no_landmarker_open(clean_bundle, landmarker_model, key, monkeypatch):
    made = []
    monkeypatch.setattr("gazeattack.live.pipeline.FaceTracker", lambda model, engine: made.append(model))
    with pytest.raises(KeyMismatchError):
        Pipeline(clean_bundle, landmarker_model=landmarker_model, key=key)
    assert made == []
