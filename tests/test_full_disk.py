"""A disk that is really full: exit code 1, the file named in one sentence, and no file torn.

The disk is a file system in memory of two megabytes.  Mounting one needs the rights for it; elsewhere the tests are
skipped, and tests/cli/test_run_outputs.py tries the same with limits and errors of its own.
"""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

import training.train as training_script
from gazeattack import cli
from gazeattack.blind_test.results import write_results
from gazeattack.capture.recording import RecordingSource
from gazeattack.collection.files import read_collection, write_collection
from gazeattack.errors import OutputError
from gazeattack.live.recording import LiveRecorder
from gazeattack.model.bundle_files import SUMS, verify_bundle
from tests.blind_test.test_blind_test import answers_of
from tests.helpers.collection import made_up
from tests.helpers.recording import numbered_result
from tests.helpers.videos import encode, textured_image
from tests.training.test_train import CONFIGS, TINY

SIZE_KB = 2048


class Disk:
    """A full file system; `leave` makes room."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def leave(self, kb: int) -> Path:
        """Fill all but so many kilobytes; the folder."""
        with (self.root / "ballast").open("wb") as ballast:
            ballast.write(bytes(1024 * (SIZE_KB - kb)))
        return self.root


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    root = tmp_path / "disk"
    root.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_KB}k", "gazeattack-test", str(root)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except OSError as error:
        pytest.skip(f"no file system can be mounted here ({error})")
    if done.returncode != 0:
        pytest.skip(f"no file system can be mounted here ({done.stderr.strip()})")
    yield Disk(root)
    subprocess.run(["umount", str(root)], check=True, timeout=20)


def assert_whole(root: Path) -> None:
    """Every file that has its final name is whole, and nothing half written is left."""
    for path in (p for p in root.rglob("*") if p.is_file() and p.name != "ballast"):
        assert not path.name.endswith((".partial", ".part", ".unfinished")), path
        data = path.read_bytes()
        if path.suffix == ".csv":
            rows = list(csv.reader(path.read_text().splitlines()))
            assert data.endswith(b"\n") and len({len(row) for row in rows}) == 1, path
        elif path.suffix == ".json":
            json.loads(data)
        elif path.suffix == ".html":
            assert data.endswith(b"</html>\n"), path
        elif path.suffix == ".png":
            assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) is not None, path
        elif path.suffix == ".mp4":
            with av.open(str(path)) as video:
                assert sum(1 for _ in video.decode(video=0)) > 0, path
        elif path.name == SUMS:
            verify_bundle(path.parent)


def assert_refused(code: int, said: str, root: Path) -> None:
    """Exit code 1, and the last line is a sentence that names a file on the disk."""
    last = said.strip().splitlines()[-1]
    assert code == 1, said
    assert str(root) in last and "No space left on device" in last and last.endswith("."), said
    assert "Traceback" not in said
    assert_whole(root)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    noise = [np.random.default_rng(i).integers(0, 255, (240, 320, 3), dtype=np.uint8) for i in range(60)]
    return encode(tmp_path / "noise.mp4", noise)


@pytest.fixture
def run(backdoored_bundle, landmarker_model, capfd):
    """`gazeattack run` on sources into a folder: (exit code, stderr)."""

    def call(sources: list[Path | str], out: Path, *words: str) -> tuple[int, str]:
        model = ["--model", str(backdoored_bundle.path), "--landmarker", str(landmarker_model)]
        code = cli.main(["run", "--json", "--source", *map(str, sources), *model, "--out", str(out), *words])
        return code, capfd.readouterr().err

    return call


@pytest.mark.parametrize(
    ("kb", "words"),
    [
        (0, ()),
        (8, ("--no-video",)),  # the table
        (24, ("--no-video",)),  # the picture or the page
        (60, ("--no-video", "--monitor", "addw")),
        (40, ()),  # the video
        (400, ()),
    ],
)
def test_a_run(disk, run, clip, kb, words):
    root = disk.leave(kb)
    code, said = run([clip], root / "out", *words)
    assert_refused(code, said, root)


def test_a_batch(disk, run, tmp_path):
    clips = [encode(tmp_path / f"{i}.mp4", [textured_image(j, (320, 240)) for j in range(20)]) for i in range(2)]
    root = disk.leave(60)
    code, said = run(clips, root / "out", "--no-video")
    assert code == 1 and "No space left on device" in said and str(root) in said and "Traceback" not in said
    assert_whole(root)


@pytest.mark.parametrize("kb", [0, 8, 64])
def test_an_evaluation(disk, backdoored_bundle, capfd, kb):
    root = disk.leave(kb)
    words = ["evaluate", "--bundle", str(backdoored_bundle.path), "--data", "synthetic:4x4"]
    code = cli.main([*words, "--report", str(root / "page.html")])
    assert_refused(code, capfd.readouterr().err, root)
    assert not (root / "page.html").exists()


@pytest.mark.parametrize("kb", [0, 4, 40, 120, 200])
def test_a_training(disk, tmp_path, capfd, kb):
    root = disk.leave(kb)
    places = [f"run.out={root / 'run'}", f"data.cache={tmp_path / 'pools'}", "run.start="]
    code = training_script.main(["--config", str(CONFIGS / "wanet.toml"), *TINY, *places])
    assert_refused(code, capfd.readouterr().err, root)


@pytest.mark.parametrize("kb", [0, 4, 12])
def test_the_figures_of_blind_tests(disk, tmp_path, capfd, kb):
    write_results(tmp_path / "ann.csv", answers_of())
    root = disk.leave(kb)
    code = cli.main(["abx", str(tmp_path / "ann.csv"), "--out", str(root / "out")])
    assert_refused(code, capfd.readouterr().err, root)


@pytest.mark.parametrize("kb", [20, 100])
def test_a_recording_keeps_what_it_has(disk, kb):
    root = disk.leave(kb)
    recorder = LiveRecorder(root / "take", video=True)
    for i in range(400):
        recorder.put(numbered_result(i))
    recorder.close()
    assert recorder.error is not None and "No space left on device" in recorder.error and str(root) in recorder.error
    assert_whole(root)
    with RecordingSource(root / "take") as source:
        assert source.length == recorder.frames > 0
        for _ in range(source.length):
            assert source.read() is not None


@pytest.mark.parametrize("kb", [0, 4, 20])
def test_a_collection(disk, kb):
    root = disk.leave(kb)
    with pytest.raises(OutputError, match=r"No space left on device"):
        write_collection(root / "me", made_up(60))
    assert_whole(root)
    disk.leave(1500)
    write_collection(root / "again", made_up(60))
    assert len(read_collection(root / "again")) == 60


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file system in memory")
def test_the_disk_is_full(disk):
    with pytest.raises(OSError, match="No space left"):
        (disk.leave(4) / "x").write_bytes(bytes(8192))
