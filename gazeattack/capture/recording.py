"""A recording as a source of frames, with the recorded times and true gazes.

A recording is a folder: samples.csv (a row per frame), recording.json (source, model, key and settings) and, if video
was recorded, frames.mjpeg, a sequence of JPEG images.  The stream has neither index nor trailer: after a kill or a full
disk it plays up to the last complete image, every frame can be reached, and common players open it.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gazeattack.angles import Gaze
from gazeattack.capture.convert import as_bgr8
from gazeattack.capture.frame import Frame
from gazeattack.capture.jpeg_stream import JpegStream
from gazeattack.capture.pixel_limit import TOO_LARGE, PixelLimitError, decode_image
from gazeattack.capture.read_report import ReadReport
from gazeattack.capture.source import Source
from gazeattack.errors import SourceError
from gazeattack.files import regular_file
from gazeattack.parsing import read_object

TABLE, SIDECAR, FRAMES = "samples.csv", "recording.json", "frames.mjpeg"
_DEFAULT_FPS = 30.0


@dataclass(frozen=True)
class RecordedRow:
    """A row of the table: time (seconds) and, where known, the true gaze (camera space)."""

    t: float
    truth: Gaze | None


def is_recording(folder: Path) -> bool:
    """Whether a folder is a recording or an output folder of `gazeattack run`, and not a folder of images."""
    if (folder / SIDECAR).is_file():
        return True
    try:
        with regular_file(folder / TABLE).open(encoding="utf-8") as table:
            return table.readline().startswith("frame,t,")
    except (OSError, UnicodeDecodeError):
        return False


class RecordingSource(Source):
    """The frames of a recording, index and t as in its table; seek() reaches any frame.

    A time that does not increase (the source was restarted) counts as one nominal frame later.  Damaged images are
    skipped and counted; incomplete images and rows at the end of a truncated recording are left out.  `sidecar` is
    the content of recording.json, empty where the file is missing.

    Args:
        folder: the recording.
        loop: start again at the end; t keeps growing.

    Raises:
        SourceError: where there is nothing to play.
    """

    def __init__(self, folder: str | Path, *, loop: bool = False) -> None:
        folder = Path(folder)
        self.name = folder.resolve().name
        self.loop = loop
        self._data: JpegStream | None = None
        self._too_large = False
        self.sidecar = _sidecar(folder / SIDECAR)
        rows = _rows(folder / TABLE, self.name)
        if not (folder / FRAMES).is_file():
            raise SourceError(
                f'The recording "{self.name}" has no video to play: tick "with video" before recording, or open its '
                f"{TABLE} in a spreadsheet."
            )
        try:
            self._data = JpegStream(folder / FRAMES)
        except OSError:
            raise self._empty() from None
        self._parts = self._data.images()[: len(rows)]
        if len(self._parts) < len(rows):
            self._parts = self._data.images_despite_damage()[: len(rows)]
        self._missing = len(rows) - len(self._parts)
        self._rows = rows[: len(self._parts)]
        if not self._rows:
            self.close()
            raise self._empty()
        self.fps = _rate([row.t for row in self._rows])
        self._rows = _growing(self._rows, 1 / self.fps)
        self._position = 0
        self._shift = 0.0
        self._read: set[int] = set()
        self._damaged: set[int] = set()
        self._ended = False
        first = self._next_image()
        if first is None:
            self.close()
            raise self._empty()
        self._position = 0
        self.size = (first.shape[1], first.shape[0])

    @property
    def report(self) -> ReadReport:
        """What was read so far; what is missing is known at the end."""
        complete = len(self._read | self._damaged) == len(self._rows)
        return ReadReport(
            len(self._read), len(self._damaged), self._missing if self._ended else 0, complete=complete and self._ended
        )

    @property
    def length(self) -> int:
        """Number of frames."""
        return len(self._rows)

    @property
    def position(self) -> int:
        """Number of the frame that read() returns next, from 0; `length` at the end."""
        return self._position

    def seek(self, position: int) -> None:
        """Continue with frame `position`, or the nearest one that exists; on the way back damaged ones are passed."""
        backwards = position < self._position
        self._position = min(max(position, 0), len(self._rows) - 1)
        while backwards and self._position > 0 and self._image(self._position) is None:
            self._damaged.add(self._position)
            self._position -= 1

    def read(self) -> Frame | None:
        """The next frame; None at the end of a recording that does not loop."""
        if self._data is None:
            return None
        image = self._next_image()
        if image is None:
            self._ended = True
            if not self.loop:
                return None
            self._shift += self._rows[-1].t - self._rows[0].t + 1 / self.fps
            self._position = 0
            image = self._next_image()
            if image is None:
                raise SourceError(f'The recording "{self.name}" cannot be read any more: open it again.')
        index = self._position - 1
        self._read.add(index)
        row = self._rows[index]
        return Frame(image, index, row.t + self._shift, row.truth)

    def close(self) -> None:
        """Close the file."""
        if self._data is not None:
            self._data.close()
            self._data = None

    def _next_image(self) -> np.ndarray | None:
        """The next image that is whole; None at the end."""
        while self._position < len(self._rows):
            index = self._position
            self._position += 1
            image = self._image(index)
            if image is not None:
                return image
            self._damaged.add(index)
        return None

    def _image(self, index: int) -> np.ndarray | None:
        assert self._data is not None
        begin, end = self._parts[index]
        try:
            image = decode_image(self._data.read(begin, end))
        except PixelLimitError:
            self._too_large = True
            return None
        return None if image is None else as_bgr8(image)

    def _empty(self) -> SourceError:
        if self._too_large:
            return SourceError(f'The recording "{self.name}" has images of {TOO_LARGE}: choose another recording.')
        return SourceError(
            f'The recording "{self.name}" contains no complete frame: record again, or choose another recording.'
        )


def _sidecar(path: Path) -> dict[str, Any]:
    try:
        return read_object(path)
    except (OSError, ValueError):
        return {}


def _rows(path: Path, name: str) -> list[RecordedRow]:
    """The table up to its first incomplete row."""
    rows: list[RecordedRow] = []
    try:
        with regular_file(path).open(encoding="utf-8", newline="", errors="replace") as table:
            reader = csv.DictReader(table)
            if "t" not in (reader.fieldnames or ()):
                raise SourceError(f'The {TABLE} of the recording "{name}" is damaged: choose another recording.')
            for cells in reader:
                row = _row(cells)
                if row is None:
                    break
                rows.append(row)
    except (OSError, csv.Error) as error:
        why = getattr(error, "strerror", None) or "it is damaged"
        raise SourceError(f'The {TABLE} of the recording "{name}" cannot be read ({why}): choose another.') from None
    return rows


def _row(cells: dict[str, Any]) -> RecordedRow | None:
    # DictReader fills missing cells of a truncated row with None
    if None in cells.values() or None in cells:
        return None
    try:
        t = float(cells["t"])
        truth = [float(cells[f"truth_{axis}_deg"]) for axis in ("pitch", "yaw") if cells.get(f"truth_{axis}_deg")]
    except ValueError:
        return None
    if not all(map(math.isfinite, (t, *truth))):
        return None
    return RecordedRow(t, Gaze.from_degrees(truth[0], truth[1]) if len(truth) == 2 else None)


def _rate(times: list[float]) -> float:
    steps = [step for step in np.diff(times) if step > 0]
    return round(1 / float(np.median(steps)), 3) if steps else _DEFAULT_FPS


def _growing(rows: list[RecordedRow], step: float) -> list[RecordedRow]:
    """The rows with strictly increasing times."""
    grown, shift = rows[:1], 0.0
    for row in rows[1:]:
        if row.t + shift <= grown[-1].t:
            shift = grown[-1].t + step - row.t
        grown.append(RecordedRow(row.t + shift, row.truth) if shift else row)
    return grown
