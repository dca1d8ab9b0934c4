"""Recording in the window: a row per result, and images if requested.

capture/recording.py describes the folder's format and plays it; the table is that of a headless run.
"""

from __future__ import annotations

import contextlib
import json
import queue
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from gazeattack.angles import Gaze
from gazeattack.capture.recording import FRAMES, SIDECAR, TABLE
from gazeattack.errors import OutputError
from gazeattack.files import write_whole
from gazeattack.live.append_file import AppendFile
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.measure import COLUMNS, Row, measure, row_text
from gazeattack.live.output_folder import make_folder
from gazeattack.live.watch import screen_points
from gazeattack.safety.paired import CLEAN, TRIGGERED
from gazeattack.screen.calibration import Calibration
from gazeattack.version import __version__

FORMAT = 1
FLUSH_S = 1.0
# of settings, such as of a strength that is dragged: recording.json is read and written as a whole
MOST_CHANGES = 20_000
_SIDECAR_SHARE = 0.05  # of the recorder's time
# Two seconds of images, or a minute of rows alone, may wait for a slow disk.
_QUEUE_VIDEO, _QUEUE_ROWS = 64, 2048
_JPEG = (cv2.IMWRITE_JPEG_QUALITY, 95)


def new_recording_folder(parent: Path) -> Path:
    """Make an empty folder named after the time in `parent`.  Raises OutputError."""
    name = f"gazeattack-{datetime.now():%Y%m%d-%H%M%S}"
    for number in range(1, 100):
        folder = parent / (name if number == 1 else f"{name}-{number}")
        if not folder.exists():
            make_folder(folder)
            with contextlib.suppress(OSError):
                folder.chmod(0o700)  # it holds faces
            return folder
    raise OutputError(f"There is no free name left in {parent}: choose another folder.")


@dataclass(frozen=True, eq=False)
class _Item:
    row: Row
    setting: Mapping[str, Any]
    size: tuple[int, int]
    image: np.ndarray | None
    file: str


class LiveRecorder:
    """Writes a recording into an empty folder, on its own thread.

    A kill loses the current frame, a power cut the last second; of the settings' changes both lose the last second.
    put() never waits; results that a slow disk cannot accept are counted in `dropped`.  Where writing fails (a full
    disk) the recording stops and keeps every complete row, and `error` is one sentence.  recording.json holds the
    source, and the model, key and settings over time.

    Args:
        folder: where to write.
        video: record the images too.
        source, source_name, fps: see SessionStatus.
        calibration: gives every row its points on the screen.

    Raises:
        OutputError: where the folder cannot be written, or already holds a recording.
    """

    def __init__(
        self,
        folder: Path,
        video: bool = False,
        *,
        source: str = "",
        source_name: str = "",
        fps: float = 30.0,
        calibration: Calibration | None = None,
    ) -> None:
        self.folder, self.video = folder, video
        self.frames = self.dropped = 0
        self._calibration = calibration
        self._error: str | None = None
        self._first: float | None = None
        self._last: float | None = None
        self._closed = False
        self._record: dict[str, Any] = {
            "format": FORMAT,
            "made_by": f"gazeattack {__version__}",
            "started": datetime.now().astimezone().isoformat(timespec="seconds"),
            "source": source,
            "source_name": source_name,
            "fps": round(fps, 3),
            "size": None,
            "truth_known": False,
            "video": FRAMES if video else None,
            "calibration": None if calibration is None else _calibration_record(calibration),
            "changes": [],
            "frames": 0,
            "dropped": 0,
            "finished": False,
            "error": None,
        }
        make_folder(folder)
        if any((folder / name).exists() for name in (TABLE, SIDECAR, FRAMES)):
            raise OutputError(f"{folder} already holds a recording: choose another folder.")
        try:
            self._table = AppendFile(folder / TABLE, private=True)
            self._table.append((",".join(COLUMNS) + "\n").encode())
            self._video_stream = AppendFile(folder / FRAMES, private=True) if video else None
            self._write_sidecar()
        except OSError as error:
            raise OutputError(_sentence(folder, error)) from None
        # the first result writes it again at once
        self._due = 0.0
        self._setting: dict[str, Any] = {}
        self._stale = False
        self._queue: queue.Queue[_Item | None] = queue.Queue(_QUEUE_VIDEO if video else _QUEUE_ROWS)
        self._thread = threading.Thread(target=self._run, name="live recorder", daemon=True)
        self._thread.start()

    @property
    def error(self) -> str | None:
        """One sentence, once writing has failed."""
        return self._error

    @property
    def running(self) -> bool:
        """Whether the recorder still accepts results."""
        return self._error is None and not self._closed

    @property
    def seconds(self) -> float:
        """Seconds from the first recorded result to the last."""
        return 0.0 if self._first is None or self._last is None else self._last - self._first

    def put(self, result: FrameResult) -> None:
        """Queue one result without waiting; a paused frame that is processed again is recorded once."""
        if not self.running or result.t == self._last:
            return
        image = result.frame.image
        item = _Item(
            measure(result, screen_points(self._calibration, result, _gazes(result))),
            _setting(result),
            (image.shape[1], image.shape[0]) if image.ndim >= 2 else (0, 0),
            image if self.video else None,
            result.frame.file,
        )
        try:
            self._queue.put_nowait(item)
        except queue.Full:
            self.dropped += 1
            return
        self._first = result.t if self._first is None else self._first
        self._last = result.t

    def close(self) -> None:
        """Write the queued results and end the thread; safe to call twice, and after a failure."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._write_all()
        except OSError as error:
            self._error = _sentence(self.folder, error)
        except Exception as error:
            self._error = f"Recording stopped on an unexpected error ({error}), all before it is kept: record again."
        finally:
            for stream in (self._video_stream, self._table):
                if stream is not None:
                    stream.close()
            # the previous sidecar stays where there is no room for the final one
            with contextlib.suppress(OSError):
                self._record.update(finished=True, error=self._error)
                self._write_sidecar()
            if self._error is not None:
                self._drain()

    def _write_all(self) -> None:
        synced = time.monotonic()
        while True:
            with contextlib.suppress(queue.Empty):
                item = self._queue.get(timeout=FLUSH_S)
                if item is None:
                    break
                self._write(item)
            if self._stale and time.monotonic() >= self._due:
                self._write_sidecar()
            if time.monotonic() - synced >= FLUSH_S:
                self._sync()
                synced = time.monotonic()
        self._sync()

    def _write(self, item: _Item) -> None:
        setting = {**item.setting, "t": None}
        if setting != self._setting:
            self._setting, self._stale = setting, True
            self._note_change(item)
        # the image first, so that every row has one
        if self._video_stream is not None:
            assert item.image is not None
            done, data = cv2.imencode(".jpg", item.image, _JPEG)
            if not done:
                raise OSError(None, "a frame cannot be encoded")
            self._video_stream.append(data.tobytes())
        self._table.append(row_text(item.row, item.file).encode())
        self.frames += 1

    def _note_change(self, item: _Item) -> None:
        record = self._record
        record["size"] = record["size"] or list(item.size)
        record["truth_known"] |= item.row["truth_yaw_deg"] is not None
        if len(record["changes"]) < MOST_CHANGES:
            record["changes"].append(dict(item.setting))
        else:
            record["changes_left_out"] = record.get("changes_left_out", 0) + 1

    def _sync(self) -> None:
        if self._video_stream is not None:
            self._video_stream.sync()
        self._table.sync()

    def _write_sidecar(self) -> None:
        """Replace the file as a whole: after a kill it is the old or the new one."""
        begun = time.monotonic()
        self._record.update(frames=self.frames, dropped=self.dropped)
        text = json.dumps(self._record, indent=2, allow_nan=False) + "\n"
        write_whole(self.folder / SIDECAR, text.encode(), private=True)
        now = time.monotonic()
        self._stale, self._due = False, now + max(FLUSH_S, (now - begun) / _SIDECAR_SHARE)

    def _drain(self) -> None:
        """After a failure: discard the queued images."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._queue.get_nowait()


def _gazes(result: FrameResult) -> dict[str, Gaze | None]:
    branches = ((CLEAN, result.clean), (TRIGGERED, result.triggered))
    return {branch: None if estimate is None else estimate.gaze for branch, estimate in branches}


def _setting(result: FrameResult) -> dict[str, Any]:
    settings, second = result.settings, result.compared
    return {
        "t": round(result.t, 6),
        "model": result.bundle,
        "key_sha256": result.key_sha256,
        "trigger": settings.mode.value,
        "attack": result.attack,
        "strength": settings.strength,
        "seed": settings.seed,
        **({} if second is None else {"compared": second.bundle}),
    }


def _calibration_record(calibration: Calibration) -> dict[str, Any]:
    return {"user": calibration.user, "screen": calibration.geometry.to_dict()}


def _sentence(folder: Path, error: OSError) -> str:
    return (
        f"Recording to {folder} stopped ({error.strerror or error}), all before it is kept: free some space or choose "
        "another folder."
    )
