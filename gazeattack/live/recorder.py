"""The recorder thread of a headless run: results from a bounded queue to a table and a video."""

from __future__ import annotations

import contextlib
import queue
import threading
from pathlib import Path

import cv2
import numpy as np

from gazeattack.errors import OutputError
from gazeattack.live.annotate import annotate
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.measure import COLUMNS, Row, row_text

TABLE, VIDEO = "samples.csv", "annotated.mp4"
QUEUE = 32


def make_folder(path: Path) -> Path:
    """Make an output folder and check that it is writable.  Raises OutputError where it is not."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(_sentence(path, error)) from None
    return path


class Recorder:
    """Writes samples.csv and, with `video`, annotated.mp4 (mp4v) into `folder`, on its own thread.

    It drops nothing: put() waits while the queue is full.  put() and close() raise OutputError once writing has failed;
    rows and frames written before that are kept.
    """

    def __init__(self, folder: Path, *, fps: float = 30.0, video: bool = True) -> None:
        self._folder = folder
        self._fps = fps if 1 <= fps <= 240 else 30.0
        self._video = video
        self._writer: cv2.VideoWriter | None = None
        self._size = (0, 0)
        self._error: OutputError | None = None
        self._queue: queue.Queue[tuple[FrameResult, Row] | None] = queue.Queue(QUEUE)
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def put(self, result: FrameResult, row: Row) -> None:
        """Queue one result and its row."""
        self._raise()
        self._queue.put((result, row))

    def close(self) -> None:
        """Write the queued results and end the thread."""
        self._queue.put(None)
        self._thread.join()
        self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        path = self._folder / TABLE
        try:
            try:
                with path.open("w", encoding="utf-8", newline="") as table:
                    table.write(",".join(COLUMNS) + "\n")
                    while (item := self._queue.get()) is not None:
                        result, row = item
                        table.write(row_text(row, result.frame.file))
                        # row by row, so that a full disk or a kill loses nothing written before
                        table.flush()
                        if self._video:
                            path = self._folder / VIDEO
                            self._write_frame(path, annotate(result))
                            path = self._folder / TABLE
            finally:
                if self._writer is not None:
                    self._writer.release()
        except OSError as error:
            self._error = OutputError(_sentence(path, error))
        except Exception as error:
            self._error = OutputError(f"Recording to {path} failed ({error}): try again with --no-video.")
        finally:
            self._drain()

    def _write_frame(self, path: Path, image: np.ndarray) -> None:
        height, width = image.shape[:2]
        if self._writer is None:
            self._size = (width, height)
            self._writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), self._fps, self._size)
            if not self._writer.isOpened():
                raise OSError(None, "the video cannot be opened for writing")
        if (width, height) != self._size:
            image = fit(image, self._size)
        self._writer.write(image)

    def _drain(self) -> None:
        """After a failure: empty the queue, so that put() does not wait for ever."""
        if self._error is not None:
            with contextlib.suppress(queue.Empty):
                while self._queue.get(timeout=0.2) is not None:
                    pass


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


def _sentence(path: Path, error: OSError) -> str:
    return f"{path} cannot be written ({error.strerror or error}): free some space or choose another --out folder."
