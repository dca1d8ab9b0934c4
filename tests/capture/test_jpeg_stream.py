"""Images of a recording are found in chunks as in the whole, and a file that shrinks ends no program."""

import cv2
import numpy as np
import pytest

from gazeattack.capture import jpeg_stream
from gazeattack.capture.jpeg_stream import JpegStream
from gazeattack.capture.recording import RecordingSource
from gazeattack.errors import SourceError

IMAGES = [cv2.imencode(".jpg", np.full((8, 8, 3), 20 * i, np.uint8))[1].tobytes() for i in range(6)]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "frames.mjpeg"
    path.write_bytes(b"".join(IMAGES))
    return path


@pytest.mark.parametrize("chunk", [7, 11, 64, 333, 2**22])
def test_every_image_is_found_whatever_the_chunks(path, monkeypatch, chunk):
    monkeypatch.setattr(jpeg_stream, "CHUNK", chunk)
    stream = JpegStream(path)
    assert [stream.read(*part) for part in stream.images()] == IMAGES
    despite = [stream.read(*part) for part in stream.images_despite_damage()]
    assert despite[:5] == IMAGES[:5]
    stream.close()


def test_a_file_that_shrinks_gives_fewer_bytes(path):
    stream = JpegStream(path)
    parts = stream.images()
    with path.open("r+b") as file:
        file.truncate(len(IMAGES[0]) + 10)
    assert stream.read(*parts[0]) == IMAGES[0]
    assert len(stream.read(*parts[1])) == 10 and stream.read(*parts[3]) == b""
    stream.close()


def test_a_recording_that_shrinks_while_it_plays_ends(path):
    rows = "".join(f"{i},{i / 30},1\n" for i in range(6))
    (path.parent / "samples.csv").write_text("frame,t,faces\n" + rows)
    source = RecordingSource(path.parent, loop=True)
    path.write_bytes(b"")
    # what was read ahead may still come
    with pytest.raises(SourceError, match="cannot be read any more"):
        for _ in range(20):
            source.read()
    source.close()
