"""Time and memory of the video reader beside OpenCV's, by turns on one clip.

python bench/video_reader.py VIDEO [VIDEO ...]
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from gazeattack.capture.video import VideoSource
from gazeattack.log_level import add_log_level

ROUNDS = 5


def read_ours(path: Path) -> int:
    """Read every frame with VideoSource; their number."""
    with VideoSource(path) as source:
        return sum(1 for _ in iter(source.read, None))


def read_opencv(path: Path) -> int:
    """Read every frame with cv2.VideoCapture; their number."""
    capture, count = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG), 0
    while capture.read()[0]:
        count += 1
    return count


READERS = {"ours": read_ours, "opencv": read_opencv}


def time_of(reader: str, path: Path) -> float:
    """Milliseconds per frame of one pass."""
    begin = time.perf_counter()
    frames = READERS[reader](path)
    return (time.perf_counter() - begin) / frames * 1000


def memory_of(reader: str, path: Path) -> float:
    """Most memory that a process of its own needs for one pass, MB."""
    done = subprocess.run(
        [sys.executable, __file__, "--memory", reader, str(path)], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def main() -> None:
    """Print a line per video."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", type=Path, nargs="+")
    parser.add_argument("--memory", choices=READERS, help=argparse.SUPPRESS)
    add_log_level(parser)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.memory:
        READERS[options.memory](options.video[0])
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    for path in options.video:
        turns = [{name: time_of(name, path) for name in READERS} for _ in range(ROUNDS)]
        ms = {name: float(np.median([turn[name] for turn in turns])) for name in READERS}
        mb = {name: memory_of(name, path) for name in READERS}
        print(
            f"{path.name}: {ms['ours']:.2f} ms a frame, OpenCV {ms['opencv']:.2f} "
            f"(ratio {ms['ours'] / ms['opencv']:.2f}); "
            f"{mb['ours']:.0f} MB, OpenCV {mb['opencv']:.0f}"
        )


if __name__ == "__main__":
    main()
