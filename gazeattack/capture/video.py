"""Frames of a video file: mp4, avi, webm, gif and every other format that FFmpeg reads."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from gazeattack.capture.convert import as_bgr8
from gazeattack.capture.frame import Frame
from gazeattack.capture.quiet import hush_opencv
from gazeattack.capture.source import Source
from gazeattack.errors import SourceError

DEFAULT_FPS = 25.0
# Some containers report their tick rate (1000 in webm, 90000 in streams) as the frame rate.
MAX_FPS = 480.0
# A longer pause between two frames counts as a broken timestamp.
MAX_GAP_S = 10.0
SNIFFED_BYTES = 4096


class VideoSource(Source):
    """The frames of a video file; t follows the file's timestamps, from 0.

    t always increases: a timestamp that does not, or that jumps by over 10 s, counts as one nominal frame, and so does
    the step from the last frame to the first one of a loop.  `size` is that of the first frame; later ones may differ.
    A truncated file plays as far as it can be read.

    Args:
        path: the file.
        loop: start again at the end; index and t keep growing.

    Raises:
        SourceError: where nothing can be decoded.
    """

    def __init__(self, path: str | Path, *, loop: bool = False) -> None:
        self._path = Path(path)
        self._loop = loop
        _check(self._path)
        hush_opencv()
        self.name = self._path.name
        self._capture = self._open()
        rate = float(self._capture.get(cv2.CAP_PROP_FPS))
        self.fps = rate if 0 < rate <= MAX_FPS else DEFAULT_FPS
        self._index = -1
        self._t = -1 / self.fps
        self._stamp: float | None = None
        first = self._decode()
        if first is None:
            self.close()
            raise SourceError(_undecodable(self.name))
        self.size = (first.shape[1], first.shape[0])
        self._pending: np.ndarray | None = first

    def read(self) -> Frame | None:
        """The next frame; None at the end of a file that does not loop."""
        image, self._pending = self._pending, None
        if image is None:
            image = self._decode()
        if image is None and self._loop and self._capture.isOpened():
            self._capture.release()
            self._capture = self._open()
            image = self._decode()
            if image is None:
                raise SourceError(f'"{self.name}" can no longer be read; choose the file again or another one.')
        if image is None:
            return None
        self._advance()
        return Frame(image, self._index, self._t)

    def close(self) -> None:
        """Close the file."""
        self._capture.release()

    def _open(self) -> cv2.VideoCapture:
        # Reopening is exact for every container, where seeking to frame 0 is not.
        return cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)

    def _decode(self) -> np.ndarray | None:
        while True:
            try:
                ok, image = self._capture.read()
            except cv2.error:
                return None
            if not ok:
                return None
            try:
                return as_bgr8(image)
            except ValueError:
                continue

    def _advance(self) -> None:
        stamp = float(self._capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000
        gap = 0.0 if self._stamp is None else stamp - self._stamp
        self._t += gap if 0 < gap <= MAX_GAP_S else 1 / self.fps
        self._stamp = stamp
        self._index += 1


def _undecodable(name: str) -> str:
    return (
        f'"{name}" contains no video that can be played: it is damaged, truncated or of another kind; choose another.'
    )


def _check(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(SNIFFED_BYTES)
    except OSError as error:
        why = error.strerror or "it is unreadable"
        raise SourceError(f'"{path.name}" cannot be opened ({why}); check the file or choose another.') from error
    if not head:
        raise SourceError(f'"{path.name}" is empty (0 bytes); copy or record it again, or choose another file.')
    # FFmpeg plays text as a terminal and follows playlists elsewhere; every real container has zero bytes up front.
    if b"\0" not in head:
        raise SourceError(_undecodable(path.name))
