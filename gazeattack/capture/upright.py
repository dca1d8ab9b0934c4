"""A decoded video frame as the person saw it: deinterlaced, with square pixels, upright, 8-bit BGR."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from av.filter import Graph
from av.sidedata.sidedata import Type
from av.video.reformatter import VideoReformatter

from gazeattack.errors import SourceError

# beyond this a pixel's shape is a mistake of the file
MOST_STRETCHED = 4


class Deinterlacer:
    """Passes frames through FFmpeg's yadif filter from the first interlaced one on; their times stay.

    yadif keeps progressive frames as they are, and holds back one frame, which flush() gives.

    Args:
        name: of the file, for the error.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._graph: Graph | None = None
        self._shape: tuple[int, int, str] | None = None

    @property
    def active(self) -> bool:
        """Whether an interlaced frame was met."""
        return self._graph is not None

    def push(self, frame: av.VideoFrame) -> Iterator[av.VideoFrame]:
        """The frames that are ready once `frame` is known.

        Raises:
            SourceError: where this build of FFmpeg cannot deinterlace.
        """
        if self._graph is None and not frame.interlaced_frame:
            yield frame
            return
        shape = (frame.width, frame.height, frame.format.name)
        if shape != self._shape:
            yield from self.flush()
            self._graph, self._shape = self._build(frame), shape
        assert self._graph is not None
        self._graph.push(frame)
        yield from self._ready()

    def flush(self) -> Iterator[av.VideoFrame]:
        """The last frames; push() may follow, as for a new file."""
        if self._graph is not None:
            self._graph.push(None)
            yield from self._ready()
            self._graph, self._shape = None, None

    def _build(self, frame: av.VideoFrame) -> Graph:
        graph = Graph()
        try:
            yadif = graph.add("yadif", "mode=send_frame:deint=interlaced")
        except ValueError:
            raise SourceError(
                f'"{self._name}" is interlaced, which cannot be undone here; choose another, or convert it: '
                f'ffmpeg -i "{self._name}" -vf yadif -an converted.mp4.'
            ) from None
        source = graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format,
            time_base=frame.time_base or Fraction(1, 90_000),
        )
        source.link_to(yadif)
        yadif.link_to(graph.add("buffersink"))
        graph.configure()
        return graph

    def _ready(self) -> Iterator[av.VideoFrame]:
        assert self._graph is not None
        while True:
            try:
                frame = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            assert isinstance(frame, av.VideoFrame)
            yield frame


class DisplayMatrix:
    """The display matrix of a file's frames, read from the first frame and from each whose rotation differs.

    Not from every frame: PyAV's side data and its frame hold each other, so that such a frame stays in memory until
    Python's next full garbage collection.
    """

    def __init__(self) -> None:
        self._rotation: int | None = None
        self._matrix: np.ndarray | None = None

    def of(self, frame: av.VideoFrame) -> np.ndarray | None:
        """[[a, b], [c, d]], which maps (x, y) to (a x + c y, b x + d y); None where there is none."""
        if frame.rotation != self._rotation:
            self._rotation, self._matrix = frame.rotation, _matrix(frame)
        return self._matrix


def upright_bgr(
    frame: av.VideoFrame, aspect: Fraction | None, reformatter: VideoReformatter, display: DisplayMatrix
) -> np.ndarray:
    """Convert a frame.

    Args:
        frame: as decoded.
        aspect: width of a pixel through its height; None where the file does not say.
        reformatter: kept between frames, which is faster.
        display: that of the file.

    Returns:
        uint8 [H, W, 3] BGR, C-contiguous, turned and mirrored as the file's display matrix asks.
    """
    width, height = square_size(frame.width, frame.height, aspect)
    image = reformatter.reformat(frame, width=width, height=height, format="bgr24", threads=1).to_ndarray()
    return np.ascontiguousarray(_turned(image, display.of(frame)))


def square_size(width: int, height: int, aspect: Fraction | None) -> tuple[int, int]:
    """The size with square pixels: the side that is too short grows, so that no detail is lost."""
    if not aspect or not Fraction(1, MOST_STRETCHED) <= aspect <= MOST_STRETCHED:
        return width, height
    return (round(width * aspect), height) if aspect >= 1 else (width, round(height / aspect))


def _matrix(frame: av.VideoFrame) -> np.ndarray | None:
    """See DisplayMatrix.of."""
    data = frame.side_data.get(Type.DISPLAYMATRIX)  # type: ignore[call-overload]
    if data is None:
        return None
    values = np.frombuffer(bytes(data), dtype=np.int32)[:9].reshape(3, 3)
    return values[:2, :2]


def _turned(image: np.ndarray, matrix: np.ndarray | None) -> np.ndarray:
    if matrix is None:
        return image
    (a, b), (c, d) = matrix.tolist()
    # the nearest of the eight ways to hold a picture
    if abs(b) + abs(c) > abs(a) + abs(d):
        image, across, down = image.swapaxes(0, 1), c, b
    else:
        across, down = a, d
    image = image[:, ::-1] if across < 0 else image
    return image[::-1] if down < 0 else image
