"""annotated.mp4: frames at their own times, in fragments, so that a video whose writer was killed plays too."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.stream import VideoStream

CODEC = "mpeg4"
# MPEG-4 allows 65535 ticks a second at most; 60000 hits the common rates, also 30000/1001, exactly.
TICKS = 60_000
# quantizer: 2 is the finest, 31 the coarsest
QUALITY = {"qmin": "2", "qmax": "8"}
# Fragments, each with its own index, in place of one index at the end of the file, which also grows in memory.
CONTAINER = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "flush_packets": "1"}
LONGEST_FRAGMENT = 12  # frames, and a second at most
_BITS_PER_PIXEL = 8


class VideoWriter:
    """Writes frames as an mp4 that keeps their times.

    What is on the disk is playable at any moment: after a kill the last fragment is missing, half a second at 30 frames
    a second.

    Args:
        path: the file; an older one is replaced.
        fps: nominal rate, which gives the last frame its duration.

    Raises:
        OSError: where it cannot be written, also in write() and close(); the file is removed, which frees room for the
            others.
    """

    def __init__(self, path: Path, fps: float) -> None:
        self._path = path
        fps = fps if 0.1 <= fps <= 240 else 30.0
        self._step = round(TICKS / fps)
        self._fps = Fraction(fps).limit_denominator(1001)
        self._file = path.open("wb")
        self._stream: VideoStream | None = None
        self._begin = 0.0
        self._last = -1
        self._size = (0, 0)
        try:
            self._out = av.open(self._file, "w", format="mp4", options=CONTAINER)
        except BaseException:
            self.discard()
            raise

    def write(self, image: np.ndarray, t: float) -> None:
        """Add a frame, uint8 [H, W, 3] BGR, at time t, seconds; one of another size is fitted into the first's."""
        if self._stream is None:
            self._stream = self._add_stream(image)
            self._begin = t
        if (image.shape[1], image.shape[0]) != self._size:
            image = fit(image, self._size)
        frame = av.VideoFrame.from_ndarray(image, format="bgr24")
        frame.pts = self._last = max(round((t - self._begin) * TICKS), self._last + 1)
        frame.time_base = Fraction(1, TICKS)
        frame.duration = self._step
        self._mux(frame)

    def close(self) -> None:
        """Finish the file and bring it to the disk."""
        try:
            if self._stream is not None:
                self._mux(None)
            self._out.close()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Remove the file."""
        for each in (getattr(self, "_out", None), self._file):
            try:
                if each is not None:
                    each.close()
            except (OSError, ValueError):
                pass
        self._path.unlink(missing_ok=True)

    def _add_stream(self, image: np.ndarray) -> VideoStream:
        height, width = image.shape[:2]
        self._size = (width, height)
        stream = self._out.add_stream(CODEC, rate=self._fps, options=QUALITY)
        assert isinstance(stream, VideoStream)
        stream.gop_size = max(1, min(LONGEST_FRAGMENT, round(float(self._fps))))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = min(2**31 - 1, round(_BITS_PER_PIXEL * width * height * min(float(self._fps), 60)))
        stream.codec_context.time_base = Fraction(1, TICKS)
        stream.codec_context.thread_count = 1
        return stream

    def _mux(self, frame: av.VideoFrame | None) -> None:
        assert self._stream is not None
        for packet in self._stream.encode(frame):
            self._out.mux(packet)
        # a whole fragment, or nothing
        self._file.flush()


def fit(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Scale the image to fit within `size` (width, height), on a black background."""
    width, height = size
    scale = min(width / image.shape[1], height / image.shape[0])
    inner = cv2.resize(
        image,
        (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))),
        interpolation=cv2.INTER_AREA,
    )
    whole = np.zeros((height, width, 3), dtype=np.uint8)
    top, left = (height - inner.shape[0]) // 2, (width - inner.shape[1]) // 2
    whole[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
    return whole
