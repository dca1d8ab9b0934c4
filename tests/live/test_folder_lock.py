"""One writer per output folder: the second is refused with the first one's process and time."""

import contextlib
import os
import subprocess
import sys

import pytest

from gazeattack import cli
from gazeattack.errors import OutputError
from gazeattack.live.folder_lock import LOCK, NOTE, lock_folder
from gazeattack.live.output_folder import make_folder
from tests.helpers.videos import encode, textured_image

HOLDER = """
import sys
from pathlib import Path
from gazeattack.live.folder_lock import lock_folder
with lock_folder(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def writer(folder):
    """Another process that holds the folder until the end of the context."""
    command = [sys.executable, "-c", HOLDER, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process


def test_the_second_writer_is_refused_with_the_first_ones_process_and_time(tmp_path):
    with writer(tmp_path) as process:
        who = rf"process {process.pid}, started 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d"
        with pytest.raises(OutputError, match=who), lock_folder(tmp_path):
            pytest.fail("two writers")
        process.stdin.close()
        process.wait(20)
        assert list(tmp_path.iterdir()) == [] or os.name == "nt"
    with lock_folder(tmp_path):
        pass


def test_a_killed_writer_holds_nothing(tmp_path):
    with writer(tmp_path) as process:
        process.kill()
    assert (tmp_path / LOCK).exists()
    with lock_folder(tmp_path):
        pass


@pytest.mark.parametrize("note", ["", "[]", "{", '{"process": "x", "started": 1}', '{"process": 1}'])
def test_a_damaged_note_changes_only_the_sentence(tmp_path, note):
    with writer(tmp_path):
        (tmp_path / NOTE).write_text(note)
        with pytest.raises(OutputError, match="in use by another run: wait"), lock_folder(tmp_path):
            pytest.fail("two writers")


def test_a_second_run_touches_nothing_of_the_first(tmp_path, backdoored_bundle, landmarker_model, capsys):
    clip, out = encode(tmp_path / "clip.mp4", [textured_image(i) for i in range(3)]), tmp_path / "out"
    words = ["run", "--json", "--no-video", "--source", clip, "--model", backdoored_bundle.path]
    words = [*map(str, [*words, "--landmarker", landmarker_model, "--out", out])]
    assert cli.main(words) == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    capsys.readouterr()
    with writer(out) as process:
        assert cli.main([*words, "--overwrite"]) == 1
        said = capsys.readouterr().err
        assert f"process {process.pid}" in said and len(said.splitlines()) == 1
        assert {name: (out / name).read_bytes() for name in before} == before


def test_the_probe_of_a_folder_deletes_no_file_of_the_user(tmp_path):
    (tmp_path / ".writable").write_text("mine")
    make_folder(tmp_path)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(".writable", "mine")]
