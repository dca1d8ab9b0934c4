"""What lies between a camera and the program that gets its video: codecs, rescaling, noise."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

import av
import cv2
import numpy as np

Images = Sequence[np.ndarray]
Channel = Callable[[Images], list[np.ndarray]]
"""Frames, BGR uint8 [H, W, 3] each, in their order -> the frames at the other end."""
RATE = 30


def jpeg(quality: int) -> Channel:
    """Every frame as a JPEG, as most webcams send them."""

    def through(images: Images) -> list[np.ndarray]:
        coded = [cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1] for image in images]
        return [np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)) for data in coded]

    return through


def h264(crf: int) -> Channel:
    """All frames as an H.264 video of this constant rate factor; 23 is x264's usual one."""

    def through(images: Images) -> list[np.ndarray]:
        buffer = io.BytesIO()
        height, width = images[0].shape[:2]
        even = [image[: height // 2 * 2, : width // 2 * 2] for image in images]
        with av.open(buffer, "w", format="mp4") as out:
            stream = out.add_stream("libx264", rate=RATE, options={"crf": str(crf), "preset": "fast"})
            stream.height, stream.width, stream.pix_fmt = *even[0].shape[:2], "yuv420p"
            for number, image in enumerate(even):
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
                frame.pts, frame.time_base = number, Fraction(1, RATE)
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        buffer.seek(0)
        with av.open(buffer, "r") as video:
            return [frame.to_ndarray(format="bgr24") for frame in video.decode(video=0)]

    return through


def rescaled(share: float) -> Channel:
    """Every frame reduced to a share of its size and enlarged again."""

    def through(images: Images) -> list[np.ndarray]:
        small = [cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA) for image in images]
        return [
            cv2.resize(part, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)
            for part, image in zip(small, images, strict=True)
        ]

    return through


def noise(deviation: float) -> Channel:
    """Sensor noise of this standard deviation, grey levels of 255."""

    def through(images: Images) -> list[np.ndarray]:
        rng = np.random.default_rng(0)
        return [
            np.clip(image + rng.normal(0, deviation, image.shape) + 0.5, 0, 255).astype(np.uint8) for image in images
        ]

    return through


CHANNELS: Mapping[str, Channel] = {
    "nothing": list,
    "JPEG 95": jpeg(95),
    "JPEG 90": jpeg(90),
    "JPEG 80": jpeg(80),
    "JPEG 60": jpeg(60),
    "H.264 crf 18": h264(18),
    "H.264 crf 23": h264(23),
    "H.264 crf 28": h264(28),
    "3/4 of the size": rescaled(0.75),
    "half the size": rescaled(0.5),
    "noise of 2 levels": noise(2.0),
    "noise of 4 levels": noise(4.0),
}
