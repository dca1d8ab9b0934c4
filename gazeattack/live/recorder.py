"""The recorder thread of a headless run: results from a bounded queue to a table and a video."""

from __future__ import annotations

import contextlib
import queue
import threading
from pathlib import Path

import numpy as np

from gazeattack.errors import OutputError
from gazeattack.live.annotate import annotate
from gazeattack.live.append_file import AppendFile
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.measure import COLUMNS, Row, row_text
from gazeattack.live.output_folder import CHANGED, TABLE, VIDEO, cannot_write
from gazeattack.live.settings import TriggerPlace
from gazeattack.live.video_writer import VideoWriter

QUEUE = 32


class Recorder:
    """Writes samples.csv and, with `video`, annotated.mp4 into `folder`, on its own thread.

    For a trigger in the frame, changed.mp4 has the changed frames.

    It drops nothing: put() waits while the queue is full.  put() and close() raise OutputError once writing has failed;
    rows written before that are kept whole, and a video is kept where it could be finished.
    """

    def __init__(self, folder: Path, *, fps: float = 30.0, video: bool = True) -> None:
        self._folder = folder
        self._fps = fps
        self._video = video
        self._writers: dict[Path, VideoWriter] = {}
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
            table = AppendFile(path)
            try:
                table.append((",".join(COLUMNS) + "\n").encode())
                while (item := self._queue.get()) is not None:
                    result, row = item
                    # row by row, so that a full disk or a kill loses nothing written before
                    table.append(row_text(row, result.frame.file).encode())
                    if self._video:
                        path = self._folder / VIDEO
                        self._write_frame(path, annotate(result), result.t)
                        if result.settings.place is TriggerPlace.FRAME:
                            path = self._folder / CHANGED
                            self._write_frame(path, result.shown_image, result.t)
                        path = self._folder / TABLE
                table.sync()
            finally:
                table.close()
                if table.empty:
                    # a table without a header is no table: the folder can be used again
                    path.unlink()
        except Exception as error:
            self._fail(path, error)
        for path, writer in self._writers.items():
            try:
                writer.close()
            except Exception as error:
                self._fail(path, error)
        self._drain()

    def _write_frame(self, path: Path, image: np.ndarray, t: float) -> None:
        if path not in self._writers:
            self._writers[path] = VideoWriter(path, self._fps)
        self._writers[path].write(image, t)

    def _fail(self, path: Path, error: Exception) -> None:
        """Keep the first error."""
        if self._error is None:
            why = cannot_write(path, error) if isinstance(error, OSError) else None
            self._error = OutputError(why or f"Recording to {path} failed ({error}): try again with --no-video.")

    def _drain(self) -> None:
        """After a failure: empty the queue, so that put() does not wait for ever."""
        if self._error is not None:
            with contextlib.suppress(queue.Empty):
                while self._queue.get(timeout=0.2) is not None:
                    pass
