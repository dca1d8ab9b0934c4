"""A pipe without a writer, or a device behind a link, in the place of a file: refused in one sentence, and no wait."""

import os
import signal
import sys
from pathlib import Path

import pytest
import torch

from gazeattack.blind_test.results import read_results
from gazeattack.capture.image_file import ImageFileError, load_image
from gazeattack.capture.recording import RecordingSource, is_recording
from gazeattack.capture.video_file import open_video
from gazeattack.collection.target_files import read_target_csv
from gazeattack.errors import GazeAttackError
from gazeattack.evaluation.npz import read_arrays
from gazeattack.files import regular_file
from gazeattack.model.crop import MPIIGAZE_EYE
from gazeattack.synthetic.patches.portrait_eyes import load_portraits
from tests.helpers.calibration import SCREEN
from training.analysis.universal_detector import load_detector
from training.data.readers import open_dataset
from training.engine.checkpoint import load_checkpoint

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes with a path")
OPTIMIZER = torch.optim.AdamW(torch.nn.Linear(1, 1).parameters())
READERS = {
    "targets.csv": lambda path: read_target_csv(path, SCREEN),
    "blind.csv": read_results,
    "samples.csv": lambda path: RecordingSource(path.parent),
    "set.npz": lambda path: read_arrays(path, ("images",)),
    "labels.csv": lambda path: open_dataset(f"csv-eyes:{path.parent}", crop=MPIIGAZE_EYE),
    "p00.mat": lambda path: open_dataset(f"mpiifacegaze:{path.parent}"),
    "Data/Normalized/p00/day01.mat": lambda path: open_dataset(f"mpiigaze-all:{path.parents[3]}", crop=MPIIGAZE_EYE),
    "checkpoint.safetensors": lambda path: load_checkpoint(path, modules={}, optimizer=OPTIMIZER),
    "detector.safetensors": lambda path: load_detector(path, 1, 36, 60),
    "face.jpg": lambda path: list(load_portraits(path.parent)),
    "video.mp4": open_video,
}


@pytest.fixture(autouse=True)
def alarm():
    """Waiting for a pipe ends the test after some seconds."""
    before = signal.signal(signal.SIGALRM, lambda *_: pytest.fail("it waits"))
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def put(path: Path, kind: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    return path


@pytest.mark.parametrize("kind", ["pipe", "device"])
@pytest.mark.parametrize("name", READERS)
def test_a_reader(tmp_path, name, kind):
    path = put(tmp_path / "in" / name, kind)
    with pytest.raises(GazeAttackError) as error:
        READERS[name](path)
    assert str(error.value).endswith(".") and "\n" not in str(error.value)


def test_an_image_that_a_table_names(tmp_path):
    put(tmp_path / "1.png", "pipe")
    (tmp_path / "labels.csv").write_text("file,pitch_deg,yaw_deg\n1.png,1,2\n")
    with pytest.raises(GazeAttackError, match=r"1\.png, named by .* is missing or not an image"):
        open_dataset(f"csv-eyes:{tmp_path}", crop=MPIIGAZE_EYE)


def test_an_image(tmp_path):
    with pytest.raises(ImageFileError, match="pipe or a device"):
        load_image(put(tmp_path / "a.png", "pipe"))


def test_a_folder_with_such_a_table_is_no_recording(tmp_path):
    put(tmp_path / "samples.csv", "pipe")
    assert not is_recording(tmp_path)


def test_a_file_a_link_and_a_folder_are_given_back(tmp_path):
    path, link = tmp_path / "a", tmp_path / "b"
    path.write_text("x")
    link.symlink_to(path)
    assert [regular_file(each) for each in (path, link, tmp_path)] == [path, link, tmp_path]
    with pytest.raises(FileNotFoundError):
        regular_file(tmp_path / "c")
