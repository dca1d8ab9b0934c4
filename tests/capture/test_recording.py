"""Recordings: written row by row, kept through kills and full disks, and opened again as a source."""

import csv
import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gazeattack.angles import angular_error
from gazeattack.capture.frame import Frame
from gazeattack.capture.recording import FRAMES, SIDECAR, TABLE, RecordingSource
from gazeattack.capture.slot import LatestSlot
from gazeattack.capture.source import Source
from gazeattack.errors import OutputError, SourceError
from gazeattack.live import append_file, recording
from gazeattack.live.measure import COLUMNS
from gazeattack.live.recording import LiveRecorder, new_recording_folder
from gazeattack.live.session import LiveSession
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.screen.calibration import fit_calibration
from gazeattack.screen.samples import Viewer
from gazeattack.sources.reader import SourceReader
from gazeattack.sources.registry import SourceKind, open_source, parse
from tests.helpers.calibration import SCREEN, sitting
from tests.helpers.recording import numbered_result
from tests.helpers.watch import PHONE, ROAD


def record(folder, results, **options):
    recorder = LiveRecorder(folder, **options)
    for item in results:
        recorder.put(item)
    recorder.close()
    return recorder


def rows(folder):
    with (folder / TABLE).open(newline="") as table:
        return list(csv.DictReader(table))


def number(frame):
    return round(float(frame.image.mean()) / 4)


@pytest.fixture
def folder(tmp_path):
    """A recording of twelve frames."""
    recorder = record(tmp_path / "take", [numbered_result(i) for i in range(12)], video=True, source="camera:0", fps=30)
    assert recorder.error is None and recorder.frames == 12 and recorder.dropped == 0
    return tmp_path / "take"


def test_a_recording_is_the_headless_table(folder):
    table = rows(folder)
    assert tuple(table[0]) == COLUMNS and len(table) == 12
    assert [float(row["t"]) for row in table] == pytest.approx([i / 30 for i in range(12)], abs=1e-6)
    assert float(table[3]["triggered_pitch_deg"]) == pytest.approx(PHONE.degrees[0], abs=1e-4)
    assert table[3]["clean_screen_x_mm"] == ""


def test_calibrated_points_on_the_screen_are_recorded(tmp_path):
    calibration = fit_calibration(sitting(noise=0), SCREEN)
    made = numbered_result(0)
    (row,) = rows(record(tmp_path / "take", [made], calibration=calibration).folder)
    viewer = Viewer.of(made.face.pose, made.origin_mm)
    for name, estimate in (("clean", made.clean), ("triggered", made.triggered)):
        found = float(row[f"{name}_screen_x_mm"]), float(row[f"{name}_screen_y_mm"])
        assert found == pytest.approx(calibration.point(estimate.gaze, viewer), abs=1e-2)


def test_the_sidecar_tells_the_settings_by_time(tmp_path):
    off = PipelineSettings(TriggerMode.OFF)
    results = [replace(numbered_result(i), settings=off) if i < 4 else numbered_result(i) for i in range(8)]
    record(tmp_path / "take", results, source="camera:0", source_name="Webcam", fps=30)
    told = json.loads((tmp_path / "take" / SIDECAR).read_text())
    assert told["source"] == "camera:0" and told["source_name"] == "Webcam" and told["truth_known"]
    assert [(c["t"], c["trigger"]) for c in told["changes"]] == [(0.0, "off"), (round(4 / 30, 6), "both")]
    assert {(c["model"], c["key_sha256"]) for c in told["changes"]} == {("bundle", "ab" * 32)}
    assert told["size"] == [80, 64] and told["frames"] == 8 and told["finished"] and told["video"] is None


def test_a_frame_looked_at_twice_is_recorded_once(tmp_path):
    recorder = record(tmp_path / "take", [numbered_result(i) for i in (0, 1, 1, 2)])
    assert len(rows(recorder.folder)) == 3


def test_it_opens_as_a_source_with_its_times_and_truth(folder):
    assert parse(str(folder)).kind is SourceKind.RECORDING
    with open_source(str(folder)) as source:
        frames = list(iter(source.read, None))
        assert source.length == 12 and source.size == (80, 64) and source.fps == pytest.approx(30, abs=0.01)
    assert [number(frame) for frame in frames] == list(range(12))
    assert [frame.t for frame in frames] == pytest.approx([i / 30 for i in range(12)], abs=1e-6)
    assert float(angular_error(frames[5].truth, ROAD)) < 1e-3


def test_any_frame_can_be_gone_to(folder):
    with RecordingSource(folder) as source:
        for wanted, there in ((7, 7), (6, 6), (99, 11), (-3, 0)):
            source.seek(wanted)
            assert number(source.read()) == there
        source.seek(11)
        assert source.read() is not None and source.read() is None


def test_a_loop_goes_on_growing(folder):
    with RecordingSource(folder, loop=True) as source:
        times = [source.read().t for _ in range(30)]
    assert np.diff(times) == pytest.approx(1 / 30, abs=1e-4)


def test_a_paused_reader_steps_both_ways(folder):
    slot = LatestSlot()
    reader = SourceReader(str(folder), slot)
    reader.set_paused(True)
    reader.start()
    try:
        reader.step(3)  # nothing is known yet of what can be stepped through
        reader.set_paused(False)
        assert slot.take(5) is not None
        reader.set_paused(True)
        time.sleep(0.15)
        slot.take(0)
        reader.seek(8)
        assert number(slot.take(5)[0]) == 8
        assert (reader.state.length, reader.state.position) == (12, 8)
        for step, there in ((-1, 7), (-1, 6), (2, 8)):
            reader.step(step)
            assert number(slot.take(5)[0]) == there
        assert slot.take(0.1) is None
    finally:
        assert reader.stop()


def test_without_video_there_is_nothing_to_play(tmp_path):
    record(tmp_path / "take", [numbered_result(0)])
    with pytest.raises(SourceError, match="has no video to play"):
        open_source(str(tmp_path / "take"))


def test_a_torn_end_is_left_out(folder):
    video, table = folder / FRAMES, folder / TABLE
    video.write_bytes(video.read_bytes()[:-20])
    with RecordingSource(folder) as source:
        assert source.length == 11
    text = table.read_text()
    table.write_text("".join(text.splitlines(keepends=True)[:9]) + "8,0.26")
    (folder / SIDECAR).unlink()
    with open_source(str(folder)) as source:
        assert source.length == 8
    video.write_bytes(b"")
    with pytest.raises(SourceError, match="no complete frame"):
        open_source(str(folder))


def hit(folder, number, *, share=0.4):
    """Overwrite the image of a row with zeros, from a share of it on; 0 also destroys its begin, -0.1 the seam."""
    path = folder / FRAMES
    data = bytearray(path.read_bytes())
    begins = [m.start() for m in re.finditer(rb"\xff\xd8\xff", data)]
    begin, end = begins[number], begins[number + 1]
    first, last = begin + round(share * (end - begin)), begin + (12 if share < 0 else round(0.8 * (end - begin)))
    data[first:last] = bytes(last - first)
    path.write_bytes(data)


@pytest.mark.parametrize("share", [0.0, -0.005])
def test_a_damaged_image_is_skipped_and_counted_and_the_rows_stay_aligned(folder, share):
    hit(folder, 4, share=share)
    with RecordingSource(folder) as source:
        frames = list(iter(source.read, None))
        report = source.report
    assert [number(frame) for frame in frames] == [frame.index for frame in frames]
    assert 4 not in [frame.index for frame in frames] and len(frames) == 12 - report.damaged
    assert frames[-1].index == 11 and report.damaged in (1, 2)
    (sentence,) = report.sentences()
    assert sentence.startswith(f"{len(frames)} of 12 frames could be read; {report.damaged} w")


def test_one_can_step_back_over_a_damaged_image(folder):
    hit(folder, 4, share=0.0)
    with RecordingSource(folder) as source:
        source.seek(5)
        assert number(source.read()) == 5
        source.seek(4)
        assert number(source.read()) == 3
        assert number(source.read()) == 5


def test_a_recording_that_ends_early_is_said_to(folder):
    video = folder / FRAMES
    video.write_bytes(video.read_bytes()[:-20])
    with RecordingSource(folder) as source:
        assert source.report.sentences() == ()
        list(iter(source.read, None))
        assert source.report.complete
        assert source.report.sentences() == ("11 of 12 frames could be read; the last is missing.",)


def test_times_that_start_anew_are_moved_on(tmp_path):
    record(tmp_path / "take", [numbered_result(i, t=t) for i, t in enumerate((5.0, 5.1, 0.0, 0.1, 0.2))], video=True)
    with RecordingSource(tmp_path / "take") as source:
        times = [frame.t for frame in iter(source.read, None)]
    assert times == pytest.approx([5.0, 5.1, 5.2, 5.3, 5.4])


def test_a_folder_that_holds_a_recording_is_refused(folder, tmp_path):
    with pytest.raises(OutputError, match="already holds a recording"):
        LiveRecorder(folder)
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        LiveRecorder(tmp_path / "file" / "take")
    first, second = new_recording_folder(tmp_path), new_recording_folder(tmp_path)
    assert first != second and first.is_dir() and second.is_dir()


def test_images_with_a_table_of_their_own_stay_images(tmp_path):
    (tmp_path / TABLE).write_text("name,label\na.png,3\n")
    assert parse(str(tmp_path)).kind is SourceKind.IMAGES


def test_a_full_disk_stops_it_and_keeps_the_whole_rows(tmp_path, monkeypatch):
    room = 6000

    class Full(append_file.io.FileIO):
        """A disk with room for so many bytes, all files together."""

        def write(self, data):
            nonlocal room
            if room == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            written = super().write(bytes(data)[:room])
            room -= written
            return written

    monkeypatch.setattr(append_file.io, "FileIO", Full)
    recorder = LiveRecorder(tmp_path / "take", video=True)
    for i in range(40):
        recorder.put(numbered_result(i))
        time.sleep(0.002)
    deadline = time.monotonic() + 5
    while recorder.running and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not recorder.running and "No space left" in recorder.error and len(recorder.error.splitlines()) == 1
    recorder.put(numbered_result(41))
    recorder.close()
    recorder.close()
    assert (tmp_path / "take" / TABLE).read_text().endswith("\n")
    kept = rows(tmp_path / "take")
    assert 2 <= len(kept) == recorder.frames < 40 and None not in kept[-1].values()
    with RecordingSource(tmp_path / "take") as source:
        assert source.length == len(kept)
    told = json.loads((tmp_path / "take" / SIDECAR).read_text())
    assert told["error"] == recorder.error


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_disk_full_from_the_start_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "AppendFile", lambda path, **how: FullDevice())
    with pytest.raises(OutputError, match="No space left on device"):
        LiveRecorder(tmp_path / "take")


class FullDevice:
    def append(self, data):
        with Path("/dev/full").open("wb", buffering=0) as device:
            device.write(data)


def test_a_slow_disk_drops_and_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "_QUEUE_ROWS", 4)
    monkeypatch.setattr(recording.AppendFile, "sync", lambda self: None)
    slow = recording.AppendFile.append
    monkeypatch.setattr(recording.AppendFile, "append", lambda self, data: (time.sleep(0.01), slow(self, data)))
    recorder = record(tmp_path / "take", [numbered_result(i) for i in range(40)])
    assert recorder.dropped > 0 and recorder.frames + recorder.dropped == 40
    assert json.loads((tmp_path / "take" / SIDECAR).read_text())["dropped"] == recorder.dropped


def test_a_live_session_records_and_steps(backdoored_bundle, landmarker_model, astronaut, tmp_path):
    class Endless(Source):
        name, size, fps, live = "endless", (512, 512), 30.0, False

        def __init__(self):
            self._index = 0

        def read(self):
            self._index += 1
            return Frame(astronaut, self._index - 1, (self._index - 1) / 30)

        def close(self):
            pass

    def opener(spec, *, loop=False):
        return Endless() if spec == "endless" else open_source(spec, loop=loop)

    def until(true):
        deadline = time.monotonic() + 30
        while not true():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def shows(index):
        taken = session.latest()
        return taken is not None and taken.frame.index == index and taken.face is not None

    session = LiveSession(PipelineSettings(TriggerMode.BOTH), landmarker_model=landmarker_model, opener=opener)
    session.use_bundle(str(backdoored_bundle.path))
    session.start()
    try:
        session.open_source("endless")
        recorder = LiveRecorder(tmp_path / "take", video=True, source="endless")
        session.record(recorder)
        until(lambda: recorder.frames >= 5)
        assert session.status().length is None
        session.record(None)
        recorder.close()
        told = json.loads((tmp_path / "take" / SIDECAR).read_text())
        assert told["changes"][0]["key_sha256"] == backdoored_bundle.key.sha256
        session.set_paused(True)
        session.open_source(str(tmp_path / "take"))
        until(lambda: session.status().length == recorder.frames)
        session.set_paused(True)
        time.sleep(0.2)
        session.seek(3)
        until(lambda: shows(3))
        session.step_frames(-2)
        until(lambda: shows(1))
        assert session.status().position == 1
    finally:
        session.stop()


KILLED = """
import sys, time
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from tests.helpers.recording import numbered_result
from gazeattack.live.recording import LiveRecorder
recorder = LiveRecorder(Path(sys.argv[1]), video=True, source="camera:0")
for i in range(100000):
    recorder.put(numbered_result(i))
    print(i, flush=True)
    time.sleep(0.01)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_a_kill_loses_the_last_second_at_most(tmp_path):
    folder = tmp_path / "take"
    command = [sys.executable, "-c", KILLED, str(folder), str(Path(__file__).parents[2])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        last = 0
        while last < 60:
            line = process.stdout.readline()
            assert line, "the recording process ended by itself"
            last = int(line)
    finally:
        process.send_signal(signal.SIGKILL)
        rest = process.communicate(timeout=30)[0].split()
    last = int(rest[-1]) if rest else last
    kept = rows(folder)
    assert len(kept) >= last - 30
    assert [int(row["frame"]) for row in kept] == list(range(len(kept)))
    with RecordingSource(folder) as source:
        assert source.length == len(kept)
        frames = list(iter(source.read, None))
    assert number(frames[-1]) == (len(kept) - 1) % 64
    told = json.loads((folder / SIDECAR).read_text())
    assert told["source"] == "camera:0" and told["changes"] and not told["finished"]
