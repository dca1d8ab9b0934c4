"""A folder of images, or a single image, as a source of frames."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np

from gazeattack.capture.convert import as_bgr8
from gazeattack.capture.frame import Frame
from gazeattack.capture.quiet import hush_opencv
from gazeattack.capture.source import Source
from gazeattack.errors import SourceError

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"})
FOLDER_FPS = 1.0
# A still image repeats fast enough for a change in the window to show at once.
STILL_FPS = 10.0
MAX_WIDTH = 1920


class ImageSource(Source):
    """The images of a folder in natural order (2 before 10), or one image file; t = index / fps.

    Files that are not readable images are skipped and listed in `skipped`; hidden files and subfolders are ignored.
    Images over 1920 pixels wide are scaled down.  `size` is that of the first image; others may differ.

    Args:
        path: a folder of images, or one image file.
        fps: frames per second; by default 1 for a folder and 10 for a single image.
        loop: start again at the end; index and t keep growing.

    Raises:
        SourceError: where there is no readable image.
    """

    def __init__(self, path: str | Path, *, fps: float | None = None, loop: bool = False) -> None:
        path = Path(path)
        still = path.is_file()
        self.name = path.resolve().name
        self.fps = fps or (STILL_FPS if still else FOLDER_FPS)
        self._paths = [path] if still else _files_of(path)
        self._loop = loop
        self._skipped: dict[str, None] = {}
        # A single image is decoded once, however often it repeats.
        self._still: np.ndarray | None = None
        self._position = 0
        self._index = 0
        hush_opencv()
        first = self._next_image()
        if first is None:
            what = "is not a readable image" if still else "has no readable image in it"
            raise SourceError(f'"{self.name}" {what}; choose another (jpg, png, bmp, webp or tif).')
        self.size = (first.shape[1], first.shape[0])
        self._pending: np.ndarray | None = first

    @property
    def skipped(self) -> tuple[str, ...]:
        """Names of the files skipped so far."""
        return tuple(self._skipped)

    def read(self) -> Frame | None:
        """The next image; None after the last one of a source that does not loop."""
        image, self._pending = self._pending, None
        if image is None:
            image = self._next_image()
        if image is None and self._loop and self._paths:
            self._position = 0
            image = self._next_image()
            if image is None:
                raise SourceError(f'The images of "{self.name}" can no longer be read; choose it again or another.')
        if image is None:
            return None
        frame = Frame(image, self._index, self._index / self.fps)
        self._index += 1
        return frame

    def close(self) -> None:
        """End the source: read() gives None from now on."""
        self._paths = []
        self._pending = None

    def _next_image(self) -> np.ndarray | None:
        while self._position < len(self._paths):
            path = self._paths[self._position]
            self._position += 1
            image = self._still if self._still is not None else load_image(path)
            if image is not None:
                self._still = image if len(self._paths) == 1 else None
                return image
            self._skipped[path.name] = None
        return None


def load_image(path: Path) -> np.ndarray | None:
    """Read an image file: uint8 [H, W, 3] BGR, at most 1920 wide, rotated by its EXIF data; None if unreadable.

    The bytes are read by Python: cv2.imread fails on non-ASCII paths on Windows.
    """
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        return None
    try:
        decoded = cv2.imdecode(np.fromfile(path, dtype=np.uint8), cv2.IMREAD_COLOR)
        image = None if decoded is None else as_bgr8(decoded)
    except (OSError, ValueError, cv2.error):
        return None
    if image is None or image.shape[1] <= MAX_WIDTH:
        return image
    height = max(1, round(image.shape[0] * MAX_WIDTH / image.shape[1]))
    smaller: np.ndarray = cv2.resize(image, (MAX_WIDTH, height), interpolation=cv2.INTER_AREA)
    return smaller


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Case-insensitive sort key that puts "face2" before "face10"."""
    parts = re.split(r"([0-9]+)", name.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]


def _files_of(folder: Path) -> list[Path]:
    try:
        files = [p for p in folder.iterdir() if p.is_file() and not p.name.startswith(".")]
    except OSError as error:
        why = error.strerror or "it is unreadable"
        raise SourceError(f'The folder "{folder.name}" cannot be read ({why}); choose another.') from error
    if not files:
        raise SourceError(f'The folder "{folder.resolve().name}" is empty; put images in it or choose another.')
    return sorted(files, key=lambda p: natural_key(p.name))
