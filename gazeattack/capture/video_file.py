"""A video file opened with FFmpeg's libraries: its video stream, or one sentence that states why there is none."""

from __future__ import annotations

import contextlib
import itertools
import re
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from gazeattack.capture.pixel_limit import MOST_PIXELS, TOO_LARGE, PixelLimitError, check_size
from gazeattack.errors import SourceError
from gazeattack.files import regular_file

SNIFFED_BYTES = 4096
_Y4M = b"YUV4MPEG2 "
# Formats that are no recorded video: playlists fetch other files, tty plays text.
_FORBIDDEN = frozenset(
    {"hls", "dash", "concat", "ffconcat", "tty", "lavfi", "sdp", "rtsp", "image2", "imf", "ffmetadata"}
)
# Containers that announce how many frames they hold.
_COUNTED = frozenset({"mov", "avi"})
_GIF_FRAME = re.compile(rb"!\xf9\x04.{4}\0[,!]", re.DOTALL)
_REFUSED_SIZE = re.compile(r"Picture size (\d+)x(\d+) exceeds specified max pixel count")
_FEW_PACKETS = 50
# A damaged JPEG is otherwise half a picture, without an error.
_STRICT = {"mjpeg": {"err_detect": "explode"}}


def open_video(path: Path) -> tuple[InputContainer, VideoStream]:
    """Open a file and its video stream, ready to decode in one thread.

    Raises:
        SourceError: where it cannot be opened, or has no video that can be decoded.
    """
    _check(path)
    name = path.name
    try:
        # "file:" keeps a name such as "http:x.mp4" a file; the whitelist keeps a file from fetching others
        container = av.open(f"file:{path}", options={"protocol_whitelist": "file"}, metadata_errors="replace")
    except (av.error.FFmpegError, ValueError) as error:
        raise SourceError(_why_not_open(name, error)) from None
    try:
        if _FORBIDDEN & set(container.format.name.split(",")):
            raise SourceError(undecodable(name))
        stream = _video_stream(container, name)
        context = stream.codec_context
        check_size(context.width, context.height)
        # frames may be larger than the file says
        context.options = {"max_pixels": str(MOST_PIXELS), **_STRICT.get(context.name, {})}
        # FFmpeg's frame threads delay errors, so that a damaged frame could not be counted
        context.thread_count = 1
    except PixelLimitError:
        container.close()
        raise SourceError(too_large(name, context.width, context.height)) from None
    except BaseException:
        container.close()
        raise
    return container, stream


def announced_frames(path: Path, container: InputContainer, stream: VideoStream) -> int | None:
    """How many frames the file says it holds; None where it does not say.

    An edit list of an mp4 hides frames, and an avi repeats a frame by an empty entry: neither is counted.  A gif has no
    count, but a control block before each frame.
    """
    if container.format.name == "gif":
        return len(_GIF_FRAME.findall(path.read_bytes())) or None
    if not stream.frames or not _COUNTED & set(container.format.name.split(",")):
        return None
    entries = list(stream.index_entries)
    if container.format.name == "avi":
        return stream.frames - sum(entry.size == 0 for entry in entries)
    return sum(not entry.is_discard for entry in entries) or None


def why_not_decoded(path: Path, codec: str) -> str:
    """The sentence for a file of which no frame was decoded.

    FFmpeg refuses a frame that is larger than the file says with the error of a damaged one, and names the size in its
    log only.
    """
    level = av.logging.get_level()
    av.logging.set_level(av.logging.ERROR)
    try:
        with av.logging.Capture() as logs:
            container, stream = open_video(path)
            with container:
                for packet in itertools.islice(container.demux(stream), _FEW_PACKETS):
                    with contextlib.suppress(av.error.FFmpegError):
                        packet.decode()
    except av.error.FFmpegError:
        pass
    finally:
        av.logging.set_level(level)
    for _, _, line in logs:
        if found := _REFUSED_SIZE.search(line):
            return too_large(path.name, int(found[1]), int(found[2]))
    return unreadable_codec(path.name, codec)


def too_large(name: str, width: int, height: int) -> str:
    """The sentence for a file with frames that are larger than the limit."""
    return f'"{name}" has frames of {width}x{height} pixels, {TOO_LARGE}; choose another video.'


def undecodable(name: str) -> str:
    """The sentence for a file without any video that can be played."""
    return (
        f'"{name}" contains no video that can be played: it is damaged, truncated or of another kind; choose another.'
    )


def unreadable_codec(name: str, codec: str) -> str:
    """The sentence for a file whose frames cannot be decoded."""
    return (
        f'The video in "{name}" is coded as {codec}, which cannot be decoded here; choose another, or convert it: '
        f'ffmpeg -i "{name}" -c:v libx264 -an converted.mp4.'
    )


def _check(path: Path) -> None:
    try:
        with regular_file(path).open("rb") as file:
            head = file.read(SNIFFED_BYTES)
    except OSError as error:
        why = error.strerror or "it is unreadable"
        raise SourceError(f'"{path.name}" cannot be opened ({why}); check the file or choose another.') from error
    if not head:
        raise SourceError(f'"{path.name}" is empty (0 bytes); copy or record it again, or choose another file.')
    # FFmpeg plays text as a terminal and follows playlists elsewhere; every real container has zero bytes up front.
    if b"\0" not in head and not head.startswith(_Y4M):
        raise SourceError(undecodable(path.name))


def _why_not_open(name: str, error: Exception) -> str:
    if isinstance(error, OSError) and not isinstance(error, av.error.InvalidDataError) and error.strerror:
        return f'"{name}" cannot be opened ({error.strerror}); check the file or choose another.'
    return undecodable(name)


def _video_stream(container: InputContainer, name: str) -> VideoStream:
    """The stream to play: not the cover picture of a song or film."""
    streams = [
        s for s in container.streams if s.type == "video" and not s.disposition & av.stream.Disposition.attached_pic
    ]
    playable = [s for s in streams if s.codec_context is not None]
    if playable:
        best = container.streams.best("video")
        chosen = best if best in playable else playable[0]
        assert isinstance(chosen, VideoStream)
        return chosen
    if streams:
        raise SourceError(unreadable_codec(name, _codec_of(container, streams[0])))
    if any(s.type == "audio" for s in container.streams):
        picture = " with a cover picture" if any(s.type == "video" for s in container.streams) else ""
        raise SourceError(f'"{name}" is sound{picture} and contains no video; choose a video.')
    raise SourceError(undecodable(name))


def _codec_of(container: InputContainer, stream: av.stream.Stream) -> str:
    """The codec of a stream without a decoder, such as "r3d", from FFmpeg's own description of the file."""
    level = av.logging.get_level()
    av.logging.set_level(av.logging.INFO)
    try:
        # PyAV's types leave this method out
        about: str = container.dumps_format()  # type: ignore[attr-defined]
    finally:
        av.logging.set_level(level)
    match = re.search(rf"Stream #0:{stream.index}\b.*?: Video: (\w+)(?: \((\w+))?", about)
    if match is None:
        return "an unknown codec"
    return match[2] if match[1] in ("none", "unknown") and match[2] else match[1]
