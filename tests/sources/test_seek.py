"""Seeking and stepping in videos and folders, and their speed."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest

from gazeattack.capture.images import ImageSource
from gazeattack.capture.slot import LatestSlot
from gazeattack.capture.video import VideoSource
from gazeattack.sources.reader import SourceReader

FRAMES, FPS = 40, 20.0


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    path = tmp_path_factory.mktemp("video") / "counted.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), FPS, (64, 48))
    for value in range(FRAMES):
        writer.write(np.full((48, 64, 3), value * 5, np.uint8))
    writer.release()
    return path


@pytest.fixture(scope="module")
def plain(video):
    """Every frame, read one after the other."""
    with VideoSource(video) as source:
        return [source.read().image for _ in range(FRAMES)]


def number(plain, image) -> int:
    """Which frame an image is, bit for bit."""
    (found,) = [place for place, each in enumerate(plain) if np.array_equal(each, image)]
    return found


def test_a_seek_in_a_video_finds_the_frame(video, plain) -> None:
    with VideoSource(video) as source:
        assert source.length == FRAMES and source.position == 0
        for wanted in (25, 3, 39, 0, 17, 16, 15):
            source.seek(wanted)
            frame = source.read()
            assert number(plain, frame.image) == wanted and source.position == wanted + 1
            assert frame.t == pytest.approx(wanted / FPS) and frame.index == wanted
        following = source.read()
        assert number(plain, following.image) == 16 and following.t == pytest.approx(16 / FPS)
        source.seek(10**6)
        assert number(plain, source.read().image) == FRAMES - 1 and source.read() is None


def test_a_video_that_was_searched_still_loops(video, plain) -> None:
    with VideoSource(video, loop=True) as source:
        source.seek(FRAMES - 1)
        seen = [number(plain, source.read().image) for _ in range(3)]
        assert seen == [FRAMES - 1, 0, 1] and source.position == 2


def test_a_seek_in_a_folder_finds_the_file(tmp_path) -> None:
    for value in range(5):
        cv2.imwrite(str(tmp_path / f"{value}.png"), np.full((8, 8, 3), value * 5, np.uint8))
    with ImageSource(tmp_path) as source:
        assert (source.length, source.position) == (5, 0)
        for wanted in (3, 1, 4, 0):
            source.seek(wanted)
            assert round(source.read().image.mean() / 5) == wanted and source.position == wanted + 1
    with ImageSource(tmp_path / "0.png") as still:
        assert still.length is None


@pytest.mark.parametrize(("speed", "seconds"), [(4.0, FRAMES / FPS / 4), (2.0, FRAMES / FPS / 2)])
def test_the_speed_changes_the_pace_and_not_the_times(video, speed, seconds) -> None:
    slot: LatestSlot = LatestSlot()
    reader = SourceReader(str(video), slot, loop=False)
    reader.set_speed(speed)
    begin = time.monotonic()
    reader.start()
    last = None
    while reader.state.state != "ended":
        last = slot.take(0.05) or last
    took = time.monotonic() - begin
    assert reader.stop() and took > 0.8 * seconds
    assert last is not None and last[0].t == pytest.approx((FRAMES - 1) / FPS, abs=0.3)
    if speed == 4.0:
        assert took < FRAMES / FPS
