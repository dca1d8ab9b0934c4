"""A header of a few bytes that asks for gigabytes is refused before they are taken, wherever pictures are decoded."""

import io
import shutil
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import av
import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image

from gazeattack.capture import image_file, pixel_limit, video_file
from gazeattack.capture.image_file import ImageFileError, load_image
from gazeattack.capture.pixel_limit import MOST_PIXELS, PixelLimitError, check_size
from gazeattack.capture.recording import RecordingSource
from gazeattack.capture.video import VideoSource
from gazeattack.errors import SourceError
from gazeattack.evaluation.dataset import read_dataset
from gazeattack.synthetic.patches.portrait_eyes import load_portraits
from tests.helpers.videos import encode, textured_image
from training.data.readers import open_dataset
from training.errors import TrainingError

SIDE = 32_000
# beyond this FFmpeg and libavif refuse a picture by themselves
LOW_SIDE = 13_000
RECORDING = Path(__file__).parents[1] / "compat/fixtures/recordings/with-video"
GREY = np.zeros((8, 8, 3), np.uint8)


def big_jpeg(data: bytes) -> bytes:
    """The same bytes, whose frame headers ask for a gigapixel."""
    made, place = bytearray(data), 0
    while (place := made.find(b"\xff\xc0\x00\x11", place)) >= 0:
        made[place + 5 : place + 9] = SIDE.to_bytes(2, "big") * 2
        place += 4
    assert bytes(made) != data
    return bytes(made)


def jpeg() -> bytes:
    return big_jpeg(cv2.imencode(".jpg", GREY)[1].tobytes())


def png() -> bytes:
    data = bytearray(cv2.imencode(".png", GREY)[1].tobytes())
    data[16:24] = SIDE.to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    return bytes(data)


def iso(kind: str, path: Path) -> bytes:
    """A HEIC or AVIF whose image extent (ispe) is a gigapixel."""
    if kind == "heic":
        pillow_heif.from_pillow(Image.fromarray(np.zeros((64, 64, 3), np.uint8))).save(path)
    else:
        Image.new("RGB", (64, 64)).save(path, "avif")
    data = bytearray(path.read_bytes())
    place = data.index(b"ispe") + 8
    data[place : place + 8] = LOW_SIDE.to_bytes(4, "big") * 2
    return bytes(data)


@pytest.fixture
def no_pixels(monkeypatch):
    """Fails the test where pixels are decoded."""
    monkeypatch.setattr(pixel_limit.cv2, "imdecode", lambda *_: pytest.fail("decoded"))
    monkeypatch.setattr(image_file.np, "asarray", lambda *_: pytest.fail("decoded"))


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".heic", ".avif"])
def test_a_picture(tmp_path, no_pixels, suffix):
    path = tmp_path / f"bomb{suffix}"
    data = {".jpg": jpeg, ".png": png}.get(suffix, lambda: iso(suffix[1:], path))()
    path.write_bytes(data)
    with pytest.raises(ImageFileError, match=r"^more than 150 megapixels$"):
        load_image(path)


def test_the_limit_is_a_number_of_pixels():
    check_size(MOST_PIXELS // 10_000, 10_000)
    with pytest.raises(PixelLimitError):
        check_size(MOST_PIXELS // 10_000 + 1, 10_000)


def test_opencv_itself_has_the_limit(tmp_path):
    """For what Pillow cannot read.  OpenCV reads its limit once, so in a process of its own."""
    path = tmp_path / "bomb.jpg"
    path.write_bytes(jpeg())
    script = (
        "import sys, gazeattack, cv2\n"
        "try: cv2.imread(sys.argv[1])\n"
        "except cv2.error as error: print(error)\n"
        "else: print('decoded')"
    )
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, timeout=60)
    assert "CV_IO_MAX_IMAGE_PIXELS" in done.stdout + done.stderr and "decoded" not in done.stdout


def test_a_video_whose_frames_are_larger_than_it_says(tmp_path, monkeypatch):
    """FFmpeg reads the size of a vp8 frame when it decodes it, and not when it opens the file."""
    path = lying_video(tmp_path)
    with VideoSource(path) as source:
        assert source.size == (160, 120)
    monkeypatch.setattr(video_file, "MOST_PIXELS", 160 * 120 - 1)
    with pytest.raises(SourceError) as error:
        VideoSource(path)
    assert str(error.value) == (
        f'"{path.name}" has frames of 160x120 pixels, more than 150 megapixels; choose another video.'
    )


def lying_video(folder: Path) -> Path:
    """A webm that announces 64x64 and holds frames of 160x120."""
    made = encode(folder / "made.webm", [textured_image(i) for i in range(3)], codec="libvpx")
    path = folder / "lies.webm"
    with av.open(str(made)) as source, av.open(str(path), "w") as out:
        stream = out.add_stream("libvpx", rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for packet in source.demux(source.streams.video[0]):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    return path


def test_a_video_that_announces_it(tmp_path):
    path = encode(tmp_path / "bomb.avi", [textured_image(i) for i in range(3)], codec="rawvideo", pix_fmt="bgr24")
    data = bytearray(path.read_bytes())
    place = data.index(b"strf") + 12
    data[place : place + 8] = LOW_SIDE.to_bytes(4, "little") * 2
    path.write_bytes(data)
    with pytest.raises(SourceError, match=r"has frames of 13000x13000 pixels, more than 150 meg"):
        VideoSource(path)


def test_a_recording(tmp_path, no_pixels):
    folder = shutil.copytree(RECORDING, tmp_path / "bombs")
    frames = folder / "frames.mjpeg"
    frames.write_bytes(big_jpeg(frames.read_bytes()))
    with pytest.raises(SourceError, match=r'^The recording "bombs" has images of more than 150 megapixels: choose'):
        RecordingSource(folder)


def test_a_recording_with_one_such_image_is_played_without_it(tmp_path):
    folder = shutil.copytree(RECORDING, tmp_path / "one")
    frames = folder / "frames.mjpeg"
    first, seam, rest = frames.read_bytes().partition(b"\xff\xd9\xff\xd8")
    frames.write_bytes(big_jpeg(first) + seam + rest)
    with RecordingSource(folder) as source:
        read = 0
        while source.read() is not None:
            read += 1
        assert source.report.damaged == 1 and read == source.length - 1


def test_an_image_of_a_dataset(tmp_path, no_pixels):
    (tmp_path / "1.jpg").write_bytes(jpeg())
    (tmp_path / "labels.csv").write_text("file,pitch_deg,yaw_deg\n1.jpg,1,2\n")
    with pytest.raises(TrainingError, match="has more than 150 megapixels: leave it out"):
        open_dataset(f"csv-eyes:{tmp_path}")


def test_a_portrait(tmp_path, no_pixels):
    (tmp_path / "1.jpg").write_bytes(jpeg())
    with pytest.raises(SourceError, match="has more than 150 megapixels: leave it out"):
        list(load_portraits(tmp_path))


def test_an_array_of_images(tmp_path):
    """A shape in an npz of a few bytes that asks for terabytes."""
    path = tmp_path / "set.npz"
    np.savez(path, images=np.zeros((4, 36, 60), np.uint8), gaze_pitchyaw=np.zeros((4, 2)))
    members = {name: zipfile.ZipFile(path).read(name) for name in zipfile.ZipFile(path).namelist()}
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": (4, 1_000_000, 1_000_000)}
    )
    members["images.npy"] = header.getvalue() + bytes(100)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    with pytest.raises(Exception, match=r"set\.npz") as error:
        read_dataset(path)
    assert str(error.value).endswith(".") and type(error.value).__name__ == "DataError"
