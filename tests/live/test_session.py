import threading
import time
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from gazeattack.capture.frame import Frame
from gazeattack.capture.slot import LatestSlot
from gazeattack.capture.source import Source
from gazeattack.errors import SourceError
from gazeattack.live.fault import FAULT
from gazeattack.live.pipeline import Pipeline, one_thread
from gazeattack.live.session import LiveSession
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.model.crop import CropSpec
from tests.helpers.bundles import write_bundle


class Faces(Source):
    """A live source of the same face, which can be pulled out."""

    def __init__(self, image, plug):
        self.name, self.size, self.fps, self.live = "Fake camera", (512, 512), 100.0, True
        self._image, self._plug, self._index = image, plug, 0
        if not plug.is_set():
            raise SourceError("The camera is not there: plug it in.", retry=True)

    def read(self):
        if not self._plug.is_set():
            raise SourceError("The camera was pulled out: plug it in again.", retry=True)
        time.sleep(0.005)
        self._index += 1
        return Frame(self._image, self._index, self._index / 100)

    def close(self):
        pass


def until(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


@pytest.fixture
def plug():
    event = threading.Event()
    event.set()
    return event


@pytest.fixture
def session(landmarker_model, astronaut, plug):
    image = np.ascontiguousarray(astronaut)

    def opener(spec, *, loop=False):
        if spec == "nothing":
            raise SourceError('There is no source "nothing": choose another.')
        return Faces(image, plug)

    # as a program starts; the session has to see to it itself
    torch.set_num_threads(2)
    cv2.setNumThreads(2)
    made = LiveSession(landmarker_model=landmarker_model, opener=opener)
    made.start()
    yield made
    made.stop()
    one_thread()
    assert not [t for t in threading.enumerate() if t.name == "pipeline"]


def fresh_sample(session, wanted=lambda result: True):
    found = []

    def look():
        result = session.latest()
        if result is not None and wanted(result):
            found.append(result)
        return bool(found)

    assert until(look), session.status()
    return found[0]


def test_settings_reach_the_next_frame_whole(session, tmp_path, key):
    session.use_bundle(str(write_bundle(tmp_path / "b", key=key)))
    session.open_source("fake")
    result = fresh_sample(session)
    assert result.bundle == "b" and result.triggered is None and result.latency_ms > 0
    session.configure(PipelineSettings(mode=TriggerMode.BOTH, strength=2.0))
    result = fresh_sample(session, lambda s: s.settings.strength == 2.0)
    assert result.triggered is not None and result.settings.mode is TriggerMode.BOTH
    status = session.status()
    assert status.backdoored and status.has_key and status.key_strength == key.strength
    assert status.source_state == "running" and status.source_name == "Fake camera"
    assert status.frames > 0 and status.latency_ms > 0 and not status.truth_known


def test_a_key_given_with_the_settings_is_used_where_it_fits(session, tmp_path, key):
    session.use_bundle(str(write_bundle(tmp_path / "b", key=key)))
    session.open_source("fake")
    assert fresh_sample(session).key_sha256 == key.sha256
    given = key.redrawn(99)
    session.configure(PipelineSettings(TriggerMode.BOTH, key=given))
    result = fresh_sample(session, lambda s: s.settings.key is given)
    assert result.key_sha256 == given.sha256 and result.triggered is not None
    # made for other crops: the model's own key is used
    session.configure(PipelineSettings(TriggerMode.BOTH, key=replace(given, height=12)))
    result = fresh_sample(session, lambda s: s.settings.key is not None and s.settings.key.height == 12)
    assert result.key_sha256 == key.sha256 and result.triggered is not None
    # crops of eyes do not show a sticker: the model's own key is used
    session.configure(PipelineSettings(TriggerMode.BOTH, attack="sticker"))
    assert fresh_sample(session, lambda s: s.settings.attack is not None).key_sha256 == key.sha256
    session.configure(PipelineSettings(TriggerMode.BOTH))
    assert fresh_sample(session, lambda s: s.settings.attack is None).key_sha256 == key.sha256
    assert session.status().key.sha256 == key.sha256 and session.status().crop == CropSpec()


def test_a_model_that_cannot_be_loaded_leaves_the_old_one_at_work(session, tmp_path):
    session.use_bundle(str(write_bundle(tmp_path / "good")))
    session.open_source("fake")
    fresh_sample(session)
    session.use_bundle("nobody")
    assert until(lambda: session.status().message is not None)
    assert 'no model "nobody"' in session.status().message
    assert session.status().bundle == "good"
    assert fresh_sample(session).bundle == "good"
    session.use_bundle(str(write_bundle(tmp_path / "other")))
    assert until(lambda: session.status().bundle == "other") and session.status().message is None


def test_a_second_model_comes_with_the_next_frame_and_survives_another_first_model(session, tmp_path, key):
    session.use_bundle(str(write_bundle(tmp_path / "first", key=key)))
    session.open_source("fake")
    session.compare(str(write_bundle(tmp_path / "second")))
    result = fresh_sample(session, lambda s: s.compared is not None)
    assert (result.bundle, result.compared.bundle) == ("first", "second")
    assert session.status().compared == str(tmp_path / "second")
    session.use_bundle(str(write_bundle(tmp_path / "third")))
    assert fresh_sample(session, lambda s: s.bundle == "third" and s.compared is not None).compared.bundle == "second"
    # a first model with other crops is the one that was asked for
    larger = write_bundle(tmp_path / "larger", crop=CropSpec(height=72, width=120, focal=1920.0))
    session.use_bundle(str(larger))
    assert fresh_sample(session, lambda s: s.bundle == "larger").compared is None
    assert until(lambda: session.status().compared is None) and "same crop" in session.status().message
    session.compare("nobody")
    assert until(lambda: 'no model "nobody"' in session.status().message) and session.status().compared is None
    session.compare(None)
    assert fresh_sample(session).compared is None


def test_a_paused_frame_shows_the_second_model_at_once(session, tmp_path, key):
    session.use_bundle(str(write_bundle(tmp_path / "first", key=key)))
    session.open_source("fake")
    fresh_sample(session)
    session.set_paused(True)
    time.sleep(0.3)
    fresh = fresh_sample(session)
    session.compare(str(write_bundle(tmp_path / "second")))
    assert fresh_sample(session, lambda s: s.compared is not None).frame.index >= fresh.frame.index
    session.compare(None)
    assert fresh_sample(session, lambda s: s.compared is None) is not None


def test_a_fault_while_a_model_is_loaded_ends_the_model_and_not_the_thread(session, tmp_path, monkeypatch):
    def fail(name):
        raise MemoryError(name)

    with monkeypatch.context() as patch:
        patch.setattr("gazeattack.live.session.open_bundle", fail)
        session.use_bundle("wanet")
        assert until(lambda: session.status().message == FAULT)
    session.use_bundle(str(write_bundle(tmp_path / "good")))
    session.open_source("fake")
    assert fresh_sample(session).bundle == "good"


def test_a_pulled_camera_comes_back_by_itself(session, tmp_path, plug):
    session.use_bundle(str(write_bundle(tmp_path / "b")))
    session.open_source("fake")
    first = fresh_sample(session)
    plug.clear()
    assert until(lambda: session.status().source_state == "waiting")
    assert "pulled out" in session.status().message
    plug.set()
    # its clock goes on through the second it was away
    again = fresh_sample(session, lambda result: result.t > first.t + 0.9)
    assert again.face is not None
    assert until(lambda: session.status().source_state == "running") and session.status().message is None


def test_a_source_that_is_none_says_so_and_another_can_be_picked(session, tmp_path):
    session.use_bundle(str(write_bundle(tmp_path / "b")))
    session.open_source("nothing")
    assert until(lambda: session.status().source_state == "failed")
    assert "choose another" in session.status().message
    session.open_source("fake")
    assert fresh_sample(session).face is not None
    assert session.status().message is None


def test_stop_is_quick_and_may_come_first(landmarker_model):
    session = LiveSession(landmarker_model=landmarker_model)
    session.stop()
    begin = time.monotonic()
    session = LiveSession(landmarker_model=landmarker_model)
    session.start()
    session.stop()
    assert time.monotonic() - begin < 3


def test_a_toggle_answers_while_paused(session, tmp_path, key):
    session.use_bundle(str(write_bundle(tmp_path / "b", key=key)))
    session.open_source("fake")
    fresh_sample(session)
    session.set_paused(True)
    assert until(lambda: session.status().fps == 0)
    while session.latest() is not None:
        pass
    session.configure(PipelineSettings(mode=TriggerMode.BOTH))
    assert fresh_sample(session).triggered is not None


def test_a_source_that_fails_is_told_before_an_older_trouble_with_a_model(session, tmp_path, plug):
    session.use_bundle(str(write_bundle(tmp_path / "b")))
    session.open_source("fake")
    fresh_sample(session)
    session.use_bundle("nobody")
    assert until(lambda: "nobody" in (session.status().message or ""))
    plug.clear()
    assert until(lambda: session.status().source_state == "waiting")
    assert "pulled out" in session.status().message


def test_the_last_result_of_a_replaced_source_is_never_shown(session, tmp_path):
    leaving = []

    class Meanwhile(LatestSlot):
        """The person picks another source just as a result of the old one is on its way."""

        def put(self, item):
            if not leaving:
                leaving.append(threading.Thread(target=session.open_source, args=("nothing",)))
                leaving[0].start()
                leaving[0].join(0.3)
            super().put(item)

    session._results = Meanwhile()
    session.use_bundle(str(write_bundle(tmp_path / "b")))
    session.open_source("fake")
    assert until(lambda: session.status().source_state == "failed")
    leaving[0].join()
    assert not until(lambda: session.latest() is not None, 0.3)


def test_the_pipeline_keeps_to_one_thread(session, tmp_path, monkeypatch):
    seen = []
    step = Pipeline.step

    def counting(self, *args):
        seen.append((torch.get_num_threads(), cv2.getNumThreads()))
        return step(self, *args)

    monkeypatch.setattr(Pipeline, "step", counting)
    session.use_bundle(str(write_bundle(tmp_path / "b")))
    session.open_source("fake")
    fresh_sample(session)
    assert set(seen) == {(1, 1)}


def test_an_unexpected_error_ends_the_model_and_not_the_app(session, tmp_path, monkeypatch, caplog):
    monkeypatch.delenv("GAZEATTACK_DEBUG", raising=False)
    step = Pipeline.step

    def failing(self, frame):
        if self.bundle.name == "bad":
            raise ZeroDivisionError
        return step(self, frame)

    monkeypatch.setattr(Pipeline, "step", failing)
    session.use_bundle(str(write_bundle(tmp_path / "bad")))
    session.open_source("fake")
    assert until(lambda: "choose it again, or another" in (session.status().message or ""))
    assert session.status().bundle is None
    assert "ZeroDivisionError" in caplog.text and "Traceback" not in caplog.text
    session.use_bundle(str(write_bundle(tmp_path / "good")))
    assert fresh_sample(session).bundle == "good"
    assert session.status().message is None


def test_a_video_that_does_not_loop_ends(session, tmp_path):
    asked = []
    image = np.zeros((48, 64, 3), np.uint8)

    class Once(Faces):
        def __init__(self, plug):
            super().__init__(image, plug)
            self.live = False

        def read(self):
            return super().read() if self._index < 3 else None

    plugged = threading.Event()
    plugged.set()

    def opener(spec, *, loop=False):
        asked.append(loop)
        return Once(plugged)

    session._opener = opener
    session.open_source("video", loop=False)
    assert until(lambda: session.status().source_state == "ended")
    session.retry()
    assert until(lambda: len(asked) == 2)
    assert asked == [False, False]
