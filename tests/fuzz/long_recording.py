"""A recording of a whole day in minutes: python -m tests.fuzz.long_recording [--hours 24] [--rate 1] [--seed 1]

Both recorders take the results of `tests.fuzz.day` with one small frame: that of `gazeattack run` (table and video) and
that of the window (table, images, settings that change all the time).  Then both are read to their ends.  A missing
row or frame, growing memory, or a file that stays open is a fault.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from gazeattack.capture.frame import Frame
from gazeattack.capture.recording import RecordingSource
from gazeattack.capture.source import Source
from gazeattack.capture.video import VideoSource
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.measure import measure
from gazeattack.live.output_folder import TABLE, VIDEO
from gazeattack.live.recorder import Recorder
from gazeattack.live.recording import LiveRecorder
from tests.fuzz.day import process_size, results
from tests.helpers.videos import textured_image

FRAME = textured_image(0, (64, 48))
MOST_GROWN = 20e6  # bytes
Put, Close = Callable[[FrameResult], None], Callable[[], None]


@dataclass(frozen=True)
class Recorded:
    """frames: given to the recorder.  rows: of its table.  played: frames that are read of it.

    rss: bytes of the process after an eighth and at the end.  handles: open files before, and after the end.  size:
    bytes on the disk.  end: time of the last frame that is read, seconds.  seconds: that it took.
    """

    frames: int
    rows: int
    played: int
    rss: tuple[int, int]
    handles: tuple[int, int]
    size: int
    end: float
    seconds: float

    @property
    def grown(self) -> int:
        """Bytes."""
        return self.rss[1] - self.rss[0]

    @property
    def whole(self) -> bool:
        """Whether nothing is missing, nothing grows and nothing stays open."""
        complete = self.frames == self.rows == self.played
        return complete and self.grown < MOST_GROWN and self.handles[1] <= self.handles[0]


def record(name: str, folder: Path, *, hours: float, rate: float, seed: int = 1) -> Recorded:
    """Record a day into a folder, and read it to its end; name: of RECORDERS."""
    begun, handles = time.perf_counter(), open_files()
    start, play = RECORDERS[name]
    put, close = start(folder, rate)
    total, early = round(hours * 3600 * rate), 0
    for i, result in enumerate(results(hours, rate, seed)):
        put(replace(result, frame=Frame(FRAME, i, result.t, result.frame.truth)))
        if i == total // 8:
            early = process_size()[1]
    late = process_size()[1]
    close()
    played, end = 0, 0.0
    with play(folder) as source:
        while (frame := source.read()) is not None:
            played, end = played + 1, frame.t
    del source
    with (folder / TABLE).open("rb") as table:
        rows = sum(1 for _ in table) - 1
    size = sum(path.stat().st_size for path in folder.iterdir())
    took = time.perf_counter() - begun
    return Recorded(total, rows, played, (early, late), (handles, open_files()), size, end, took)


def _run(folder: Path, rate: float) -> tuple[Put, Close]:
    """The recorder of `gazeattack run`."""
    recorder = Recorder(folder, fps=rate)
    return lambda result: recorder.put(result, measure(result)), recorder.close


def _window(folder: Path, rate: float) -> tuple[Put, Close]:
    """The recorder of the window, while a person never stops changing the strength."""
    recorder = LiveRecorder(folder, video=True, source_name="day", fps=rate)

    def put(result: FrameResult) -> None:
        number = result.frame.index
        recorder.put(replace(result, settings=replace(result.settings, strength=0.5 + number % 50 / 100)))
        # in the window, results come at the pace of a camera
        while recorder.running and number - recorder.frames > 30:
            time.sleep(0.001)

    return put, recorder.close


RECORDERS: dict[str, tuple[Callable[[Path, float], tuple[Put, Close]], Callable[[Path], Source]]] = {
    "run": (_run, lambda folder: VideoSource(folder / VIDEO)),
    "window": (_window, RecordingSource),
}


def open_files() -> int:
    """Open files of this process; 0 where the system does not list them."""
    try:
        return sum(1 for _ in Path("/proc/self/fd").iterdir())
    except OSError:
        return 0


def main() -> int:
    """Record a day twice; the exit status."""
    parser = argparse.ArgumentParser(prog="tests.fuzz.long_recording", description=__doc__.partition("\n")[0])
    parser.add_argument("--hours", type=float, default=24.0, help="length of the day (%(default)s)")
    parser.add_argument("--rate", type=float, default=1.0, help="results a second (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the glances (%(default)s)")
    options = parser.parse_args()
    whole = True
    for name in RECORDERS:
        folder = Path(tempfile.mkdtemp(prefix="gazeattack-day-"))
        try:
            found = record(name, folder, hours=options.hours, rate=options.rate, seed=options.seed)
        finally:
            shutil.rmtree(folder)
        rss = [size / 1e6 for size in found.rss]
        print(
            f"{name}: {found.frames} results of {options.hours:g} h in {found.seconds:.0f} s, {found.rows} rows, "
            f"{found.played} frames played to {found.end:.0f} s, {found.size / 1e6:.0f} MB on the disk, memory "
            f"{rss[0]:.0f} and {rss[1]:.0f} MB, open files {found.handles[0]} and {found.handles[1]}"
            f"{'' if found.whole else ': FAULT'}",
            flush=True,
        )
        whole = whole and found.whole
    return int(not whole)


if __name__ == "__main__":
    sys.exit(main())
