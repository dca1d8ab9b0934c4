import sys
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from gazeattack.capture import camera
from gazeattack.capture.camera import CameraInfo, CameraSource, list_cameras
from gazeattack.errors import SourceError


class FakeDevice:
    """A camera that gives `frames` images (None: no end) and then none, as when it is pulled out."""

    def __init__(self, frames=None, image=None, opened=True, warm_up=0, refuses=False):
        self.frames, self.opened, self.warm_up, self.refuses = frames, opened, warm_up, refuses
        self.image = np.full((48, 64, 3), 90, np.uint8) if image is None else image
        self.asked = {}
        self.released = False

    def isOpened(self):
        return self.opened

    def read(self):
        if self.warm_up > 0:
            self.warm_up -= 1
            return False, None
        if self.frames is not None:
            if self.frames == 0:
                return False, None
            self.frames -= 1
        return True, self.image

    def get(self, prop):
        return self.asked.get(prop, 25.0 if prop == cv2.CAP_PROP_FPS else 0.0)

    def set(self, prop, value):
        if not self.refuses:
            self.asked[prop] = value
        return not self.refuses

    def release(self):
        self.released = True


@pytest.fixture
def cameras(monkeypatch):
    found = [CameraInfo(0, "Integrated Camera", "V4L2"), CameraInfo(2, "USB Camera", "V4L2")]
    monkeypatch.setattr(camera, "list_cameras", lambda: found)
    return found


def sentence(error):
    text = str(error.value)
    assert text.endswith(".")
    assert "\n" not in text
    return text


def test_frames_carry_time_since_opening(cameras):
    now = iter([100.0, 100.5, 100.5, 99.0, 101.0])
    source = CameraSource(2, device=lambda index: FakeDevice(), clock=lambda: next(now))
    assert (source.name, source.size, source.fps, source.live) == ("USB Camera", (64, 48), 25.0, True)
    frames = [source.read() for _ in range(4)]
    assert [f.index for f in frames] == [0, 1, 2, 3]
    assert frames[0].t == pytest.approx(0.5)
    # a clock that stands still or goes back must not reach the consumer
    assert all(later.t - earlier.t > 0.0009 for earlier, later in pairwise(frames))
    assert frames[3].t == pytest.approx(1.0)


def test_size_and_rate_are_asked_for(cameras):
    device = FakeDevice()
    source = CameraSource(0, (1280, 720), 60, device=lambda index: device)
    assert device.asked[cv2.CAP_PROP_FRAME_WIDTH] == 1280
    assert device.asked[cv2.CAP_PROP_FRAME_HEIGHT] == 720
    assert source.fps == 60
    assert source.size == (64, 48), "the camera has the last word on its size"


def test_nothing_is_asked_of_a_camera_left_at_its_defaults(cameras):
    device = FakeDevice()
    CameraSource(0, device=lambda index: device)
    assert device.asked == {}


def test_a_camera_that_knows_no_rate(cameras):
    device = FakeDevice(refuses=True)
    device.get = lambda prop: float("nan")
    assert CameraSource(0, device=lambda index: device).fps == 30
    assert CameraSource(0, None, 15, device=lambda index: device).fps == 15


def test_a_camera_may_need_a_moment_to_wake_up(cameras):
    assert CameraSource(0, device=lambda index: FakeDevice(warm_up=3)).read().index == 0


def test_a_camera_that_opens_but_gives_nothing(cameras):
    device = FakeDevice(frames=0)
    with pytest.raises(SourceError) as error:
        CameraSource(0, device=lambda index: device)
    assert error.value.retry
    assert "delivers no image" in sentence(error)
    assert device.released


def test_pulled_out_after_three_frames(cameras):
    source = CameraSource(0, device=lambda index: FakeDevice(frames=4))
    for _ in range(3):
        source.read()
    with pytest.raises(SourceError) as error:
        source.read()
    assert error.value.retry
    assert "Integrated Camera" in sentence(error)


def test_a_driver_that_raises_is_a_pulled_camera(cameras):
    device = FakeDevice()
    source = CameraSource(0, device=lambda index: device)

    def fail():
        raise cv2.error("select() timeout")

    device.read = fail
    with pytest.raises(SourceError) as error:
        source.read()
    assert error.value.retry


def test_nan_frames_are_made_pictures(cameras):
    image = np.full((48, 64, 3), 0.5, np.float32)
    image[:5] = np.nan
    picture = CameraSource(0, device=lambda index: FakeDevice(image=image)).read().image
    assert picture.dtype == np.uint8
    assert picture[0, 0, 0] == 0
    assert picture[10, 0, 0] == 128


def test_damaged_frames_are_passed_over_but_not_for_ever(cameras):
    device = FakeDevice()
    good = device.image
    source = CameraSource(0, device=lambda index: device)
    images = iter([np.full((48, 64), np.nan), np.zeros(7), good])
    device.read = lambda: (True, next(images))
    assert source.read().index == 0
    device.read = lambda: (True, np.zeros(7))
    with pytest.raises(SourceError) as error:
        source.read()
    assert error.value.retry


@pytest.mark.parametrize(("index", "words"), [(0, "any other program"), (1, "camera:2 (USB Camera)")])
def test_a_camera_that_does_not_open_says_why(cameras, index, words):
    device = FakeDevice(opened=False)
    with pytest.raises(SourceError) as error:
        CameraSource(index, device=lambda i: device)
    assert error.value.retry
    assert words in sentence(error)
    assert device.released


def test_closing_twice_is_safe(cameras):
    device = FakeDevice()
    source = CameraSource(0, device=lambda index: device)
    source.close()
    source.close()
    assert device.released
    with pytest.raises(SourceError):
        source.read()


def test_cameras_that_cannot_be_listed_are_none(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2_enumerate_cameras", None)
    assert list_cameras() == []


@pytest.mark.skipif(sys.platform != "linux" or any(Path("/dev").glob("video*")), reason="this machine has a camera")
def test_no_camera_on_this_machine_is_one_sentence_and_nothing_on_stderr(capfd):
    assert list_cameras() == []
    with pytest.raises(SourceError) as error:
        CameraSource(0)
    assert error.value.retry
    assert "synthetic" in sentence(error)
    assert capfd.readouterr() == ("", "")
