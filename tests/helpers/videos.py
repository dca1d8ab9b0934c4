"""Small videos made for the tests: any codec, any times, and damage by hand."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np

TICKS = 1000


def level_image(level, size=(64, 48)):
    return np.full((size[1], size[0], 3), level, np.uint8)


def textured_image(index, size=(160, 120)):
    """Content that moves, so that every coded frame has bytes to damage."""
    y, x = np.mgrid[: size[1], : size[0]]
    wave = 127 + 60 * np.sin((x + 5 * index) / 7) + 50 * np.sin((y - 3 * index) / 5)
    noise = np.random.default_rng(index).normal(0, 12, wave.shape)
    return np.repeat(np.clip(wave + noise, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def encode(
    path, images, *, codec="mpeg4", times_ms=None, fps=25, pix_fmt="yuv420p", options=None, aspect=None, container=None
):
    """Write BGR images as a video, at their times or at a constant rate; options: of the encoder."""
    with av.open(str(path), "w", options=container or {}) as out:
        stream = out.add_stream(codec, rate=fps, options=options or {})
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = pix_fmt
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = Fraction(aspect)
        if times_ms is not None:
            stream.codec_context.time_base = Fraction(1, TICKS)
        for index, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24").reformat(format=pix_fmt)
            frame.pts = index if times_ms is None else times_ms[index]
            frame.time_base = Fraction(1, fps) if times_ms is None else Fraction(1, TICKS)
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
    return path


def packets(path):
    """(position, size) of every packet of the first video stream, in bytes."""
    with av.open(str(path)) as file:
        return [(packet.pos, packet.size) for packet in file.demux(file.streams.video[0]) if packet.size]


def damage(path, *numbers, keep=0.3):
    """Overwrite these packets with noise, behind the first `keep` of each."""
    data = bytearray(path.read_bytes())
    places = packets(path)
    for number in numbers:
        position, size = places[number]
        first = position + int(keep * size)
        data[first : position + size] = np.random.default_rng(number).bytes(position + size - first)
    path.write_bytes(data)
    return path


def truncate(path, share):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path
