"""A long recording loses nothing and stays level.  `make soak` records a whole day."""

import json
from dataclasses import replace

import pytest

from gazeattack.live import recording
from gazeattack.live.recording import LiveRecorder
from tests.fuzz.day import results
from tests.fuzz.long_recording import RECORDERS, record


@pytest.mark.parametrize("name", RECORDERS)
def test_a_days_rows_and_frames_are_all_there(name, tmp_path):
    """At 60,000 ticks a second a video of a day has times that 32 bits do not hold."""
    found = record(name, tmp_path, hours=24, rate=0.01)
    assert found.frames == found.rows == found.played == 864
    assert found.end == pytest.approx(863 / 0.01, abs=0.1)
    assert found.whole and found.size < 3_000_000


@pytest.fixture
def drag(tmp_path, monkeypatch):
    """Record 600 results while the strength is dragged: recording.json, and how often it was written."""
    written = []
    whole = recording.write_whole
    monkeypatch.setattr(recording, "write_whole", lambda path, *rest, **how: written.append(whole(path, *rest, **how)))

    def run():
        recorder = LiveRecorder(tmp_path / "drag")
        for i, result in enumerate(results(1, 1 / 6, 1)):
            recorder.put(replace(result, settings=replace(result.settings, strength=1 + i / 1000)))
        recorder.close()
        assert recorder.error is None and recorder.frames == 600 and recorder.dropped == 0
        return json.loads((tmp_path / "drag/recording.json").read_text()), len(written)

    return run


def test_a_strength_that_is_dragged_does_not_rewrite_the_file_for_each_result(drag):
    """Each writing brings the whole file to the disk: 3,600 changes took more than four minutes."""
    told, written = drag()
    assert [round(change["strength"], 3) for change in told["changes"]] == [round(1 + i / 1000, 3) for i in range(600)]
    assert written < 30 and "changes_left_out" not in told


def test_the_changes_are_bounded(drag, monkeypatch):
    """A file of more than 16 MB is not read again."""
    monkeypatch.setattr(recording, "MOST_CHANGES", 100)
    told, _ = drag()
    assert len(told["changes"]) == 100 and told["changes_left_out"] == 500
