"""Words on any terminal, closed and full streams, names that are not UTF-8, signals, and the shortest command lines."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import pytest

from gazeattack import cli
from gazeattack.capture.images import ImageSource
from gazeattack.interrupt import Interrupt
from gazeattack.live.measure import row_text
from gazeattack.terminal import printable
from tests.helpers.videos import textured_image

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX streams and signals")

ALL_WORDS = """
import sys
from gazeattack import cli
from gazeattack.commands import models
def execute(options):
    print("a \\u2192 b \\u00b0C 2\\u00d73 \\u2212 \\u2013 \\u2026 \\u201cq\\u201d \\u9854 \\udce9")
    print("e \\u2192 \\udce9", file=sys.stderr)
    return 0
models.execute = execute
sys.exit(cli.main(sys.argv[1:]))
"""


def start(*words, code=ALL_WORDS, encoding="utf-8", **options):
    environment = {**os.environ, "PYTHONIOENCODING": encoding, **options.pop("env", {})}
    return subprocess.run([sys.executable, "-c", code, *words], env=environment, timeout=240, check=False, **options)


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "cp932", "latin-1", "ascii", "utf-8", "cp1252:strict"])
def test_every_line_is_printed_in_any_encoding(encoding):
    done = start("models", encoding=encoding, capture_output=True)
    assert done.returncode == 0, done.stderr
    said = done.stdout.decode(encoding.split(":")[0])
    assert said.startswith("a ") and said.count("\n") == 1 and "\\udce9" in said
    assert "→" in said or "->" in said
    assert done.stderr.count(b"\n") == 1 and b"Traceback" not in done.stderr


def test_the_c_locale():
    done = start("models", env={"LC_ALL": "C", "PYTHONIOENCODING": "", "PYTHONUTF8": "0"}, capture_output=True)
    assert done.returncode == 0 and done.stdout.startswith(b"a ")


@posix
@pytest.mark.parametrize("closed", [1, 2])
def test_a_closed_stream_is_no_traceback(tmp_path, closed):
    kept = tmp_path / "kept"
    shell = f'exec "$0" -c "$1" models {closed}>&- {3 - closed}>"$2"'
    done = subprocess.run(["sh", "-c", shell, sys.executable, ALL_WORDS, str(kept)], timeout=240, check=False)
    text = kept.read_text(encoding="utf-8")
    assert done.returncode == 0 and "Traceback" not in text
    assert text.startswith("e " if closed == 1 else "a ") and text.count("\n") == 1


@posix
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_stream_is_a_sentence_or_silence():
    with Path("/dev/full").open("wb") as full:
        done = start("models", stdout=full, stderr=subprocess.PIPE)
        assert done.returncode == 1 and b"cannot be printed (No space left on device)" in done.stderr
        assert b"Traceback" not in done.stderr and b"Exception" not in done.stderr
        done = start("models", stdout=subprocess.PIPE, stderr=full)
        assert done.returncode == 0 and done.stdout.startswith(b"a ")


@posix
def test_a_file_name_that_is_no_text_is_read_and_written_as_an_escape(tmp_path, capsys):
    name = os.fsdecode(b"na\xe9.png")
    try:
        (tmp_path / name).write_bytes(cv2.imencode(".png", textured_image(0))[1].tobytes())
    except OSError:
        pytest.skip("this file system accepts text only")
    frame = ImageSource(tmp_path).read()
    assert frame.file == name
    assert printable(frame.file) == "na\\udce9.png"
    from gazeattack.live.measure import COLUMNS, NUMBERS

    cells = row_text(dict.fromkeys(NUMBERS), frame.file).encode("utf-8").rstrip(b"\n").split(b",")
    assert cells[COLUMNS.index("file")] == b"na\\udce9.png"
    assert cli.main(["run", "--source", str(tmp_path / os.fsdecode(b"no\xe9.mp4"))]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


@posix
def test_a_closed_terminal_finishes_the_files(backdoored_bundle, landmarker_model, tmp_path):
    images, out = tmp_path / "images", tmp_path / "out"
    images.mkdir()
    (images / "a.png").write_bytes(cv2.imencode(".png", textured_image(0))[1].tobytes())
    command = [sys.executable, "-m", "gazeattack", "run", "--json", "--loop", "--source", str(images)]
    command += ["--model", str(backdoored_bundle.path), "--landmarker", str(landmarker_model), "--no-video"]
    command += ["--max-frames", "10000000", "--out", str(out)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        table = out / "samples.csv"
        deadline = time.monotonic() + 200
        while time.monotonic() < deadline and not (table.exists() and table.read_text().count("\n") > 5):
            time.sleep(0.1)
        process.send_signal(signal.SIGHUP)
        said, errors = process.communicate(timeout=200)
    finally:
        process.kill()
    assert process.returncode == 129 and errors == ""
    assert json.loads(said)["interrupted"] and (out / "report.html").is_file() and (out / "summary.json").is_file()


@posix
def test_a_signal_that_was_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupt(signal.SIGHUP) as interrupt:
            signal.raise_signal(signal.SIGHUP)
            assert not interrupt.asked
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ([], ["gui"]),
        (["--source", "camera:0"], ["gui", "--source", "camera:0"]),
        (["--reset"], ["gui", "--reset"]),
        (["--log-level", "debug"], ["--log-level", "debug", "gui"]),
        (["--log-level", "debug", "--source", "x"], ["--log-level", "debug", "gui", "--source", "x"]),
        (["--log-level=debug", "--model", "clean"], ["--log-level=debug", "gui", "--model", "clean"]),
        (["--version"], ["--version"]),
        (["run", "--source", "x"], ["run", "--source", "x"]),
        (["--log-level", "debug", "run"], ["--log-level", "debug", "run"]),
        (["dance"], ["dance"]),
    ],
)
def test_the_window_is_the_command_that_need_not_be_named(words, completed):
    assert cli.with_command(words) == completed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--strength", "0,5"], '"0,5" has a decimal comma: write 0.5'),
        (["--speed", "62,5"], "write 62.5"),
        (["--guard", "7,5"], "write 7.5"),
        (["--strength", "much"], '"much" is not a number'),
        (["--seed", "1,5"], "whole number"),
        (["--max-frames", "ten"], "whole number"),
    ],
)
def test_a_slip_in_a_number_is_named(words, said, capsys):
    assert cli.main(["run", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_file_name_with_a_line_break_stays_on_one_line(tmp_path, capsys):
    name = "a\nb\x1b[31m.mp4"
    assert cli.main(["run", "--source", str(tmp_path / name), "--out", str(tmp_path / "out")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert r"a\nb\x1b[31m.mp4" in line
