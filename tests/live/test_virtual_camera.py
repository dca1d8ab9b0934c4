"""The virtual camera, with a package of the same interface in the place of pyvirtualcam."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from gazeattack import cli
from gazeattack.errors import OutputError
from gazeattack.live.virtual_camera import LOST, MISSING, NO_DEVICE, VirtualCamera


class FakeCamera:
    def __init__(self, width, height, fps, *, fmt):
        assert fmt == "bgr"
        self.size, self.fps, self.device = (width, height), fps, "/dev/video9"
        self.frames, self.waits, self.closed = [], 0, False

    def send(self, image):
        if self.closed:
            raise RuntimeError("closed")
        assert image.flags.c_contiguous and image.dtype == np.uint8 and image.shape[1::-1] == self.size
        self.frames.append(image.copy())

    def sleep_until_next_frame(self):
        self.waits += 1

    def close(self):
        self.closed = True


@pytest.fixture
def cameras(monkeypatch):
    made = []

    def camera(*words, **named):
        made.append(FakeCamera(*words, **named))
        return made[-1]

    package = SimpleNamespace(Camera=camera, PixelFormat=SimpleNamespace(BGR="bgr"))
    monkeypatch.setitem(sys.modules, "pyvirtualcam", package)
    return made


@pytest.mark.parametrize("paced", [False, True])
def test_frames_are_scaled_to_the_cameras_size_and_paced(cameras, paced):
    with VirtualCamera((8, 6), 25.0, paced=paced) as camera:
        camera.send(np.full((6, 8, 3), 7, np.uint8))
        camera.send(np.full((12, 16, 3), 9, np.uint8)[:, ::-1])
    (made,) = cameras
    assert made.fps == 25.0 and made.closed and camera.device == "/dev/video9"
    assert [int(frame.mean()) for frame in made.frames] == [7, 9]
    assert made.waits == (2 if paced else 0)


def test_what_is_missing_is_told(monkeypatch, cameras):
    def none(*_, **__):
        raise RuntimeError("no backend")

    with VirtualCamera((8, 6), 25.0, paced=True) as camera:
        pass
    with pytest.raises(OutputError, match=LOST):
        camera.send(np.zeros((6, 8, 3), np.uint8))
    monkeypatch.setattr(sys.modules["pyvirtualcam"], "Camera", none)
    with pytest.raises(OutputError) as found:
        VirtualCamera((8, 6), 25.0, paced=True)
    assert str(found.value) == NO_DEVICE
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    with pytest.raises(OutputError) as found:
        VirtualCamera((8, 6), 25.0, paced=True)
    assert str(found.value) == MISSING


def test_a_run_sends_the_changed_frames(cameras, tmp_path, backdoored_bundle, landmarker_model, capfd):
    words = ["--model", str(backdoored_bundle.path), "--landmarker", str(landmarker_model), "--no-video"]
    place = ["--trigger-place", "frame", "--virtual-camera", "--max-frames", "3"]
    assert cli.main(["run", "--source", "synthetic", *words, *place, "--out", str(tmp_path / "out")]) == 0
    (made,) = cameras
    assert len(made.frames) == 3 and made.closed and made.waits == 3
    assert "/dev/video9" in capfd.readouterr().err


def test_without_a_virtual_camera_nothing_is_written(monkeypatch, tmp_path, backdoored_bundle, landmarker_model, capfd):
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    out = tmp_path / "out"
    words = ["--model", str(backdoored_bundle.path), "--landmarker", str(landmarker_model)]
    assert cli.main(["run", "--source", "synthetic", *words, "--virtual-camera", "--out", str(out)]) == 1
    assert MISSING in capfd.readouterr().err and not out.exists()
