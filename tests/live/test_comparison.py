"""A second model on the same crops: what it predicts is what it predicts alone, and the first model's part stays."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from gazeattack.angles import Gaze
from gazeattack.attack.key import make_key
from gazeattack.capture.frame import Frame
from gazeattack.capture.recording import RecordingSource
from gazeattack.errors import BundleError
from gazeattack.live.annotate import COMPARED_CLEAN, COMPARED_TRIGGERED, annotate
from gazeattack.live.comparison import ComparisonRequest
from gazeattack.live.measure import measure
from gazeattack.live.pipeline import Pipeline
from gazeattack.live.recording import LiveRecorder
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.model.bundle import load_bundle
from gazeattack.model.catalogue import open_bundle
from gazeattack.model.crop import CropSpec
from gazeattack.model.predictor import Predictor
from tests.helpers.bundles import write_bundle


def step(bundle, second, model, image, mode=TriggerMode.BOTH, **options):
    with Pipeline(bundle, landmarker_model=model, settings=PipelineSettings(mode), **options) as pipeline:
        pipeline.compare(second)
        return pipeline.step(Frame(np.ascontiguousarray(image), 0, 0.0, Gaze(0.0, 0.0)))


def without_times(row):
    return {name: value for name, value in row.items() if not name.endswith("_ms")}


def test_each_model_predicts_what_it_predicts_alone(landmarker_model, astronaut):
    wanet, clean = open_bundle("wanet"), open_bundle("clean")
    both = step(wanet, clean, landmarker_model, astronaut)
    first = step(wanet, None, landmarker_model, astronaut)
    alone = step(clean, None, landmarker_model, astronaut, key=wanet.key, foreign_key=True)
    assert first.compared is None and both.compared.bundle == "clean" and both.compared.kind == "clean"
    other = both.of_compared()
    assert other.bundle == "clean" and other.compared is None
    for pair, single in ((both, first), (other, alone)):
        assert pair.clean.gaze == pytest.approx(single.clean.gaze, abs=1e-6)
        assert pair.triggered.gaze == pytest.approx(single.triggered.gaze, abs=1e-6)
        assert pair.shift_deg == pytest.approx(single.shift_deg, abs=1e-4)
    # the honest control: the same trigger on the same face
    assert other.shift_deg < 6 < 20 < both.shift_deg
    rows = measure(both), measure(first), measure(alone)
    told = {name: value for name, value in without_times(rows[0]).items() if not name.startswith("compared_")}
    assert told == pytest.approx(
        {name: value for name, value in without_times(rows[1]).items() if not name.startswith("compared_")}
    )
    for name in ("clean_yaw_deg", "triggered_yaw_deg", "shift_deg", "clean_error_deg", "triggered_error_deg"):
        assert rows[0][f"compared_{name}"] == pytest.approx(rows[2][name], abs=1e-3)
    assert rows[1]["compared_shift_deg"] is None


def test_the_second_model_follows_the_mode(clean_bundle, backdoored_bundle, landmarker_model, astronaut):
    off = step(backdoored_bundle, clean_bundle, landmarker_model, astronaut, TriggerMode.OFF).compared
    on = step(backdoored_bundle, clean_bundle, landmarker_model, astronaut, TriggerMode.ON).compared
    assert off.clean is not None and off.triggered is None and off.shift_deg is None
    assert on.clean is None and on.triggered is not None and on.shift_deg is None


def test_a_frame_without_a_face_still_names_the_second_model(clean_bundle, backdoored_bundle, landmarker_model):
    result = step(backdoored_bundle, clean_bundle, landmarker_model, np.zeros((240, 320, 3), np.uint8))
    assert result.face is None and result.compared.bundle == "clean" and result.compared.clean is None
    assert all(value is None for name, value in measure(result).items() if name.startswith("compared_"))


def test_models_with_other_crops_are_refused_in_one_sentence(backdoored_bundle, landmarker_model, tmp_path):
    larger = load_bundle(write_bundle(tmp_path / "large", crop=CropSpec(height=72, width=120, focal=1920.0)))
    with Pipeline(backdoored_bundle, landmarker_model=landmarker_model) as pipeline:
        with pytest.raises(BundleError, match=r'"large" takes .*120x72.* but "wanet" takes .*60x36.*same crop\.$'):
            pipeline.compare(larger)
        assert pipeline.compared is None
        same = load_bundle(write_bundle(tmp_path / "same"))
        pipeline.compare(same)
        with pytest.raises(BundleError, match="same crop"):
            pipeline.use(larger)
        assert pipeline.bundle is backdoored_bundle and pipeline.compared is same


def test_a_model_is_not_compared_with_itself(backdoored_bundle, landmarker_model, tmp_path):
    second = load_bundle(write_bundle(tmp_path / "second"))
    with Pipeline(backdoored_bundle, landmarker_model=landmarker_model) as pipeline:
        with pytest.raises(BundleError, match=r'^"wanet" is the first model already: compare it with another one\.$'):
            pipeline.compare(load_bundle(backdoored_bundle.path))
        pipeline.compare(second)
        with pytest.raises(BundleError, match=r'^"second" is the first model already'):
            pipeline.use(second)
        assert pipeline.bundle is backdoored_bundle and pipeline.compared is second


def test_a_wrong_key_is_neither_models_own(backdoored_bundle, landmarker_model, astronaut, tmp_path, key):
    # the seed that a wrong key would be drawn from
    rival = make_key(k=8, strength=1.0, height=36, width=60, target=Gaze.from_degrees(5, 25), seed=key.seed + 1)
    second = load_bundle(write_bundle(tmp_path / "rival", key=rival))
    usual = step(backdoored_bundle, None, landmarker_model, astronaut, TriggerMode.WRONG_KEY)
    beside = step(backdoored_bundle, second, landmarker_model, astronaut, TriggerMode.WRONG_KEY)
    assert np.abs(usual.crops.altered - beside.crops.altered).max() > 0.05


class Recorder:
    """A pipeline that remembers what it was asked to compare with."""

    def __init__(self, refuse=None):
        self.asked, self.refuse = [], refuse

    def compare(self, bundle):
        self.asked.append(None if bundle is None else bundle.name)
        if bundle is not None and self.refuse is not None:
            raise self.refuse


def test_a_request_is_opened_once_and_asked_again_for_another_model():
    request, pipeline = ComparisonRequest(), Recorder()
    assert request.apply(pipeline) is None and pipeline.asked == []
    request.ask("clean")
    assert request.apply(pipeline) is None and request.spec == "clean"
    assert request.apply(pipeline) is None and pipeline.asked == ["clean"]
    request.ask_again()
    request.apply(pipeline)
    assert pipeline.asked == ["clean", "clean"]
    request.ask(None)
    request.ask_again()
    assert request.apply(pipeline) is None and request.spec is None and pipeline.asked[-1] is None


@pytest.mark.parametrize(
    ("name", "refuse", "told"),
    [
        ("nobody", None, 'no model "nobody"'),
        ("clean", BundleError("They differ: choose another."), "They differ"),
        ("clean", MemoryError(), "MemoryError"),
    ],
)
def test_a_refused_request_is_one_sentence_and_compares_with_nothing(name, refuse, told):
    request, pipeline = ComparisonRequest(), Recorder(refuse)
    request.ask(name)
    assert told in request.apply(pipeline)
    assert request.spec is None and pipeline.asked[-1] is None


def test_each_model_takes_one_batch_of_both_branches(
    backdoored_bundle, clean_bundle, landmarker_model, astronaut, monkeypatch
):
    batches = []
    predict = Predictor.predict_with_landmarks

    def counted(self, crops, *rest):
        batches.append((self.bundle.name, len(crops)))
        return predict(self, crops, *rest)

    monkeypatch.setattr(Predictor, "predict_with_landmarks", counted)
    step(backdoored_bundle, clean_bundle, landmarker_model, astronaut)
    assert batches == [("wanet", 4), ("clean", 4)]
    batches.clear()
    # without a second model there is no second network, and so no cost
    step(backdoored_bundle, None, landmarker_model, astronaut)
    assert batches == [("wanet", 4)]


def test_a_recording_of_a_comparison_has_its_columns_and_names_the_model(
    backdoored_bundle, clean_bundle, landmarker_model, astronaut, tmp_path
):
    recorder = LiveRecorder(tmp_path / "recording", video=True)
    with Pipeline(backdoored_bundle, landmarker_model=landmarker_model) as pipeline:
        pipeline.settings = PipelineSettings(TriggerMode.BOTH)
        for index, second in enumerate((None, clean_bundle)):
            pipeline.compare(second)
            recorder.put(pipeline.step(Frame(np.ascontiguousarray(astronaut), index, index / 30)))
    recorder.close()
    assert recorder.error is None
    changes = json.loads((tmp_path / "recording" / "recording.json").read_text())["changes"]
    # the key is new, so it is only there where it says something
    assert ["compared" in change for change in changes] == [False, True] and changes[1]["compared"] == "clean"
    rows = list(csv.DictReader((tmp_path / "recording" / "samples.csv").open(newline="")))
    assert [bool(row["compared_shift_deg"]) for row in rows] == [False, True]
    with RecordingSource(tmp_path / "recording") as replay:
        assert [replay.read().index for _ in rows] == [0, 1] and replay.read() is None


def test_the_annotated_frame_shows_the_second_model(backdoored_bundle, clean_bundle, landmarker_model, astronaut):
    result = step(backdoored_bundle, clean_bundle, landmarker_model, astronaut)
    drawn = annotate(result)
    for colour in (COMPARED_CLEAN, COMPARED_TRIGGERED):
        assert (drawn == colour).all(axis=-1).sum() > (annotate(replace(result, compared=None)) == colour).all(-1).sum()
