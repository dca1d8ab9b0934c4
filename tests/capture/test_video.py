import gc
import struct
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from gazeattack.capture import upright
from gazeattack.capture.frame_clock import FrameClock
from gazeattack.capture.time_gaps import missing_frames
from gazeattack.capture.video import INTERLACED, VideoSource, plausible_rate
from gazeattack.errors import SourceError
from tests.helpers.videos import damage, encode, level_image, packets, textured_image, truncate

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


@pytest.mark.parametrize(
    ("stamps_ms", "expected"),
    [
        ([0, 0, 0, 0], [0, 0.04, 0.08, 0.12]),
        ([0, 100, 90, 200], [0, 0.1, 0.14, 0.25]),
        ([5000, 5040, 5140, 5150], [0, 0.04, 0.14, 0.15]),
        ([0, float("nan"), float("nan"), 10], [0, 0.04, 0.08, 0.12]),
        ([0, 40, 9e9, 9e9 + 40], [0, 0.04, 0.08, 0.12]),
        # a pause of a quarter of a minute, in a file that is long enough for it
        ([0, 40, 15_040, 15_080], [0, 0.04, 15.04, 15.08]),
        # and one that is longer than the file
        ([0, 40, 60_040, 60_080], [0, 0.04, 0.08, 0.12]),
    ],
)
def test_time_always_grows(stamps_ms, expected):
    clock = FrameClock(0.04, 20.0)
    assert [clock.advance(stamp / 1000) for stamp in stamps_ms] == pytest.approx(expected)


def test_frames_without_times_are_nominal():
    clock = FrameClock(0.04, None)
    assert [clock.advance(None) for _ in range(3)] == pytest.approx([0, 0.04, 0.08])


@pytest.mark.parametrize(
    ("rate", "fps"),
    [
        (None, 25),
        (Fraction(0), 25),
        (Fraction(-30), 25),
        (Fraction(90_000), 25),
        (Fraction(480), 480),
        (Fraction(30_000, 1001), 29.97),
        (Fraction(1, 60), 1 / 60),
    ],
)
def test_a_rate_that_no_video_has_is_replaced(rate, fps):
    assert plausible_rate(rate) == pytest.approx(fps, abs=1e-3)


def test_a_file_whose_rate_is_its_ticks_plays_at_the_default_rate(tmp_path):
    # avi keeps the rate beside the word "vids": scale and rate, from 20 bytes behind it
    path = write_video(tmp_path / "clip.avi")
    data = bytearray(path.read_bytes())
    place = data.index(b"vids") + 20
    data[place : place + 8] = struct.pack("<II", 1, 90_000)
    path.write_bytes(data)
    with VideoSource(path) as source:
        frames = play(source)
    assert source.fps == 25 and len(frames) == 8 and all(a.t < b.t for a, b in pairwise(frames))


@pytest.mark.parametrize(("suffix", "codec"), [(".mp4", "mpeg4"), (".mkv", "mpeg4"), (".mov", "mjpeg")])
def test_a_long_pause_of_a_variable_rate_stays(tmp_path, suffix, codec):
    times = [0, 80, 160, 15_280, 15_360, 15_400]
    fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    images = [level_image(level) for level in LEVELS[:6]]
    path = encode(tmp_path / f"gap{suffix}", images, codec=codec, pix_fmt=fmt, times_ms=times)
    with VideoSource(path) as source:
        frames = play(source)
        assert source.report.sentences() == ()
    assert [f.t for f in frames] == pytest.approx([t / 1000 for t in times], abs=2e-3)


DAMAGED = [
    ("clip.mp4", "libx264", "yuv420p"),
    ("clip.mkv", "libx264", "yuv420p"),
    ("clip.mp4", "mpeg4", "yuv420p"),
    ("clip.avi", "mpeg4", "yuv420p"),
    ("clip.avi", "mjpeg", "yuvj420p"),
    ("clip.mp4", "libsvtav1", "yuv420p"),
    ("clip.mp4", "libx265", "yuv420p"),
]


@pytest.mark.parametrize(("name", "codec", "pix_fmt"), DAMAGED)
def test_reading_goes_on_behind_a_damaged_packet_and_counts_it(tmp_path, name, codec, pix_fmt):
    quiet = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    images = [textured_image(i) for i in range(24)]
    options = {"g": "6", "bf": "0", **quiet}
    path = encode(tmp_path / name, images, codec=codec, pix_fmt=pix_fmt, options=options)
    # HEVC decodes what is left of a packet without an error
    damage(path, 9, keep=0 if codec == "libx265" else 0.1)
    with VideoSource(path) as source:
        frames = play(source)
        report = source.report
    assert report.damaged >= 1 and report.frames == len(frames) == 24 - report.damaged
    # what follows the next key frame is whole
    assert len(frames) >= 18 and frames[-1].t == pytest.approx(23 / 25, abs=0.01)
    (sentence,) = report.sentences()
    verb = "was" if report.damaged == 1 else "were"
    assert sentence == f"{len(frames)} of 24 frames could be read; {report.damaged} {verb} damaged."


def test_a_gif_with_a_damaged_picture_plays_on(tmp_path):
    path = encode(tmp_path / "clip.gif", [textured_image(i) for i in range(8)], codec="gif", pix_fmt="rgb8")
    damage(path, 4, keep=0.02)
    source = VideoSource(path)
    frames = play(source)
    assert 4 <= len(frames) < 8 and source.report.lost == 8 - len(frames)
    assert f"{len(frames)} of 8 frames could be read" in source.report.sentences()[0]


def test_what_a_loop_reads_again_is_counted_once(tmp_path):
    images = [textured_image(i) for i in range(8)]
    path = damage(encode(tmp_path / "clip.avi", images, codec="mjpeg", pix_fmt="yuvj420p"), 3)
    with VideoSource(path, loop=True) as source:
        play(source, limit=6)
        assert not source.report.complete
        assert len(play(source, limit=40)) == 40 and source.report.complete
        assert (source.report.frames, source.report.damaged) == (7, 1)


@pytest.mark.parametrize("suffix", [".avi", ".webm"])
def test_a_file_that_ends_early_is_said_to(tmp_path, suffix):
    path = write_video(tmp_path / f"clip{suffix}", range(40, 240, 4), size=(320, 240))
    source = VideoSource(truncate(path, 0.6))
    frames = play(source)
    (sentence,) = source.report.sentences()
    if suffix == ".avi":
        assert f"{len(frames)} of 50 frames could be read" in sentence and "missing" in sentence
    else:
        assert "the file ends at" in sentence and "of 2.5 s" in sentence


def wipe(path, number):
    """Overwrite a packet together with its header, so that a reader never meets it."""
    data = bytearray(path.read_bytes())
    position, size = packets(path)[number]
    data[position : position + size] = bytes(size)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(("suffix", "codec"), [(".mkv", "mjpeg"), (".webm", "libvpx"), (".mkv", "libx264")])
def test_frames_that_the_reader_passes_over_are_missing_by_their_times(tmp_path, suffix, codec):
    images = [textured_image(i) for i in range(24)]
    fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    options = {} if codec == "mjpeg" else {"g": "4"}
    path = wipe(encode(tmp_path / f"clip{suffix}", images, codec=codec, pix_fmt=fmt, fps=30, options=options), 9)
    with VideoSource(path) as source:
        frames = play(source)
        report = source.report
    assert len(frames) < 24 and report.absent >= 1 and report.frames + report.lost == 24
    (sentence,) = report.sentences()
    assert sentence.startswith(f"{len(frames)} of 24 frames could be read; ") and "missing in between" in sentence


@pytest.mark.parametrize(
    ("stamps", "missing"),
    [
        ([33 * n + n // 3 for n in range(40) if n not in (7, 20, 21)], 3),
        ([40 * n for n in range(40)], 0),
        # a pause of 15 s, and a variable rate
        ([40 * n + (15_000 if n > 20 else 0) for n in range(40)], 0),
        ([30 * n + 25 * (n % 3) for n in range(40)], 0),
        ([40 * n for n in range(9) if n != 4], 0),
        ([40 * n if n else None for n in range(40) if n != 9], 0),
        ([0] * 40, 0),
        ([], 0),
    ],
)
def test_a_gap_in_a_constant_rate_is_missing_frames(stamps, missing):
    assert missing_frames(stamps[::-1], 1e-3) == missing


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".ts"])
def test_a_file_that_begins_late_is_whole(tmp_path, suffix):
    # 10 hours, as of a camera that numbers its frames by the time of day
    times = [36_000_000 + 40 * n for n in range(12)]
    images = [textured_image(i) for i in range(12)]
    with VideoSource(encode(tmp_path / f"late{suffix}", images, codec="libx264", times_ms=times)) as source:
        frames = play(source)
        assert source.report.sentences() == ()
    assert frames[0].t == 0 and frames[-1].t == pytest.approx(0.44, abs=2e-3)


def test_raw_video_with_a_header_of_text_is_read(tmp_path):
    header = b"YUV4MPEG2 W64 H48 F25:1 Ip A1:1 C420jpeg\n"
    picture = b"FRAME\n" + bytes([120]) * (64 * 48) + bytes([128]) * (64 * 48 // 2)
    (tmp_path / "clip.y4m").write_bytes(header + 3 * picture)
    assert len(play(VideoSource(tmp_path / "clip.y4m"))) == 3


def test_an_intact_file_says_nothing(tmp_path):
    for suffix in CODECS:
        source = VideoSource(write_video(tmp_path / f"clip{suffix}"))
        play(source)
        assert source.report.sentences() == () and source.report.frames == 8


def test_frames_hidden_by_an_edit_list_are_not_missed(tmp_path):
    path = tmp_path / "trimmed.mp4"
    images = [level_image(level) for level in LEVELS]
    times = [-120, -80, -40, 0, 40, 80, 120, 160]
    encode(path, images, times_ms=times, container={"use_editlist": "1", "avoid_negative_ts": "disabled"})
    source = VideoSource(path)
    play(source)
    assert source.report.sentences() == ()


def comb(index, size=(160, 120)):
    """Two fields of different moments: every other row shows a bar that has moved on."""
    image = level_image(30, size)
    image[0::2, 20 + 4 * index : 50 + 4 * index] = 220
    image[1::2, 40 + 4 * index : 70 + 4 * index] = 220
    return image


def combing(image):
    grey = image[..., 0].astype(int)
    return np.abs(grey[1:-1] - (grey[:-2] + grey[2:]) // 2).mean()


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("clip.mts", "libx264", {"x264-params": "tff=1:interlaced=1"}),
        ("clip.mpg", "mpeg2video", {"flags": "+ildct+ilme", "top": "1"}),
        ("clip.avi", "mpeg4", {"flags": "+ildct+ilme"}),
        ("clip.mov", "prores_ks", {"flags": "+ildct+ilme"}),
        ("clip.mkv", "libx265", {"x265-params": "interlace=tff:log-level=none"}),
    ],
)
def test_interlaced_video_is_deinterlaced_and_said_to_be(tmp_path, name, codec, options):
    images = [comb(i) for i in range(12)]
    fmt = "yuv422p10le" if codec == "prores_ks" else "yuv420p"
    path = encode(tmp_path / name, images, codec=codec, options=options, pix_fmt=fmt)
    source = VideoSource(path)
    frames = play(source)
    assert len(frames) == 12 and [f.t for f in frames] == pytest.approx([i / 25 for i in range(12)], abs=1e-3)
    assert combing(images[6]) > 20 and all(combing(f.image) < 8 for f in frames[1:])
    assert all(f.image.max() > 150 for f in frames)
    assert source.report.sentences() == (INTERLACED,)


def test_an_interlaced_video_that_cannot_be_deinterlaced_is_refused_with_the_command(tmp_path, monkeypatch):
    path = encode(
        tmp_path / "a b.mts", [comb(i) for i in range(3)], codec="libx264", options={"x264-params": "interlaced=1"}
    )

    class Without:
        def add(self, name, *args, **kwargs):
            raise ValueError(f"No filter by that name: {name}")

    monkeypatch.setattr(upright, "Graph", Without)
    text = refusal(path)
    assert "interlaced" in text and 'ffmpeg -i "a b.mts" -vf yadif' in text


@pytest.mark.parametrize(("aspect", "size"), [("64/45", (228, 120)), ("1/2", (160, 240)), ("1", (160, 120))])
def test_pixels_become_square(tmp_path, aspect, size):
    path = encode(tmp_path / "dv.mp4", [textured_image(i) for i in range(3)], codec="libx264", aspect=aspect)
    source = VideoSource(path)
    frames = play(source)
    assert source.size == size and all(f.image.shape[1::-1] == size for f in frames)
    assert bool(source.report.notices) is (aspect != "1")


def quarters(size=(160, 120)):
    """Four grey levels, by corner."""
    image = level_image(30, size)
    image[: size[1] // 2, size[0] // 2 :] = 90
    image[size[1] // 2 :, : size[0] // 2] = 150
    image[size[1] // 2 :, size[0] // 2 :] = 210
    return image


def corners(image):
    height, width = image.shape[:2]
    return [round(float(image[y, x].mean()) / 60 - 0.5) for y in (9, height - 9) for x in (9, width - 9)]


MATRICES = {
    "as it is": ((1, 0, 0, 1), [0, 1, 2, 3]),
    "a quarter turn clockwise": ((0, 1, -1, 0), [2, 0, 3, 1]),
    "half a turn": ((-1, 0, 0, -1), [3, 2, 1, 0]),
    "a quarter turn back": ((0, -1, 1, 0), [1, 3, 0, 2]),
    "mirrored": ((-1, 0, 0, 1), [1, 0, 3, 2]),
    "upside down and mirrored": ((1, 0, 0, -1), [2, 3, 0, 1]),
}


@pytest.mark.parametrize("how", MATRICES)
def test_a_video_is_turned_as_its_display_matrix_says(tmp_path, how):
    (a, b, c, d), expected = MATRICES[how]
    path = encode(tmp_path / "phone.mp4", [quarters()] * 3)
    data = bytearray(path.read_bytes())
    # the matrix of the track header: a b u c d v x y w, of which only u, v and w are 2.30
    place = data.index(b"tkhd") + 4 + 4 + 36
    data[place : place + 36] = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    image = VideoSource(path).read().image
    assert corners(image) == expected and image.flags.c_contiguous
    assert image.shape[:2] == ((160, 120) if b else (120, 160))


@pytest.mark.parametrize("codec", ["libsvtav1", "libvpx-vp9", "prores_ks", "ffv1", "mpeg2video", "dvvideo"])
def test_codecs_of_cameras_and_phones(tmp_path, codec):
    names = {
        "libsvtav1": "c.mp4",
        "libvpx-vp9": "c.webm",
        "prores_ks": "c.mov",
        "mpeg2video": "c.mpg",
        "dvvideo": "c.dv",
    }
    pix_fmt = "yuv422p10le" if codec == "prores_ks" else "yuv420p"
    size = (720, 576) if codec == "dvvideo" else (160, 120)
    path = tmp_path / names.get(codec, "c.mkv")
    try:
        encode(path, [level_image(level, size) for level in LEVELS], codec=codec, pix_fmt=pix_fmt)
    except (av.error.FFmpegError, av.codec.codec.UnknownCodecError):
        pytest.skip(f"this FFmpeg cannot write {codec}")
    assert levels_of(play(VideoSource(path))) == pytest.approx(LEVELS, abs=6)


def test_a_codec_without_a_decoder_is_named(tmp_path):
    path = encode(tmp_path / "cinema.mp4", [textured_image(i) for i in range(3)], codec="libx264")
    path.write_bytes(path.read_bytes().replace(b"avc1", b"r3d "))
    text = refusal_starting(path, 'The video in "cinema.mp4" is coded as r3d')
    assert "ffmpeg -i" in text


def test_a_codec_that_fails_on_every_frame_is_named(tmp_path):
    images = [textured_image(i) for i in range(6)]
    path = encode(tmp_path / "c.mp4", images, codec="libsvtav1")
    damage(path, *range(6), keep=0)
    assert "av1" in refusal_starting(path, 'The video in "c.mp4" is coded as')


def refusal_starting(path, start):
    with pytest.raises(SourceError) as error:
        VideoSource(path)
    text = str(error.value)
    assert text.startswith(start) and text.endswith(".") and "\n" not in text
    return text


@pytest.mark.parametrize(
    ("suffix", "cover"), [(".mp3", True), (".mp3", False), (".m4a", False), (".flac", True), (".flac", False)]
)
def test_sound_is_no_video(tmp_path, suffix, cover):
    path = tmp_path / f"song{suffix}"
    codec = {".mp3": "libmp3lame", ".m4a": "aac", ".flac": "flac"}[suffix]
    with av.open(str(path), "w") as out:
        sound = out.add_stream(codec, rate=44_100, layout="mono")
        if cover:
            picture = out.add_stream("mjpeg", rate=1)
            picture.width, picture.height, picture.pix_fmt = 64, 48, "yuvj420p"
            picture.disposition = av.stream.Disposition.attached_pic
        layout = "fltp" if suffix != ".flac" else "s16"
        samples = np.zeros((1, 44_100), np.float32 if suffix != ".flac" else np.int16)
        frame = av.AudioFrame.from_ndarray(samples, format=layout, layout="mono")
        frame.sample_rate = 44_100
        coded = [*sound.encode(frame), *sound.encode(None)]
        if cover:
            for packet in picture.encode(av.VideoFrame.from_ndarray(level_image(90)).reformat(format="yuvj420p")):
                out.mux(packet)
        for packet in coded:
            out.mux(packet)
    text = refusal(path)
    assert "is sound" in text and ("cover picture" in text) is cover


def test_a_name_that_looks_like_an_address_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_video(tmp_path / "plain.avi").rename(tmp_path / "http:%03d.avi")
    assert len(play(VideoSource("http:%03d.avi"))) == 8


def test_no_decoded_frame_waits_for_the_garbage_collection(tmp_path):
    path = write_video(tmp_path / "a.avi")
    gc.collect()
    gc.disable()
    try:
        with VideoSource(path, loop=True) as source:
            play(source, limit=40)
            alive = sum(type(item) is av.VideoFrame for item in gc.get_objects())
    finally:
        gc.enable()
    # the first frame of each of five passes is read for its display matrix
    assert alive <= 10
