"""Frames of a video file: mp4, avi, mkv, webm, mts, gif and every other format that FFmpeg's libraries read."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from gazeattack.capture.frame import Frame
from gazeattack.capture.frame_clock import FrameClock
from gazeattack.capture.read_report import ReadReport
from gazeattack.capture.source import Source
from gazeattack.capture.time_gaps import missing_frames
from gazeattack.capture.upright import Deinterlacer, DisplayMatrix, upright_bgr
from gazeattack.capture.video_file import announced_frames, open_video, undecodable, why_not_decoded
from gazeattack.errors import SourceError

DEFAULT_FPS = 25.0
# Some containers report their tick rate (1000 in webm, 90000 in streams) as the frame rate.
MAX_FPS = 480.0
# Failed reads in a row that end a file: a damaged part is read past, an unreadable rest is not.
MAX_FAILURES = 1000
# Codecs whose every packet is one picture, so that a packet without a frame is a lost frame.
_ONE_TO_ONE = frozenset({"hevc", "libdav1d", "av1", "vp9", "mjpeg", "prores", "ffv1", "dvvideo", "mpeg2video", "gif"})
INTERLACED = "The video is interlaced: it was deinterlaced with FFmpeg's yadif filter."
STRETCHED = "The video's pixels are not square: its frames were scaled to {}x{}."


class VideoSource(Source):
    """The frames of a video file, deinterlaced, with square pixels and upright; t follows the file's times, from 0.

    t always increases, see FrameClock.  `size` is that of the first frame; later ones may differ.  A damaged
    frame is left out and counted, and reading goes on behind it.

    Args:
        path: the file.
        loop: start again at the end; index and t keep growing.

    Raises:
        SourceError: where nothing can be decoded.
    """

    def __init__(self, path: str | Path, *, loop: bool = False) -> None:
        self._path = Path(path)
        self.loop = loop
        self.name = self._path.name
        self._reformatter = VideoReformatter()
        self._open()
        self.fps = plausible_rate(self._stream.guessed_rate)
        self._announced = announced_frames(self._path, self._container, self._stream)
        self._codec = self._stream.codec_context.name
        self._report = ReadReport()
        self._stamps: list[int | None] = []
        self._first_pass = True
        self._index = -1
        self._position = 0
        self._clock = FrameClock(1 / self.fps, self._duration())
        self._end = 0.0
        self._last_stamp = 0.0
        try:
            first = self._decode()
            if first is None:
                failed = self._report.damaged
                raise SourceError(why_not_decoded(self._path, self._codec) if failed else undecodable(self.name))
        except BaseException:
            self.close()
            raise
        image = first[0]
        self.size = (image.shape[1], image.shape[0])
        self._pending: tuple[np.ndarray, float | None] | None = first

    @property
    def report(self) -> ReadReport:
        """What was read of the file so far."""
        return self._report

    @property
    def length(self) -> int | None:
        """Number of frames that the file announces, by count or by duration; None where it announces neither."""
        if self._announced:
            return self._announced
        duration = self._duration()
        return round(duration * self.fps) if duration and duration > 0 else None

    @property
    def position(self) -> int:
        """Number of the frame that read() returns next, from 0; after a seek it is counted from the frame's time."""
        return self._position

    def seek(self, position: int) -> None:
        """Continue with frame `position`: the first one that is not earlier than position / fps.

        What is lost in a file is counted only while it is read from its beginning.
        """
        position = min(max(position, 0), max(0, (self.length or 1) - 1))
        self._first_pass = False
        self._container.close()
        self._open()
        wanted = (position - 0.5) / self.fps
        begin = float((self._stream.start_time or 0) * (self._stream.time_base or 0))
        if position > 0 and self._stream.time_base:
            # the key frame before it; a container that cannot seek is read from its beginning
            with contextlib.suppress(av.error.FFmpegError):
                self._container.seek(int((wanted + begin) / self._stream.time_base), stream=self._stream, backward=True)
        number, decoded = 0, self._decode()
        while decoded is not None:
            stamp = decoded[1]
            reached = number >= position if stamp is None else stamp - begin >= wanted
            if reached:
                break
            number, decoded = number + 1, self._decode()
        self._pending = decoded
        self._position, self._index = position, position - 1
        self._clock.go_to(position / self.fps)

    def read(self) -> Frame | None:
        """The next frame; None at the end of a file that does not loop."""
        decoded, self._pending = self._pending, None
        if decoded is None:
            decoded = self._decode()
        if decoded is None and self.loop and not self._closed:
            decoded = self._restart()
        if decoded is None:
            return None
        image, stamp = decoded
        self._index += 1
        self._position += 1
        t = self._clock.advance(stamp)
        if self._first_pass:
            self._end, self._last_stamp = t, stamp or 0.0
        return Frame(image, self._index, t)

    def close(self) -> None:
        """Close the file."""
        self._closed = True
        self._pending = None
        self._frames.close()
        self._container.close()

    def _open(self) -> None:
        self._container, self._stream = open_video(self._path)
        self._deinterlacer = Deinterlacer(self.name)
        self._display = DisplayMatrix()
        self._frames: Generator[av.VideoFrame] = self._all_frames()
        self._closed = False

    def _restart(self) -> tuple[np.ndarray, float | None]:
        """The first frame again.  Reopening is exact for every container, where seeking to frame 0 is not."""
        self._container.close()
        try:
            self._open()
            decoded = self._decode()
        except SourceError:
            decoded = None
        self._position = 0
        if decoded is None:
            raise SourceError(f'"{self.name}" can no longer be read; choose the file again or another one.')
        return decoded

    def _decode(self) -> tuple[np.ndarray, float | None] | None:
        """The next frame as (image, time in seconds); None at the end."""
        for frame in self._frames:
            aspect = self._stream.codec_context.sample_aspect_ratio or self._stream.sample_aspect_ratio
            image = upright_bgr(frame, aspect, self._reformatter, self._display)
            if self._first_pass:
                self._count(frames=1)
                self._notice(frame, image)
            return image, frame.time
        if self._first_pass and not self._closed:
            self._first_pass = False
            self._settle()
        return None

    def _all_frames(self) -> Generator[av.VideoFrame]:
        for frame in self._decoded_frames():
            yield from self._deinterlacer.push(frame)
        yield from self._deinterlacer.flush()

    def _decoded_frames(self) -> Iterator[av.VideoFrame]:
        """Every intact frame; failed reads are counted and read past."""
        pictures = given = 0
        # times of packets that the container knows to be damaged
        suspect: deque[int | None] = deque(maxlen=64)
        for packet in self._packets():
            if packet.size > 0 and not packet.is_discard:
                pictures += 1
                if self._first_pass:
                    self._stamps.append(packet.pts)
            if packet.is_corrupt:
                suspect.append(packet.pts)
            try:
                frames = packet.decode()
            except av.error.EOFError:
                frames = []
            except av.error.FFmpegError:
                self._damaged(1)
                given += 1
                continue
            for frame in frames:
                assert isinstance(frame, av.VideoFrame)
                given += 1
                if frame.is_corrupt or (frame.pts is not None and frame.pts in suspect):
                    self._damaged(1)
                else:
                    yield frame
        if self._codec in _ONE_TO_ONE and not self._deinterlacer.active:
            self._damaged(max(0, pictures - given))

    def _packets(self) -> Iterator[av.Packet[VideoStream]]:
        failures = 0
        while failures < MAX_FAILURES:
            try:
                for packet in self._container.demux(self._stream):
                    failures = 0
                    yield packet
                return
            except av.error.EOFError:
                return
            except av.error.FFmpegError:
                failures += 1

    def _damaged(self, count: int) -> None:
        if self._first_pass and count:
            self._count(damaged=count)

    def _count(self, *, frames: int = 0, damaged: int = 0) -> None:
        report = self._report
        self._report = replace(report, frames=report.frames + frames, damaged=report.damaged + damaged)

    def _notice(self, frame: av.VideoFrame, image: np.ndarray) -> None:
        """Say once what is changed in the frames."""
        if self._report.notices:
            return
        notices: tuple[str, ...] = (INTERLACED,) if self._deinterlacer.active else ()
        if image.size != 3 * frame.width * frame.height:
            notices += (STRETCHED.format(image.shape[1], image.shape[0]),)
        self._report = replace(self._report, notices=notices)

    def _settle(self) -> None:
        """At the end: what the file announces beyond the last frame."""
        report = replace(self._report, complete=True)
        self._report = report
        if self._announced is not None:
            missing = max(0, self._announced - report.frames - report.damaged)
            self._report = replace(report, missing=missing)
            return
        tick = float(self._stream.time_base or 0)
        report = self._report = replace(report, absent=missing_frames(self._stamps, tick))
        announced = self._duration()
        # some containers count the duration from 0 and not from the first frame
        end = max(self._end, self._last_stamp)
        if announced is not None and announced - end > max(0.5, 3 / self.fps):
            self._report = replace(report, cut_s=(self._end, announced))

    def _duration(self) -> float | None:
        """The duration that the file announces, seconds."""
        stream, container = self._stream, self._container
        if stream.duration is not None and stream.time_base is not None:
            return float(stream.duration * stream.time_base)
        return None if container.duration is None else container.duration / av.time_base


def plausible_rate(rate: Fraction | None) -> float:
    """Frames per second as a file gives them, or the default for no rate and for one that no video has."""
    return float(rate) if rate and 0 < rate <= MAX_FPS else DEFAULT_FPS
