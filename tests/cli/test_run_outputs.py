"""gazeattack run never destroys what it is given, and notices every write that fails."""

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from gazeattack import cli
from gazeattack.live.output_folder import RUN_FILES
from tests.helpers.sources import ScriptedSource
from tests.helpers.videos import encode, textured_image

posix = pytest.mark.skipif(os.name != "posix", reason="needs limits on the size of files")


@pytest.fixture
def run(backdoored_bundle, landmarker_model, capfd):
    """Run on a source into a folder: (exit code, stderr)."""

    def call(source, out, *words):
        model = ["--model", str(backdoored_bundle.path), "--landmarker", str(landmarker_model)]
        code = cli.main(["run", "--json", "--source", str(source), *model, "--out", str(out), *words])
        return code, capfd.readouterr().err

    return call


@pytest.fixture
def video(tmp_path):
    return encode(tmp_path / "in" / "clip.mp4", [textured_image(i) for i in range(4)])


@pytest.fixture(autouse=True)
def folders(tmp_path):
    (tmp_path / "in").mkdir()


def content(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def photos(folder):
    folder.mkdir()
    for name in ("IMG_1.png", "picture.png"):
        (folder / name).write_bytes(cv2.imencode(".png", textured_image(1))[1].tobytes())
    return folder


@pytest.mark.parametrize("overwrite", [[], ["--overwrite"]])
def test_an_output_folder_that_holds_an_input_is_refused_untouched(run, tmp_path, video, overwrite):
    album = photos(tmp_path / "album")
    inside = tmp_path / "in"
    for source, out in ((album, album), (video, inside), (video, tmp_path), (album / "IMG_1.png", album)):
        before = content(out) if out != tmp_path else content(inside)
        code, said = run(source, out, *overwrite)
        assert code == 1 and "output folder" in said and len(said.splitlines()) == 1
        assert (content(out) if out != tmp_path else content(inside)) == before


def test_a_folder_with_other_files_is_refused_untouched(run, tmp_path, video):
    album = photos(tmp_path / "album")
    only_a_name = tmp_path / "mine"
    only_a_name.mkdir()
    (only_a_name / "picture.png").write_bytes(b"holiday")
    for out in (album, only_a_name):
        before = content(out)
        code, said = run(video, out, "--overwrite")
        assert code == 1 and "files that are not of a run" in said and content(out) == before


def test_an_earlier_run_is_replaced_whole_and_only_when_asked_to(run, tmp_path, video):
    out = tmp_path / "out"
    assert run(video, out, "--monitor", "addw")[0] == 0
    before = content(out)
    assert {"events.csv", "annotated.mp4"} <= set(before)
    code, said = run(video, out, "--no-video")
    assert code == 1 and "add --overwrite" in said and len(said.splitlines()) == 1 and content(out) == before
    assert run(video, out, "--no-video", "--overwrite")[0] == 0
    assert set(content(out)) == {"samples.csv", "summary.json", "report.html", "picture.png"}


def test_what_fails_before_the_first_frame_leaves_an_earlier_run_alone(run, tmp_path, video):
    out = tmp_path / "out"
    assert run(video, out)[0] == 0
    before = content(out)
    assert run(tmp_path / "absent.mp4", out, "--overwrite")[0] == 1
    assert run(video, out, "--overwrite", "--landmarker", str(video))[0] == 1
    assert content(out) == before


def test_a_report_replaces_no_other_file(backdoored_bundle, tmp_path, capsys):
    data = tmp_path / "data.npz"
    data.write_bytes(b"PK measurements")
    assert cli.main(["evaluate", "--bundle", str(backdoored_bundle.path), "--report", str(data)]) == 1
    assert "give --report another name" in capsys.readouterr().err and data.read_bytes() == b"PK measurements"


LIMITED = """
import resource, sys
from gazeattack.cli import main
from gazeattack.live import recorder
class Limited(recorder.Recorder):
    def __init__(self, *args, **options):
        resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
        super().__init__(*args, **options)
recorder.Recorder = Limited
sys.exit(main(sys.argv[1:]))
"""


@posix
@pytest.mark.parametrize(("limit", "failing"), [(3_000, "samples.csv"), (30_000, "annotated.mp4")])
def test_a_quota_is_noticed_and_what_was_measured_is_kept(
    tmp_path, backdoored_bundle, landmarker_model, limit, failing
):
    noise = [np.random.default_rng(i).integers(0, 255, (120, 160, 3), dtype=np.uint8) for i in range(60)]
    clip, out = encode(tmp_path / "in" / "noise.mp4", noise), tmp_path / "out"
    words = ["run", "--json", "--source", clip, "--model", backdoored_bundle.path, "--landmarker", landmarker_model]
    words += ["--no-video"] if failing == "samples.csv" else []
    command = [sys.executable, "-c", LIMITED.format(limit=limit), *words, "--out", out]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=240)
    assert done.returncode == 1, done.stderr
    (sentence,) = done.stderr.splitlines()
    assert f"{failing} cannot be written" in sentence and "File too large" in sentence
    with (out / "samples.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert rows and all(None not in row.values() for row in rows)
    assert json.loads(done.stdout)["failure"] == sentence.removeprefix("gazeattack: ")
    assert not [path for path in out.iterdir() if path.name.endswith(".partial")]
    if (out / "annotated.mp4").exists():
        with av.open(str(out / "annotated.mp4")) as shown:
            assert sum(1 for _ in shown.decode(video=0)) >= 1


def fill_disk_at(monkeypatch, name):
    """Let bringing this file to the disk fail, as it does on a full disk with delayed allocation."""
    real = os.fsync

    def sync(handle):
        if name in str(Path(f"/proc/self/fd/{handle}").readlink()):
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", sync)


@posix
@pytest.mark.parametrize("name", ["samples.csv", "annotated.mp4", "picture.png", "report.html", "summary.json"])
def test_each_file_that_cannot_be_brought_to_the_disk_is_named(run, tmp_path, video, monkeypatch, name, astronaut):
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("needs /proc to know which file is written")
    monkeypatch.setattr(
        "gazeattack.sources.registry.open_source", lambda spec, *, loop=False: ScriptedSource(astronaut, frames=3)
    )
    fill_disk_at(monkeypatch, name)
    out = tmp_path / "out"
    code, said = run(video, out)
    assert code == 1 and f"{name} cannot be written (No space left on device)" in said and len(said.splitlines()) == 1
    there = {path.name for path in out.iterdir()}
    assert there <= RUN_FILES and not any(each.endswith(".partial") for each in there)
    assert "samples.csv" in there and (name == "samples.csv" or name not in there)
    assert (out / "samples.csv").read_text().count("\n") == 4


@posix
@pytest.mark.parametrize("there", [False, True])
def test_a_folder_that_cannot_be_written(tmp_path, run, video, monkeypatch, there):
    # root may write to a read-only folder, so the refusal itself is made here
    out = tmp_path / "out"

    def deny(path):
        if not isinstance(path, int) and Path(path).is_relative_to(out):
            raise PermissionError(13, "Permission denied", str(path))

    class ReadOnly(io.FileIO):
        def __init__(self, path, *args, **kwargs):
            deny(path)
            super().__init__(path, *args, **kwargs)

    if there:
        out.mkdir()
        monkeypatch.setattr(io, "FileIO", ReadOnly)
    else:
        real = os.mkdir
        monkeypatch.setattr(os, "mkdir", lambda path, *args, **kwargs: (deny(path), real(path, *args, **kwargs)))
    code, said = run(video, out)
    assert code == 1 and "cannot be written (Permission denied)" in said and len(said.splitlines()) == 1


def test_a_file_in_place_of_the_folder(tmp_path, run, video):
    out = tmp_path / "out"
    out.write_bytes(b"notes")
    for place in (out, out / "deeper"):
        code, said = run(video, place, "--overwrite")
        assert code == 1 and str(place) in said and len(said.splitlines()) == 1 and out.read_bytes() == b"notes"
