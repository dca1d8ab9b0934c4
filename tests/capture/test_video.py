import subprocess
import sys

import cv2
import numpy as np
import pytest
from PIL import Image

from gazeattack.capture import video
from gazeattack.capture.video import VideoSource
from gazeattack.errors import SourceError

# The n-th frame is a flat grey of this level, so that a decoded frame tells its place.
LEVELS = [40 + 20 * n for n in range(8)]
FPS = 20.0
CODECS = {".mp4": "mp4v", ".avi": "MJPG", ".webm": "VP80"}


def write_video(path, levels=LEVELS, size=(64, 48)):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*CODECS[path.suffix]), FPS, size)
    assert writer.isOpened()
    for level in levels:
        writer.write(np.full((size[1], size[0], 3), level, np.uint8))
    writer.release()
    return path


def write_gif(path, durations_ms, levels=LEVELS):
    first, *rest = [Image.fromarray(np.full((48, 64), level, np.uint8)) for level in levels]
    first.save(path, save_all=True, append_images=rest, duration=durations_ms, loop=0)
    return path


def play(source, limit=100):
    frames = []
    while len(frames) < limit and (frame := source.read()) is not None:
        frames.append(frame)
    return frames


def levels_of(frames):
    return [float(f.image.mean()) for f in frames]


def refusal(path):
    with pytest.raises(SourceError) as error:
        VideoSource(path)
    text = str(error.value)
    assert text.startswith(f'"{path.name}" ')
    assert text.endswith(".")
    assert "\n" not in text
    assert not error.value.retry
    return text


@pytest.mark.parametrize("suffix", CODECS)
def test_a_file_plays_through_in_order(tmp_path, suffix):
    with VideoSource(write_video(tmp_path / f"clip{suffix}")) as source:
        assert (source.name, source.size, source.live) == (f"clip{suffix}", (64, 48), False)
        assert source.fps == pytest.approx(FPS)
        frames = play(source)
        assert source.read() is None
    assert levels_of(frames) == pytest.approx(LEVELS, abs=4)
    assert [f.index for f in frames] == list(range(8))
    assert [f.t for f in frames] == pytest.approx([n / FPS for n in range(8)], abs=1e-3)
    for frame in frames:
        assert frame.image.dtype == np.uint8
        assert frame.image.shape == (48, 64, 3)
        assert frame.image.flags.c_contiguous


def test_a_gif_keeps_each_frame_for_its_own_time(tmp_path):
    path = write_gif(tmp_path / "clip.gif", [50, 200] * 4)
    frames = play(VideoSource(path))
    assert levels_of(frames) == pytest.approx(LEVELS, abs=4)
    assert [f.t for f in frames] == pytest.approx([0, 0.05, 0.25, 0.3, 0.5, 0.55, 0.75, 0.8], abs=1e-3)


@pytest.mark.parametrize("suffix", [*CODECS, ".gif"])
def test_looping_starts_again_and_time_goes_on(tmp_path, suffix):
    path = tmp_path / f"clip{suffix}"
    if suffix == ".gif":
        write_gif(path, 50)
    else:
        write_video(path)
    frames = play(VideoSource(path, loop=True), limit=20)
    assert levels_of(frames) == pytest.approx((LEVELS * 3)[:20], abs=4)
    assert [f.index for f in frames] == list(range(20))
    assert np.diff([f.t for f in frames]) == pytest.approx(np.full(19, 1 / FPS), abs=1e-3)


def test_one_picture_is_a_video_too(tmp_path):
    frames = play(VideoSource(write_gif(tmp_path / "one.gif", 100, LEVELS[:1]), loop=True), limit=3)
    assert len(frames) == 3
    assert frames[0].t < frames[1].t < frames[2].t


def test_a_path_of_any_alphabet(tmp_path):
    folder = tmp_path / "видео ü 顔"
    folder.mkdir()
    assert len(play(VideoSource(write_video(folder / "ночь.avi")))) == 8


@pytest.mark.parametrize("suffix", [".avi", ".webm"])
def test_a_truncated_file_plays_as_far_as_it_goes(tmp_path, suffix):
    levels = range(40, 240, 4)
    whole = write_video(tmp_path / f"whole{suffix}", levels, size=(320, 240))
    data = whole.read_bytes()
    cut = tmp_path / f"cut{suffix}"
    cut.write_bytes(data[: int(len(data) * 0.6)])
    source = VideoSource(cut)
    frames = play(source)
    assert 5 < len(frames) < len(levels)
    assert source.read() is None
    n = len(frames) - 1
    assert levels_of(frames[:n]) == pytest.approx(list(levels[:n]), abs=5)


@pytest.fixture
def broken(tmp_path):
    whole = write_video(tmp_path / "whole.mp4").read_bytes()
    contents = {
        "zero.mp4": b"",
        # the index of an mp4 comes last, so half of one is unreadable
        "half.mp4": whole[: len(whole) // 2],
        "noise.webm": np.random.default_rng(0).bytes(20_000),
        "text.mp4": b"not a video\n" * 100,
        # FFmpeg would play this one as a terminal screen, and fetch what this playlist names
        "notes.txt": b"not a video\n" * 100,
        "list.m3u8": b"#EXTM3U\n#EXTINF:1,\nhttp://example.invalid/a.ts\n",
    }
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    return [tmp_path / name for name in contents]


def test_files_that_hold_no_video_are_refused_in_a_sentence(tmp_path, broken):
    for path in broken:
        assert ("empty" in refusal(path)) == (path.name == "zero.mp4")
    assert "cannot be opened" in refusal(tmp_path / "absent.mp4")


def test_refusals_leave_the_terminal_alone(broken):
    # in a process of its own: FFmpeg settles how much it says at the first file a process opens
    code = """
import sys
from gazeattack.capture.video import VideoSource
from gazeattack.errors import SourceError
for path in sys.argv[1:]:
    try:
        VideoSource(path)
    except SourceError:
        print("refused")
"""
    done = subprocess.run([sys.executable, "-c", code, *map(str, broken)], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["refused"] * len(broken)
    assert done.stderr == ""


def test_a_looping_file_that_vanishes_is_an_error(tmp_path):
    path = write_video(tmp_path / "clip.avi")
    source = VideoSource(path, loop=True)
    for _ in range(8):
        source.read()
    path.unlink()
    with pytest.raises(SourceError, match="can no longer be read"):
        source.read()


class FakeCapture:
    """Images with any timestamps at all, which no writer here would write."""

    def __init__(self, images, stamps_ms, fps=25.0):
        self.images, self.stamps_ms, self.fps, self.n = images, stamps_ms, fps, 0

    def isOpened(self):
        return True

    def read(self):
        if self.n == len(self.images):
            return False, None
        self.n += 1
        return True, self.images[self.n - 1]

    def get(self, prop):
        return self.fps if prop == cv2.CAP_PROP_FPS else self.stamps_ms[self.n - 1]

    def release(self):
        pass


@pytest.fixture
def fake_source(tmp_path, monkeypatch):
    path = tmp_path / "fake.mp4"
    path.write_bytes(b"\0")

    def make(*args, **kwargs):
        monkeypatch.setattr(video.cv2, "VideoCapture", lambda *_: FakeCapture(*args, **kwargs))
        return VideoSource(path)

    return make


@pytest.mark.parametrize(
    ("stamps_ms", "expected"),
    [
        ([0, 0, 0, 0], [0, 0.04, 0.08, 0.12]),
        ([0, 100, 90, 200], [0, 0.1, 0.14, 0.25]),
        ([5000, 5040, 5140, 5150], [0, 0.04, 0.14, 0.15]),
        ([0, float("nan"), float("nan"), 10], [0, 0.04, 0.08, 0.12]),
        ([0, 40, 9e9, 9e9 + 40], [0, 0.04, 0.08, 0.12]),
    ],
)
def test_time_always_grows(fake_source, stamps_ms, expected):
    frames = play(fake_source([np.zeros((4, 4, 3), np.uint8)] * 4, stamps_ms))
    assert [f.t for f in frames] == pytest.approx(expected)


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), 90_000.0])
def test_a_nonsense_rate_is_replaced(fake_source, rate):
    assert fake_source([np.zeros((4, 4, 3), np.uint8)], [0], rate).fps == 25


def test_grey_alpha_float_and_changing_frames_are_made_bgr(fake_source):
    images = [
        np.full((4, 6), 50, np.uint8),
        np.full((8, 10, 4), 60, np.uint8),
        np.full((4, 6, 3), np.nan),
        np.where(np.arange(24).reshape(4, 6) == 0, np.nan, 70.0),
    ]
    source = fake_source(images, [0, 40, 80, 120])
    frames = play(source)
    assert source.size == (6, 4)
    assert [f.image.shape for f in frames] == [(4, 6, 3), (8, 10, 3), (4, 6, 3)]
    assert [int(f.image[-1, -1, 0]) for f in frames] == [50, 60, 70]
    assert all(f.image.dtype == np.uint8 for f in frames)
