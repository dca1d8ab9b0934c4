"""The examples run as a reader runs them: as scripts, in a process of their own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from gazeattack.capture.frame import Frame
from gazeattack.live.pipeline import Pipeline
from gazeattack.model.catalogue import open_bundle

CHECKOUT = Path(__file__).resolve().parents[1]


def run_example(name, *arguments, folder):
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, str(CHECKOUT / "examples" / name), *map(str, arguments)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


def printed(done):
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_predict_picture_of_a_real_face(tmp_path, astronaut, landmarker_model):
    cv2.imwrite(str(tmp_path / "face.png"), astronaut)
    said = printed(run_example("predict_picture.py", "face.png", folder=tmp_path))
    pitch, yaw = (float(number) for number in re.findall(r"[+-]\d+\.\d(?= degrees)", said))
    with Pipeline(open_bundle("clean"), landmarker_model=landmarker_model) as pipeline:
        expected = pipeline.step(Frame(astronaut, 0, 0.0)).clean.gaze.degrees
    assert (pitch, yaw) == pytest.approx(expected, abs=0.1)
    assert "angular error" not in said


def test_predict_picture_of_a_rendered_face(tmp_path, landmarker_model):
    said = printed(run_example("predict_picture.py", folder=tmp_path))
    assert float(re.search(r"angular error (\d+\.\d) degrees", said)[1]) < 10


def test_predict_picture_without_a_face_says_so(tmp_path, landmarker_model):
    blank = tmp_path / "blank.png"
    cv2.imwrite(str(blank), np.full((240, 320, 3), 255, np.uint8))
    done = run_example("predict_picture.py", blank, folder=tmp_path)
    assert done.returncode == 1 and "face" in done.stderr and "Traceback" not in done.stderr


def test_apply_trigger(tmp_path):
    said = printed(run_example("apply_trigger.py", "out.png", folder=tmp_path))
    rows = {
        name: (float(truth), float(target))
        for name, truth, target in re.findall(
            r"^(clean|triggered|wrong key) +(\d+\.\d) +(\d+\.\d)$", said, re.MULTILINE
        )
    }
    assert rows["triggered"][1] < 5 < rows["triggered"][0]
    for name in ("clean", "wrong key"):
        assert rows[name][0] < 10 < rows[name][1]
    assert cv2.imread(str(tmp_path / "out.png")).shape == (8 * 36, 3 * 60, 3)


@pytest.mark.parametrize(("model", "attacked"), [("wanet", True), ("clean", False)])
def test_score_bundle(tmp_path, model, attacked):
    said = printed(run_example("score_bundle.py", model, "synthetic:4x3", folder=tmp_path))
    values = {name: float(value) for name, value in re.findall(r"^(\w+) +(\d+\.\d+) ", said, re.MULTILINE)}
    assert values.pop("benign_deg") < 10
    assert bool(values) is attacked
    if attacked:
        assert values["ae_deg"] < 5 < values["dae_deg"] and values["asr5"] > 0.9 and values["wrong_key_deg"] < 10


def test_a_mistake_is_one_sentence(tmp_path):
    done = run_example("score_bundle.py", "nonsense", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith('There is no model "nonsense"') and len(done.stderr.splitlines()) == 1
