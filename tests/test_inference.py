"""OpenVINO is imported without telemetry, and runs in float32 on one thread."""

from __future__ import annotations

import subprocess
import sys

import numpy as np

from gazeattack.inference import CONFIG, Network, core, openvino

# Python tells of its own sockets; those of C++ code are among the process's files
WATCHED = """
import os, sys
from pathlib import Path

opened = []
sys.addaudithook(lambda event, _: opened.append(event) if event.startswith("socket.") else None)
from gazeattack.face.landmarker_file import find_landmarker
from gazeattack.face.networks import load_networks
from gazeattack.inference import core, openvino
core()
try:
    load_networks(find_landmarker(fetch=False))
except Exception as error:
    if type(error).__name__ != "LandmarkerError":
        raise
openvino()
told = [name for name in sys.modules if "telemetry" in name]
files = Path("/proc/self/fd")
links = [os.readlink(file) for file in files.iterdir() if file.is_symlink()] if files.is_dir() else []
heavy = [name for name in ("mediapipe", "torch") if name in sys.modules]
print(told, opened, [link for link in links if link.startswith("socket:")], heavy)
"""


def doubling():
    ov = openvino()
    x = ov.opset13.parameter([2, 3], ov.Type.f32)
    return ov.Model([ov.opset13.add(x, x)], [x], "double")


def test_no_telemetry_and_no_socket():
    done = subprocess.run([sys.executable, "-c", WATCHED], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[0] == "[] [] [] []"


def test_a_network_runs_in_float32_on_one_thread():
    compiled = core().compile_model(doubling(), "CPU", CONFIG)
    assert str(compiled.get_property("INFERENCE_PRECISION_HINT")) == "<Type: 'float32'>"
    assert compiled.get_property("INFERENCE_NUM_THREADS") == 1
    assert compiled.get_property("NUM_STREAMS") == 1


def test_an_output_is_not_overwritten_by_the_next_run():
    network = Network(doubling())
    (first,) = network(np.ones((2, 3), np.float32))
    (second,) = network(np.full((2, 3), 5, np.float32))
    assert (first == 2).all() and (second == 10).all()


def test_read_only_arrays_are_taken_as_well():
    network = Network(doubling())
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    values.setflags(write=False)
    assert (network(values)[0] == 2 * values).all()
