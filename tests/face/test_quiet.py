"""MediaPipe's chatter is held back; what matters is passed on."""

import os

import pytest

from gazeattack.face.quiet import hushed

CHATTER = b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\nW0000 00:00:17 graph.cc:174] Sets acceleration.\n"
ERROR = b"E0000 00:00:17 gpu.cc:99] cannot do this\n"


def test_chatter_goes_and_errors_stay(capfd):
    with hushed():
        os.write(2, CHATTER + ERROR)
    os.write(2, b"after\n")
    assert capfd.readouterr().err == (ERROR + b"after\n").decode()


def test_everything_stays_when_debugging(capfd, monkeypatch):
    monkeypatch.setenv("GAZEATTACK_DEBUG", "1")
    with hushed():
        os.write(2, CHATTER)
    assert capfd.readouterr().err == CHATTER.decode()


def test_the_descriptor_comes_back_after_an_error(capfd):
    with pytest.raises(ValueError, match="inside"), hushed():
        os.write(2, ERROR)
        raise ValueError("inside")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == (ERROR + b"after\n").decode()
