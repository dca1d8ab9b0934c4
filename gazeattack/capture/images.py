"""A folder of images, or a single image, as a source of frames."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from gazeattack.capture.frame import Frame
from gazeattack.capture.image_file import ImageFileError, load_image
from gazeattack.capture.quiet import hush_opencv
from gazeattack.capture.read_report import ReadReport, SkippedFile
from gazeattack.capture.source import Source
from gazeattack.errors import SourceError
from gazeattack.terminal import on_one_line

FOLDER_FPS = 1.0
# A still image repeats fast enough for a change in the window to show at once.
STILL_FPS = 10.0


class ImageSource(Source):
    """The images of a folder in natural order (2 before 10), or one image file; t = index / fps.

    Files that are not readable images are skipped and named in `report`; hidden files and subfolders are ignored.
    Images over 1920 pixels wide are scaled down.  `size` is that of the first image; others may differ.  Frames of a
    folder carry the name of their file.

    Args:
        path: a folder of images, or one image file.
        fps: frames per second; by default 1 for a folder and 10 for a single image.
        loop: start again at the end; index and t keep growing.

    Raises:
        SourceError: where there is no readable image.
    """

    def __init__(self, path: str | Path, *, fps: float | None = None, loop: bool = False) -> None:
        path = Path(path)
        self._is_still = still = path.is_file()
        self.name = path.resolve().name
        self.fps = fps or (STILL_FPS if still else FOLDER_FPS)
        self._paths = [path] if still else _files_of(path)
        self._count = len(self._paths)
        self.loop = loop
        self._skipped: dict[str, str] = {}
        self._changed: dict[str, str] = {}
        self._read: set[str] = set()
        # A single image is decoded once, however often it repeats.
        self._still: np.ndarray | None = None
        self._position = 0
        self._index = 0
        hush_opencv()
        first = self._next_image()
        if first is None:
            raise SourceError(self._nothing_readable())
        self.size = (first[0].shape[1], first[0].shape[0])
        self._pending: tuple[np.ndarray, str] | None = first

    @property
    def report(self) -> ReadReport:
        """What was skipped or changed so far."""
        skipped = tuple(SkippedFile(name, reason) for name, reason in self._skipped.items())
        by_change: dict[str, list[str]] = {}
        for name, change in self._changed.items():
            by_change.setdefault(change, []).append(f'"{on_one_line(name)}"')
        notices = tuple(f"In {', '.join(names)} the {change}." for change, names in by_change.items())
        complete = len(self._read) + len(self._skipped) == self._count
        return ReadReport(frames=len(self._read), skipped=skipped, notices=notices, complete=complete)

    @property
    def length(self) -> int | None:
        """Number of files in a folder; None for a single image."""
        return None if self._is_still else self._count

    @property
    def position(self) -> int:
        """Number of the file that read() returns next, from 0."""
        return self._position if self._pending is None else self._position - 1

    def seek(self, position: int) -> None:
        """Continue with a file of the folder."""
        self._pending = None
        self._position = self._index = min(max(position, 0), self._count - 1)

    def read(self) -> Frame | None:
        """The next image; None after the last one of a source that does not loop."""
        loaded, self._pending = self._pending, None
        if loaded is None:
            loaded = self._next_image()
        if loaded is None and self.loop and self._paths:
            self._position = 0
            loaded = self._next_image()
            if loaded is None:
                raise SourceError(f'The images of "{self.name}" can no longer be read; choose it again or another.')
        if loaded is None:
            return None
        image, name = loaded
        frame = Frame(image, self._index, self._index / self.fps, file="" if self._is_still else name)
        self._index += 1
        return frame

    def close(self) -> None:
        """End the source: read() gives None from now on."""
        self._paths = []
        self._pending = None

    def _next_image(self) -> tuple[np.ndarray, str] | None:
        while self._position < len(self._paths):
            path = self._paths[self._position]
            self._position += 1
            if self._still is not None:
                return self._still, path.name
            try:
                loaded = load_image(path)
            except ImageFileError as error:
                self._skipped[path.name] = str(error)
                continue
            self._read.add(path.name)
            if loaded.change is not None:
                self._changed[path.name] = loaded.change
            self._still = loaded.image if len(self._paths) == 1 else None
            return loaded.image, path.name
        return None

    def _nothing_readable(self) -> str:
        name, reason = next(iter(self._skipped.items()))
        if self._is_still:
            return f'"{name}" cannot be read ({reason}); choose another image (jpg, png, heic, avif, webp or tif).'
        return (
            f'No image in "{self.name}" can be read, the first is "{name}" ({reason}); choose another folder '
            "(jpg, png, heic, avif, webp or tif)."
        )


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Case-insensitive sort key that puts "face2" before "face10"."""
    parts = re.split(r"([0-9]+)", name.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]


def _files_of(folder: Path) -> list[Path]:
    try:
        # a link that leads nowhere is a file that cannot be read
        found = [p for p in folder.iterdir() if not p.name.startswith(".")]
        files = [p for p in found if p.is_file() or (p.is_symlink() and not p.exists())]
    except OSError as error:
        why = error.strerror or "it is unreadable"
        raise SourceError(f'The folder "{folder.name}" cannot be read ({why}); choose another.') from error
    if not files:
        raise SourceError(f'The folder "{folder.resolve().name}" is empty; put images in it or choose another.')
    return sorted(files, key=lambda p: natural_key(p.name))
