"""The landmarker's networks are compiled once for each file, and each thread has its own."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from gazeattack.errors import LandmarkerError
from gazeattack.face import networks
from gazeattack.live.warm_up import start_warm_up


def test_networks_are_compiled_once_for_each_file(landmarker_model, tmp_path, monkeypatch):
    read = []
    whole = networks._read
    monkeypatch.setattr(networks, "_read", lambda *args, **kwargs: read.append(args[0].name) or whole(*args, **kwargs))
    copied = tmp_path / landmarker_model.name
    shutil.copyfile(landmarker_model, copied)
    first, second = networks.load_networks(copied), networks.load_networks(copied)
    assert read == [networks.DETECTOR, networks.MESH]
    image = np.full((1, 256, 256, 3), 90, np.uint8)
    for one, other in zip(first.mesh(image), second.mesh(image), strict=True):
        assert np.array_equal(one, other)
    # each has a request of its own, so that two threads can run them
    assert first.mesh._request is not second.mesh._request
    copied.write_bytes(b"no longer a model")
    with pytest.raises(LandmarkerError):
        networks.load_networks(copied)


def test_the_warm_up_leaves_nothing_to_compile(landmarker_model, monkeypatch):
    networks._compile.cache_clear()
    start_warm_up().join()
    monkeypatch.setattr(networks, "_read", None)
    networks.load_networks(landmarker_model)


def test_the_warm_up_leaves_a_missing_file_to_the_pipeline(monkeypatch, tmp_path, capfd):
    monkeypatch.setenv("GAZEATTACK_FACE_LANDMARKER", str(tmp_path / "none.task"))
    start_warm_up().join()
    assert capfd.readouterr() == ("", "")
